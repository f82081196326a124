package io.agentsocket.mcp;

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
 * Pods that are linked by Redis.
 */
@WithRedis
class McpRedisPodsTests extends McpPodsContract {

	private static final AtomicInteger NAMES = new AtomicInteger();

	private static LocalRedis redis;

	private @Nullable RedisBacking backing;

	@BeforeAll
	static void connect(LocalRedis redis) {
		McpRedisPodsTests.redis = redis;
	}

	@Override
	TestCluster.Backing backing() {
		RedisBacking made = new RedisBacking(new RedisStandaloneConfiguration(redis.host(), redis.port()),
				Duration.ofSeconds(60), "mcp-" + NAMES.incrementAndGet(), Duration.ofSeconds(2));
		this.backing = made;
		return made;
	}

	@Override
	@AfterEach
	void stop() {
		super.stop();
		if (this.backing != null) {
			this.backing.close();
		}
	}

}
