package io.agentsocket.server;

import java.time.Duration;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.session.Durability;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.redis.RedisPodLink;
import io.agentsocket.session.redis.RedisSessionAttributes;
import io.agentsocket.session.redis.RedisSessionStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The same with sessions in Redis. A pod that is killed leaves Redis as one that a test
 * ends: at once. That others notice a silent death is for {@code samples/cluster}.
 */
@WithRedis
class RedisSessionModelTests extends SessionModelTests {

	private static LettuceConnectionFactory factory;

	@BeforeAll
	static void connect(LocalRedis redis) {
		factory = new LettuceConnectionFactory(new RedisStandaloneConfiguration(redis.host(), redis.port()));
		factory.afterPropertiesSet();
		factory.start();
	}

	@AfterAll
	static void disconnect() {
		factory.destroy();
	}

	@Override
	protected TestCluster cluster(Durability durability) {
		String namespace = "model-" + durability.name().toLowerCase(java.util.Locale.ROOT);
		SessionStore store = new RedisSessionStore(factory, namespace);
		SessionAttributes attributes = RedisSessionAttributes.create(factory, namespace, JsonMapper.builder().build());
		return new TestCluster(new TestCluster.Backing() {

			@Override
			public SessionStore store() {
				return store;
			}

			@Override
			public SessionAttributes attributes() {
				return attributes;
			}

			@Override
			public PodLink link(String pod) {
				return new RedisPodLink(factory, namespace, pod, Duration.ofSeconds(2));
			}

		}, durability, 3, this::actions);
	}

}
