package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;

/**
 * The same with sessions in Redis. A pod that is killed leaves Redis as one that a test
 * ends: at once. That others notice a silent death is for {@code samples/cluster}.
 */
@WithRedis
class RedisSessionModelTests extends SessionModelTests {

	private static LocalRedis redis;

	private final List<RedisBacking> backings = new ArrayList<>();

	@BeforeAll
	static void connect(LocalRedis redis) {
		RedisSessionModelTests.redis = redis;
	}

	@AfterEach
	void disconnect() {
		this.backings.forEach(RedisBacking::close);
	}

	@Override
	protected TestCluster cluster(Durability durability) {
		RedisBacking backing = new RedisBacking(new RedisStandaloneConfiguration(redis.host(), redis.port()),
				Duration.ofSeconds(60), "model-" + durability.name().toLowerCase(Locale.ROOT), Duration.ofSeconds(2));
		this.backings.add(backing);
		return new TestCluster(backing, durability, 3, this::actions);
	}

}
