package io.agentsocket.session.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SessionStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link RedisSessionStore}.
 */
@WithRedis
class RedisSessionStoreTests extends SessionStoreContract {

	private static LocalRedis redis;

	private static LettuceConnectionFactory factory;

	private final RedisSessionStore store = new RedisSessionStore(factory, "test");

	@BeforeAll
	static void connect(LocalRedis redis) {
		RedisSessionStoreTests.redis = redis;
		factory = Connections.to(redis);
	}

	@AfterAll
	static void disconnect() {
		factory.destroy();
	}

	@Override
	protected SessionStore store() {
		return this.store;
	}

	@Override
	protected void pass(Duration duration) {
		Await.pass(duration, "Redis has a clock of its own");
	}

	/** After each operation. */
	@Override
	protected void inspect() {
		List<String> keys = keys().stream().filter((key) -> !key.startsWith("test:principal:")).toList();
		assertThat(keys).allMatch((key) -> key.matches("test:\\{" + this.id + "}:[soci]"));
		List<Long> ttls = ttls(keys);
		assertThat(ttls).as("times to live of " + keys).allMatch((ttl) -> ttl > 0);
		assertThat(ttls.stream().map((ttl) -> (ttl - ttls.get(0)) / 1000)).as("all keys live equally long")
			.allMatch((seconds) -> seconds == 0);
	}

	/** How long keys live that have not expired, all at the same moment. */
	private static List<Long> ttls(List<String> keys) {
		if (keys.isEmpty()) {
			return List.of();
		}
		List<String> command = new ArrayList<>(List.of("EVAL",
				"local all = {} for i, key in ipairs(KEYS) do all[i] = redis.call('PTTL', key) end return all",
				String.valueOf(keys.size())));
		command.addAll(keys);
		return redis.command(command.toArray(String[]::new))
			.lines()
			.map(Long::valueOf)
			.filter((ttl) -> ttl != -2)
			.toList();
	}

	private List<String> keys() {
		return redis.command("KEYS", "*{" + this.id + "}*").lines().filter((line) -> !line.isEmpty()).toList();
	}

	private void fill() {
		open();
		commit("a/1", new Commit(1, 1, 2, 0, List.of(entry(1, 1), entry(2, 2)), Map.of("k", Bytes.utf8("v")), Set.of(),
				0, null));
		get(this.store.push(this.id, Bytes.utf8("m")));
	}

	@Test
	void isShared() {
		assertThat(this.store.isShared()).isTrue();
	}

	@Test
	void allKeysOfASessionAreInOneSlot() {
		fill();
		assertThat(keys()).hasSize(4);
		assertThat(keys().stream().map(Slots::of).distinct()).hasSize(1);
		assertThat(Slots.of("123456789")).isEqualTo(0x31C3 % 16384);
	}

	@Test
	void valuesArePlain() {
		fill();
		String all = redis.command("HGETALL", "test:{" + this.id + "}:s")
				+ redis.command("HGETALL", "test:{" + this.id + "}:c")
				+ redis.command("XRANGE", "test:{" + this.id + "}:o", "-", "+");
		assertThat(all).contains("ann", "näme", "a/1", "frames 1-1").doesNotContain("\u00ac\u00ed", "java.");
		assertThat(redis.command("OBJECT", "ENCODING", "test:{" + this.id + "}:s")).isIn("listpack", "ziplist");
	}

	@Test
	void sessionsOfAPrincipalAreASetThatIsForgotten() {
		open();
		assertThat(redis.command("ZRANGE", "test:principal:ann", "0", "-1")).contains(this.id);
		assertThat(Long.parseLong(redis.command("PTTL", "test:principal:ann"))).isBetween(2 * TTL.toMillis() - 10_000,
				2 * TTL.toMillis());
		get(this.store.keep(this.id, "a/1", Duration.ofMillis(300)));
		assertThat(Long.parseLong(redis.command("PTTL", "test:principal:ann"))).isGreaterThan(TTL.toMillis());
		get(this.store.open(this.state, "a/1", "t1", TTL));
		get(this.store.end(this.id));
		assertThat(redis.command("ZRANGE", "test:principal:ann", "0", "-1")).doesNotContain(this.id);
	}

	@Test
	void emptyLogTakesNoKey() {
		fill();
		commit("a/1", new Commit(2, 1, 2, 2, List.of(), Map.of(), Set.of("k"), 1, null));
		assertThat(keys()).containsExactly("test:{" + this.id + "}:s");
	}

	@Test
	void commitsStayInOrderWhenRedisForgetsItsScripts() {
		open();
		List<Mono<Void>> commits = IntStream.rangeClosed(1, 1000)
			.mapToObj((i) -> this.store.commit(this.id, "a/1", sent(i, i - 1, entry(i, i))))
			.toList();
		redis.command("SCRIPT", "FLUSH");
		Flux<String> flushes = Mono.fromCallable(() -> redis.command("SCRIPT", "FLUSH"))
			.subscribeOn(reactor.core.scheduler.Schedulers.boundedElastic())
			.repeat(20);
		Mono.when(Mono.when(commits), flushes).block(PATIENCE);
		assertThat(redis.command("HGET", "test:{" + this.id + "}:s", "c")).isEqualTo("1000");
	}

	@Test
	void forgetsWhatARedisThatIsStartedAnewForgets() {
		try (LocalRedis own = LocalRedis.open()) {
			org.assertj.core.api.Assumptions.assumeThat(own.owned()).isTrue();
			LettuceConnectionFactory connections = Connections.to(own);
			try {
				RedisSessionStore restarted = new RedisSessionStore(connections, "test");
				restarted.open(this.state, "a/1", "t1", TTL).block(PATIENCE);
				restarted.commit(this.id, "a/1", step(1)).block(PATIENCE);
				own.restart();
				fenced(0, restarted.commit(this.id, "a/1", step(2)));
				restarted.open(this.state, "a/1", "t1", TTL).block(PATIENCE);
				restarted.commit(this.id, "a/1", step(1)).block(PATIENCE);
			}
			finally {
				connections.destroy();
			}
		}
	}

	@Test
	void refusesWhatWouldSpreadKeys() {
		assertThatIllegalArgumentException().isThrownBy(() -> new RedisSessionStore(factory, "a{b}"));
		assertThatIllegalArgumentException().isThrownBy(() -> new RedisSessionStore(factory, " "));
	}

}
