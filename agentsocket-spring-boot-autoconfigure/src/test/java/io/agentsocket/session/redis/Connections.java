package io.agentsocket.session.redis;

import java.time.Duration;

import com.example.redis.LocalRedis;
import com.example.redis.LocalRedisCluster;

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
				LettuceClientConfiguration.builder().commandTimeout(Duration.ofSeconds(5)).build());
		return started(factory);
	}

	static LettuceConnectionFactory to(LocalRedisCluster cluster) {
		return started(new LettuceConnectionFactory(new RedisClusterConfiguration(cluster.nodes()),
				LettuceClientConfiguration.builder().commandTimeout(Duration.ofSeconds(5)).build()));
	}

	private static LettuceConnectionFactory started(LettuceConnectionFactory factory) {
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

}
