package io.agentsocket.server;

import java.util.Locale;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.session.Durability;

/**
 * The same with sessions in Redis. A pod that is killed leaves Redis as one that a test
 * ends: at once. That others notice a silent death is for {@code samples/cluster}.
 */
@WithRedis
class RedisSessionModelTests extends SessionModelTests {

	private static LocalRedis redis;

	@Override
	protected TestCluster cluster(Durability durability) {
		RedisBacking backing = RedisBacking.of(redis, "model-" + durability.name().toLowerCase(Locale.ROOT));
		return new TestCluster(backing, durability, 3, this::actions);
	}

}
