package io.agentsocket.mcp;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.server.RedisBacking;
import io.agentsocket.server.TestCluster;

/**
 * Pods that are linked by Redis.
 */
@WithRedis
class McpRedisPodsTests extends McpPodsContract {

	private static LocalRedis redis;

	@Override
	TestCluster.Backing backing() {
		return RedisBacking.of(redis, "mcp");
	}

}
