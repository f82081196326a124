package io.agentsocket.relay;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.server.RedisBacking;
import io.agentsocket.server.TestCluster;

/**
 * Pods that share Redis.
 */
@WithRedis
class RedisTakenOverCallsTests extends TakenOverCallsContract {

	private static LocalRedis redis;

	@Override
	TestCluster.Backing backing() {
		return RedisBacking.of(redis, "relay");
	}

}
