package io.agentsocket.session.redis;

import com.example.redis.LocalRedis;
import com.example.redis.LocalRedisCluster;
import io.agentsocket.Await;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Connections as Boot makes them.
 */
final class Connections {

	private Connections() {
	}

	static LettuceConnectionFactory to(LocalRedis redis) {
		return to(redis.host(), redis.port());
	}

	static LettuceConnectionFactory to(String host, int port) {
		LettuceConnectionFactory factory = new LettuceConnectionFactory(new RedisStandaloneConfiguration(host, port),
				LettuceClientConfiguration.builder().commandTimeout(Await.LONG).build());
		return started(factory);
	}

	static LettuceConnectionFactory to(LocalRedisCluster cluster) {
		return started(new LettuceConnectionFactory(new RedisClusterConfiguration(cluster.nodes()),
				LettuceClientConfiguration.builder().commandTimeout(Await.LONG).build()));
	}

	private static LettuceConnectionFactory started(LettuceConnectionFactory factory) {
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

}
