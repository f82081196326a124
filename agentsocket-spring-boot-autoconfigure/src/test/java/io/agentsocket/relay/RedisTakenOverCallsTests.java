package io.agentsocket.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.server.RedisBacking;
import io.agentsocket.server.TestCluster;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;

/**
 * Pods that share Redis.
 */
@WithRedis
class RedisTakenOverCallsTests extends TakenOverCallsContract {

	private static final AtomicInteger NAMES = new AtomicInteger();

	private static LocalRedis redis;

	private @Nullable RedisBacking backing;

	@BeforeAll
	static void connect(LocalRedis redis) {
		RedisTakenOverCallsTests.redis = redis;
	}

	@Override
	TestCluster.Backing backing() {
		RedisBacking made = new RedisBacking(new RedisStandaloneConfiguration(redis.host(), redis.port()),
				Duration.ofSeconds(60), "relay-" + NAMES.incrementAndGet(), Duration.ofSeconds(2));
		this.backing = made;
		return made;
	}

	@Override
	@AfterEach
	void stop() throws IOException {
		super.stop();
		if (this.backing != null) {
			this.backing.close();
		}
	}

}
