package io.agentsocket.session.redis;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Answers;
import io.agentsocket.session.OneTimeValues;
import io.agentsocket.session.OneTimeValuesContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link RedisOneTimeValues}.
 */
@WithRedis
class RedisOneTimeValuesTests extends OneTimeValuesContract {

	private static LocalRedis redis;

	private static LettuceConnectionFactory factory;

	/** A value that is put or taken is not given up while the machine stands still. */
	private final Answers answers = new Answers(Await.LONG, Schedulers.parallel());

	@BeforeAll
	static void connect(LocalRedis redis) {
		RedisOneTimeValuesTests.redis = redis;
		factory = Connections.to(redis);
	}

	@AfterAll
	static void disconnect() {
		factory.destroy();
	}

	@Override
	protected OneTimeValues values() {
		return new RedisOneTimeValues(factory, "test", this.answers);
	}

	@Override
	protected OneTimeValues elsewhere() {
		return new RedisOneTimeValues(factory, "test", this.answers);
	}

	@Test
	void aKeyHasATimeToLive() {
		values().put("lasting", Bytes.utf8("value"), TTL).block(Await.LONG);
		assertThat(Long.parseLong(redis.command("PTTL", "test:once:lasting"))).isBetween(1L, TTL.toMillis());
	}

}
