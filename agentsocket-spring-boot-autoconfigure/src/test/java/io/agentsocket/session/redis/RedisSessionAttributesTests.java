package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionAttributesContract;
import io.agentsocket.session.StoredValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link RedisSessionAttributes}.
 */
@WithRedis
class RedisSessionAttributesTests extends SessionAttributesContract {

	private static LocalRedis redis;

	private static LettuceConnectionFactory factory;

	private final SessionAttributes attributes = RedisSessionAttributes.create(factory, "test", new JsonMapper());

	private final SessionAttributes elsewhere = RedisSessionAttributes.create(factory, "test", new JsonMapper());

	@BeforeAll
	static void connect(LocalRedis redis) {
		RedisSessionAttributesTests.redis = redis;
		factory = Connections.to(redis);
	}

	@AfterAll
	static void disconnect() {
		factory.destroy();
	}

	@Override
	protected SessionAttributes attributes() {
		return this.attributes;
	}

	@Override
	protected SessionAttributes elsewhere() {
		return this.elsewhere;
	}

	private String key() {
		return "test:sessions:" + this.id;
	}

	@AfterEach
	void hasATimeToLive() {
		assertThat(redis.command("PTTL", key())).isNotEqualTo("-1");
	}

	@Test
	void valuesArePlain() {
		create(Duration.ofMinutes(1));
		write("point", new Point(1, List.of("a")));
		assertThat(redis.command("HGETALL", key()))
			.contains("sessionAttr:point", "\"names\":[\"a\"]", "sessionAttr:io.agentsocket.principal", "\"ann\"",
					"sessionAttr:io.agentsocket.agent.name", "\"agent\"")
			.doesNotContain("\u00ac\u00ed", "java.", Point.class.getName());
		assertThat(Long.parseLong(redis.command("PTTL", key()))).isBetween(50_000L, 60_000L);
	}

	@Test
	void valueOfAnotherTypeIsRefused() {
		create(Duration.ofMinutes(1));
		write("text", "x");
		StoredValue value = (StoredValue) load(this.elsewhere).get("text");
		assertThat(value).isNotNull();
		assertThatIllegalArgumentException().isThrownBy(() -> value.as(Point.class));
		assertThatIllegalArgumentException().isThrownBy(() -> value.as(Integer.class));
	}

	@Test
	void failedWriteIsNotSavedWithTheNext() {
		create(Duration.ofMinutes(1));
		assertThatException().isThrownBy(() -> write("self", new Endless()));
		write("a", "1");
		assertThat(load(this.elsewhere)).containsOnlyKeys("a");
	}

	/** No JSON can be made of this. */
	static final class Endless {

		public Map<String, Endless> getSelf() {
			return Map.of("self", this);
		}

	}

	@Test
	void changeThatTheClientRepeatsIsMadeOnce() {
		create(Duration.ofMinutes(1));
		AttributeSerializer values = new AttributeSerializer(new JsonMapper());
		assertThat(swap(values, null, 1, "change0000000001")).isOne();
		// Its reply was lost.
		assertThat(swap(values, null, 1, "change0000000001")).isOne();
		assertThat(swap(values, null, 1, "change0000000002")).isZero();
		for (int i = 1; i <= 50; i++) {
			this.attributes.update(this.id, "count", (before) -> as(before, Integer.class) + 1).block();
		}
		assertThat(as(load(this.elsewhere).get("count"), Integer.class)).isEqualTo(51);
		assertThat(Integer.parseInt(redis.command("HSTRLEN", key(), "agentsocket:changes"))).isLessThan(600);
	}

	private @Nullable Long swap(AttributeSerializer values, @Nullable Integer before, int after, String change) {
		List<ByteBuffer> arguments = List.of(Values.of("sessionAttr:count"), ByteBuffer.wrap(values.serialize(before)),
				ByteBuffer.wrap(values.serialize(after)), ByteBuffer.wrap(values.serialize(0L)), Values.of(change));
		return new Scripts(factory).number(AttributeSwap.SWAP, List.of(Values.of(key())), arguments).block();
	}

	@Test
	void partOfASessionIsNone() {
		create(Duration.ofMinutes(1));
		write("a", "1");
		redis.command("HDEL", key(), "creationTime");
		assertThat(load(this.attributes)).isEmpty();
		assertThat(redis.command("EXISTS", key())).isEqualTo("0");
	}

}
