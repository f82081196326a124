package io.agentsocket.server;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.redis.LocalRedis;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.redis.LoopConnections;
import io.agentsocket.session.redis.RedisPodLink;
import io.agentsocket.session.redis.RedisSessionAttributes;
import io.agentsocket.session.redis.RedisSessionStore;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Pods with their sessions in Redis, over connections as Boot makes them.
 */
public final class RedisBacking implements TestCluster.Backing {

	private static final AtomicInteger NAMES = new AtomicInteger();

	private final LettuceConnectionFactory factory;

	private final String namespace;

	private final Duration podTimeout;

	private final LoopConnections loops;

	private final SessionStore store;

	private final SessionAttributes attributes;

	public RedisBacking(RedisConfiguration address, Duration commandTimeout, String namespace, Duration podTimeout) {
		this.factory = new LettuceConnectionFactory(address,
				LettuceClientConfiguration.builder().commandTimeout(commandTimeout).build());
		this.factory.afterPropertiesSet();
		this.factory.start();
		this.namespace = namespace;
		this.podTimeout = podTimeout;
		this.loops = LoopConnections.to(this.factory);
		this.store = new RedisSessionStore(this.factory, namespace, this.loops);
		this.attributes = RedisSessionAttributes.create(this.factory, namespace, JsonMapper.builder().build());
	}

	/**
	 * Sessions that only one cluster has.
	 * @param redis where they are
	 * @param name begins the name of their namespace
	 */
	public static RedisBacking of(LocalRedis redis, String name) {
		return new RedisBacking(new RedisStandaloneConfiguration(redis.host(), redis.port()), Duration.ofSeconds(60),
				name + "-" + NAMES.incrementAndGet(), Duration.ofSeconds(2));
	}

	@Override
	public SessionStore store() {
		return this.store;
	}

	@Override
	public SessionAttributes attributes() {
		return this.attributes;
	}

	@Override
	public PodLink link(String pod) {
		return new RedisPodLink(this.factory, this.namespace, pod, this.podTimeout);
	}

	@Override
	public void close() {
		if (this.loops != null) {
			this.loops.close();
		}
		this.factory.destroy();
	}

}
