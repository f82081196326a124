package io.agentsocket.session.redis;

import java.time.Duration;
import java.util.function.UnaryOperator;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.session.LinkedPods;
import io.agentsocket.session.PodLink;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Pods of a test that are linked by Redis and leave nothing there for ever.
 */
@WithRedis
abstract class RedisPods extends LinkedPods {

	private static LettuceConnectionFactory factory;

	static LocalRedis redis;

	LettuceConnectionFactory connections = factory;

	UnaryOperator<ReactiveRedisConnectionFactory> driver = UnaryOperator.identity();

	@BeforeAll
	static void connect(LocalRedis redis) {
		RedisPods.redis = redis;
		factory = Connections.to(redis);
	}

	@AfterAll
	static void disconnect() {
		factory.destroy();
	}

	@Override
	protected PodLink link(String pod, Duration timeout) {
		return new RedisPodLink(this.driver.apply(this.connections), "test" + this.suffix, pod, timeout);
	}

	final String pods() {
		return "test" + this.suffix + ":pods";
	}

	final String stream(Pod pod) {
		return "test" + this.suffix + ":pod:{" + pod.link.pod() + "}";
	}

	final boolean isKnown(LocalRedis redis, Pod pod) {
		return !redis.command("ZSCORE", pods(), pod.link.pod()).isEmpty();
	}

	@BeforeEach
	void noKeys() {
		assertThat(redis.command("KEYS", "test" + this.suffix + "*")).isEmpty();
	}

	@AfterEach
	void everyKeyHasATimeToLive() {
		redis.command("KEYS", "test" + this.suffix + "*")
			.lines()
			.filter((key) -> !key.isEmpty())
			.forEach((key) -> assertThat(Long.parseLong(redis.command("PTTL", key))).as(key).isNotEqualTo(-1));
	}

}
