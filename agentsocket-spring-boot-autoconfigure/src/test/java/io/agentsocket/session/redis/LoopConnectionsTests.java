package io.agentsocket.session.redis;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.Commit;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SessionStoreContract;
import io.agentsocket.session.StoredSession.LogEntry;
import io.netty.channel.EventLoop;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;
import reactor.util.retry.Retry;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisSentinelConfiguration;
import org.springframework.data.redis.connection.RedisSocketConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.Mockito.mock;

/**
 * Tests of {@link LoopConnections}: commits that leave from the event loops of their
 * sessions keep the contract of the store, and those of one turn share a write.
 */
@WithRedis
class LoopConnectionsTests extends SessionStoreContract {

	private static final String NAME = "agents-of-the-test";

	private static LocalRedis redis;

	private static LettuceConnectionFactory factory;

	private static LoopResources resources;

	private static EventLoop loop;

	private LoopConnections loops;

	private RedisSessionStore store;

	@BeforeAll
	static void connect(LocalRedis redis) {
		LoopConnectionsTests.redis = redis;
		factory = new LettuceConnectionFactory(new RedisStandaloneConfiguration(redis.host(), redis.port()),
				LettuceClientConfiguration.builder().commandTimeout(Duration.ofSeconds(5)).clientName(NAME).build());
		factory.afterPropertiesSet();
		factory.start();
		resources = LoopResources.create("loop-connections", 1, true);
		loop = resources.onServer(true).next();
	}

	@AfterAll
	static void disconnect() {
		factory.destroy();
		resources.disposeLater().block(PATIENCE);
	}

	@BeforeEach
	void awaitConnection() {
		this.loops = LoopConnections.to(factory);
		this.store = new RedisSessionStore(factory, "loops", this.loops);
		Await.until("a connection of the event loop", this::isConnected);
	}

	@AfterEach
	void close() {
		this.loops.close();
	}

	private boolean isConnected() {
		return onLoop(() -> this.loops.here() != null);
	}

	private static <T> T onLoop(Callable<T> task) {
		try {
			return loop.submit(task).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** Commits on the event loop, and does all else as ever. */
	@Override
	protected SessionStore store() {
		return (SessionStore) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { SessionStore.class },
				(proxy, method, args) -> {
					Object result = method.invoke(this.store, args);
					return method.getName().equals("commit")
							? ((Mono<?>) result).subscribeOn(Schedulers.fromExecutor(loop)) : result;
				});
	}

	@Override
	protected void pass(Duration duration) {
		Await.pass(duration, "Redis has a clock of its own");
	}

	private static long reads() {
		return redis.command("INFO", "stats")
			.lines()
			.filter((line) -> line.startsWith("total_reads_processed:"))
			.mapToLong((line) -> Long.parseLong(line.substring(line.indexOf(':') + 1).trim()))
			.sum();
	}

	private static long connections() {
		return redis.command("CLIENT", "LIST").lines().filter((line) -> line.contains("name=" + NAME)).count();
	}

	@Test
	void commitsOfOneTurnOfAllSessionsLeaveTogetherAndComeBackOnTheSameThread() {
		List<String> ids = IntStream.range(0, 100).mapToObj((i) -> UUID.randomUUID().toString()).toList();
		for (String session : ids) {
			this.store
				.open(new SessionState(session, "log1", 1, null, AgentInfo.UNKNOWN, "cbor", Instant.now()), "a/1", "t1",
						TTL)
				.block(PATIENCE);
		}
		// Redis learns the script.
		commit(ids.get(0), 1).subscribeOn(Schedulers.fromExecutor(loop)).block(PATIENCE);
		Set<Thread> threads = ConcurrentHashMap.newKeySet();
		long before = reads();
		CompletableFuture<Void> all = onLoop(() -> Flux.fromIterable(ids.subList(1, 100))
			.flatMap((session) -> commit(session, 1).doOnTerminate(() -> threads.add(Thread.currentThread())), 100)
			.then()
			.toFuture());
		Mono.fromFuture(all).block(PATIENCE);
		assertThat(threads).containsExactly(onLoop(Thread::currentThread));
		// A read of Redis takes 16 KiB; others may ask it something meanwhile.
		assertThat(reads() - before).isLessThan(20);
		ids.forEach((session) -> this.store.end(session).block(PATIENCE));
	}

	private Mono<Void> commit(String session, long number) {
		return this.store.commit(session, "a/1", new Commit(number, 1, 1, 0,
				List.of(new LogEntry(1, 1, Bytes.utf8("frames"))), Map.of(), Set.of(), 0, null));
	}

	@Test
	void commitsStayInOrderWhenRedisForgetsItsScripts() {
		open();
		List<Mono<Void>> commits = new ArrayList<>();
		for (int i = 1; i <= 1000; i++) {
			commits.add(store().commit(this.id, "a/1", sent(i, i - 1, entry(i, i))));
		}
		Flux<String> flushes = Mono.fromCallable(() -> redis.command("SCRIPT", "FLUSH"))
			.subscribeOn(Schedulers.boundedElastic())
			.repeat(20);
		redis.command("SCRIPT", "FLUSH");
		Mono.when(Mono.when(commits), flushes).block(PATIENCE);
		assertThat(redis.command("HGET", "loops:{" + this.id + "}:s", "c")).isEqualTo("1000");
	}

	@Test
	void sharedConnectionDoesWhileThatOfTheEventLoopIsBroken() {
		open();
		commit("a/1", step(1));
		redis.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
		// The one that was on its way when its connection broke is repeated.
		store().commit(this.id, "a/1", step(2)).retryWhen(Retry.fixedDelay(100, Duration.ofMillis(10))).block(PATIENCE);
		Await.until("the connection is made anew", this::isConnected);
		commit("a/1", step(3));
		assertThat(redis.command("HGET", "loops:{" + this.id + "}:s", "c")).isEqualTo("3");
	}

	@Test
	void connectionsEndAndMayBeMadeAgain() {
		long before = connections();
		this.loops.close();
		assertThat(isConnected()).isFalse();
		Await.until("the connection is closed", () -> connections() == before - 1);
		open();
		commit("a/1", step(1));
		assertThat(connections()).isEqualTo(before - 1);
		this.loops.open();
		Await.until("a new connection", this::isConnected);
		commit("a/1", step(2));
	}

	@Test
	void threadsThatAreNoEventLoopsUseTheSharedConnection() {
		assertThat(this.loops.here()).isNull();
	}

	@Test
	void settingsOfTheApplicationCount() {
		assertThat(connections()).isGreaterThanOrEqualTo(1);
	}

	@Test
	void onlyWhatLeadsToOneRedisIsCopied() {
		LettuceClientConfiguration settings = LettuceClientConfiguration.defaultConfiguration();
		assertThat(LoopConnections.to(mock(ReactiveRedisConnectionFactory.class))).isNull();
		assertThat(LoopConnections
			.to(new LettuceConnectionFactory(new RedisClusterConfiguration(List.of("127.0.0.1:1")), settings)))
			.isNull();
		assertThat(LoopConnections.to(new LettuceConnectionFactory(new RedisSocketConfiguration("/none"), settings)))
			.isNull();
		assertThat(LoopConnections.to(new LettuceConnectionFactory() {
		})).isNull();
		assertThat(LoopConnections.to(new LettuceConnectionFactory(
				new RedisSentinelConfiguration().master("main").sentinel("127.0.0.1", 1), settings)))
			.isNotNull();
	}

	/** Its address is not that of a Redis. */
	@Test
	void fixedSetOfReplicasIsNotTakenForASingleRedis() {
		LettuceConnectionFactory replicas = new LettuceConnectionFactory(
				new RedisStaticMasterReplicaConfiguration(redis.host(), redis.port()),
				LettuceClientConfiguration.defaultConfiguration());
		replicas.afterPropertiesSet();
		replicas.start();
		try {
			LoopClients clients = LoopClients.to(replicas);
			assertThatIllegalStateException().isThrownBy(() -> clients.client(loop));
		}
		finally {
			replicas.destroy();
		}
	}

}
