package io.agentsocket.session.redis;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.TcpProxy;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodLinkContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.ReactiveRedisClusterConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.ReactiveScriptingCommands;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link RedisPodLink}.
 */
@WithRedis
class RedisPodLinkTests extends PodLinkContract {

	private static LettuceConnectionFactory factory;

	private static LocalRedis redis;

	private LettuceConnectionFactory connections = factory;

	private UnaryOperator<ReactiveRedisConnectionFactory> driver = UnaryOperator.identity();

	@BeforeAll
	static void connect(LocalRedis redis) {
		RedisPodLinkTests.redis = redis;
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

	private String pods() {
		return "test" + this.suffix + ":pods";
	}

	private String stream(Pod pod) {
		return "test" + this.suffix + ":pod:{" + pod.link.pod() + "}";
	}

	private boolean isKnown(LocalRedis redis, Pod pod) {
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

	@Test
	void readMessagesLeaveNothingBehind() {
		Pod a = pod("a");
		Pod b = pod("b");
		a.awaitAlive(a, b);
		for (int i = 0; i < 10; i++) {
			a.send(b, message("m" + i));
			b.next();
		}
		Await.until(() -> redis.command("XLEN", stream(b)).equals("0"));
	}

	@Test
	void messageThatTheDriverAddsTwiceArrivesOnce() {
		AtomicInteger repeated = new AtomicInteger();
		this.driver = (factory) -> addingTwice(factory, repeated);
		Pod a = pod("a");
		Pod b = pod("b");
		a.awaitAlive(a, b);
		for (int i = 0; i < 5; i++) {
			a.send(b, message("m" + i));
		}
		a.link.broadcast(message("all")).block(PATIENCE);
		b.send(b, message("end"));
		for (int i = 0; i < 5; i++) {
			assertThat(b.next()).isEqualTo(message("m" + i));
		}
		assertThat(b.next()).isEqualTo(message("all"));
		assertThat(b.next()).isEqualTo(message("end"));
		// The five, that for all as each of the two has it, and the last one.
		Await.until(() -> repeated.get() >= 7);
	}

	/** Connections that add each message again, as after a reply that was lost. */
	private static ReactiveRedisConnectionFactory addingTwice(ReactiveRedisConnectionFactory factory,
			AtomicInteger repeated) {
		UnaryOperator<Object> scripts = (commands) -> (commands instanceof ReactiveScriptingCommands real)
				? wrap(ReactiveScriptingCommands.class, real, (result) -> result, repeated) : commands;
		return wrap(ReactiveRedisConnectionFactory.class, factory,
				(connection) -> (connection instanceof ReactiveRedisConnection real)
						? wrap(ReactiveRedisConnection.class, real, scripts, repeated) : connection,
				repeated);
	}

	private static <T> T wrap(Class<T> type, T delegate, UnaryOperator<Object> results, AtomicInteger repeated) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, args) -> {
				try {
					boolean adds = method.getName().equals("eval") && PodScripts.ADD.bytes().equals(args[0]);
					Object result = method.invoke(delegate, args);
					if (!adds) {
						return results.apply(result);
					}
					// The driver has read the first one to its end.
					args[0] = PodScripts.ADD.bytes();
					Flux<?> again = (Flux<?>) method.invoke(delegate, args);
					return ((Flux<?>) result).thenMany(again).doOnNext((reply) -> repeated.incrementAndGet());
				}
				catch (InvocationTargetException ex) {
					throw ex.getCause();
				}
			}));
	}

	@Test
	void streamThatNobodyReadsLosesTheOldest() {
		Pod a = pod("a");
		a.awaitAlive(a);
		String silent = "silent" + this.suffix;
		String stream = "test" + this.suffix + ":pod:{" + silent + "}";
		redis.command("XADD", stream, "1-0", "m", "");
		redis.command("EXPIRE", stream, "60");
		// Redis drops whole nodes, of 100 messages at most.
		Flux.range(0, 10_300).flatMap((i) -> a.link.send(silent, message("m" + i))).blockLast(PATIENCE);
		assertThat(Integer.parseInt(redis.command("XLEN", stream))).isBetween(10_000, 10_100);
		assertThat(redis.command("XRANGE", stream, "1-0", "1-0")).isEmpty();
		redis.command("DEL", stream);
	}

	@Test
	void deadPodLeavesNoStream() {
		Pod a = mortal("a");
		Pod b = mortal("b");
		a.awaitAlive(a, b);
		b.leave();
		a.awaitAlive(a);
		Await.until(() -> redis.command("EXISTS", stream(b)).equals("0"));
		a.send(b, message("late"));
		assertThat(redis.command("EXISTS", stream(b))).isEqualTo("0");
		Await.until(() -> redis.command("EXISTS", stream(a)).equals("1"));
	}

	@Test
	void podThatWasDeclaredDeadBeginsAnewUnderAnotherName() {
		Pod a = mortal("a");
		Pod b = mortal("b");
		a.awaitAlive(a, b);
		b.awaitAlive(a, b);
		String before = b.link.pod();
		// As if b had been stopped for longer than the timeout.
		redis.command("ZADD", pods(), "1", before);
		Await.until(() -> !b.link.pod().equals(before));
		a.awaitAlive(a, b);
		b.awaitAlive(a, b);
		assertThat(a.alive()).doesNotContain(before);
		a.send(b, message("again"));
		assertThat(b.next()).isEqualTo(message("again"));
	}

	/** The timeout is an hour, so that only its sign can tell that a pod is dead. */
	@Test
	void podWhoseConnectionsWereClosedBySystemIsDeadAndOneThatIsSilentIsNot() throws IOException {
		try (TcpProxy killed = new TcpProxy(redis.port()); TcpProxy stopped = new TcpProxy(redis.port())) {
			LettuceConnectionFactory toKilled = Connections.to(redis.host(), killed.port());
			LettuceConnectionFactory toStopped = Connections.to(redis.host(), stopped.port());
			try {
				Pod a = pod("a", Duration.ofHours(1));
				this.connections = toKilled;
				Pod b = pod("b", Duration.ofHours(1));
				this.connections = toStopped;
				Pod c = pod("c", Duration.ofHours(1));
				a.awaitAlive(a, b, c);
				Await.until(() -> isSigned(a) && isSigned(b) && isSigned(c));
				stopped.mode(TcpProxy.Mode.STALLED);
				killed.mode(TcpProxy.Mode.SHUT);
				suspectUntil(a, () -> !a.alive().contains(b.link.pod()), b, c);
				suspectUntil(a, () -> a.alive().equals(Set.of(a.link.pod(), c.link.pod())), b, c);
				// As often as it takes, and more, with a sign that is still there.
				for (int i = 0; i < 3; i++) {
					a.link.suspect(c.link.pod());
					Await.pass(Duration.ofSeconds(1), "nobody may be declared dead");
				}
				a.awaitAlive(a, c);
				stopped.mode(TcpProxy.Mode.OPEN);
				c.send(c, message("still here"));
				assertThat(c.next()).isEqualTo(message("still here"));
				// The dead one was alive, after all.
				killed.mode(TcpProxy.Mode.OPEN);
				Await.until(() -> b.link.pod().endsWith(".2"));
				a.awaitAlive(a, b, c);
			}
			finally {
				leave();
				toKilled.destroy();
				toStopped.destroy();
			}
		}
	}

	private static void suspectUntil(Pod pod, BooleanSupplier condition, Pod... others) {
		Await.until(() -> {
			for (Pod other : others) {
				pod.link.suspect(other.link.pod());
			}
			return condition.getAsBoolean();
		});
	}

	private boolean isSigned(Pod pod) {
		return !redis.command("ZSCORE", pods(), "*" + pod.link.pod()).isEmpty();
	}

	/** As after a restart or a failover, when the driver of a pod takes its time. */
	@Test
	void signsThatAnotherProcessOfRedisHasSeenMeanNothing() throws IOException {
		try (TcpProxy proxy = new TcpProxy(redis.port())) {
			LettuceConnectionFactory late = Connections.to(redis.host(), proxy.port());
			try {
				Pod a = pod("a", Duration.ofHours(1));
				this.connections = late;
				Pod b = pod("b", Duration.ofHours(1));
				a.awaitAlive(a, b);
				Await.until(() -> isSigned(a) && isSigned(b));
				proxy.mode(TcpProxy.Mode.SHUT);
				redis.command("ZREM", pods(), process());
				redis.command("ZADD", pods(), "1", "@another");
				Await.until(() -> isSigned(a) && !isSigned(b));
				for (int i = 0; i < 3; i++) {
					a.link.suspect(b.link.pod());
					Await.pass(Duration.ofSeconds(1), "nobody may be declared dead");
				}
				a.awaitAlive(a, b);
				assertThat(redis.command("ZSCORE", pods(), process())).isNotEmpty();
				assertThat(redis.command("ZSCORE", pods(), "@another")).isEmpty();
				proxy.mode(TcpProxy.Mode.OPEN);
				Await.until(() -> isSigned(b));
			}
			finally {
				leave();
				late.destroy();
			}
		}
	}

	private static String process() {
		return redis.command("INFO", "server")
			.lines()
			.filter((line) -> line.startsWith("run_id:"))
			.map((line) -> "@" + line.substring("run_id:".length()).strip())
			.findFirst()
			.orElseThrow();
	}

	@Test
	void nobodyIsDeadWhoseSubscriptionIsMadeAnew() {
		Pod a = pod("a", Duration.ofHours(1));
		Pod b = pod("b", Duration.ofHours(1));
		a.awaitAlive(a, b);
		Await.until(() -> isSigned(a) && isSigned(b));
		Await.pass(Duration.ofSeconds(6), "a pod trusts signs when its own was seen for a while");
		for (int i = 0; i < 20; i++) {
			a.link.suspect(b.link.pod());
			redis.command("CLIENT", "KILL", "TYPE", "pubsub");
			Await.pass(Duration.ofMillis(100), "nobody may be declared dead");
		}
		Await.until(() -> isSigned(a) && isSigned(b));
		a.awaitAlive(a, b);
		a.send(b, message("x"));
		assertThat(b.next()).isEqualTo(message("x"));
	}

	@Test
	void withoutTheRightToSubscribeTheTimeoutCounts() {
		try (LocalRedis own = LocalRedis.open()) {
			assumeThat(own.owned()).isTrue();
			own.command("ACL", "SETUSER", "default", "-@pubsub");
			this.connections = Connections.to(own);
			try {
				Pod a = mortal("a");
				Pod b = mortal("b");
				a.awaitAlive(a, b);
				suspectUntil(a, () -> a.alive().contains(b.link.pod()), b);
				a.send(b, message("x"));
				assertThat(b.next()).isEqualTo(message("x"));
				b.leave();
				a.awaitAlive(a);
				a.leave();
			}
			finally {
				this.connections.destroy();
			}
		}
	}

	@Test
	void livingPodsSurviveThatRedisForgetsThem() {
		Pod a = mortal("a");
		Pod b = mortal("b");
		a.awaitAlive(a, b);
		redis.command("DEL", pods());
		redis.command("DEL", stream(b));
		Await.until(() -> redis.command("EXISTS", stream(b)).equals("1") && isKnown(redis, a) && isKnown(redis, b));
		Await.pass(MORTAL, "nobody may be declared dead");
		a.awaitAlive(a, b);
		b.awaitAlive(a, b);
		a.send(b, message("again"));
		assertThat(b.next()).isEqualTo(message("again"));
	}

	@Test
	void podThatDiesWhenRedisForgetsIsDead() {
		Pod a = mortal("a");
		Pod b = mortal("b");
		a.awaitAlive(a, b);
		b.leave();
		// b is not even remembered as dead.
		redis.command("DEL", pods());
		a.awaitAlive(a);
		assertThat(redis.command("ZSCORE", pods(), "-" + b.link.pod())).isNotEmpty();
	}

	@Test
	void messagesArriveAfterTheClockWentBack() {
		Pod a = pod("a");
		Pod b = pod("b");
		a.awaitAlive(a, b);
		redis.command("XADD", stream(b), "9999999999999-0", "m", "");
		redis.command("DEL", stream(b));
		Await.until(() -> redis.command("EXISTS", stream(b)).equals("1"));
		a.send(b, message("now"));
		assertThat(b.next()).isEqualTo(message("now"));
	}

	@Test
	void nobodyDiesWhenRedisIsOutOfReach() {
		try (LocalRedis own = LocalRedis.open()) {
			assumeThat(own.owned()).isTrue();
			this.connections = Connections.to(own);
			try {
				Pod a = mortal("a");
				Pod b = mortal("b");
				a.awaitAlive(a, b);
				b.awaitAlive(a, b);
				own.pause();
				Await.pass(MORTAL.multipliedBy(2), "nobody may be declared dead");
				own.resume();
				Await.pass(MORTAL, "nobody may be declared dead");
				a.awaitAlive(a, b);
				b.awaitAlive(a, b);
				a.link.send(b.link.pod(), message("x")).block(PATIENCE);
				assertThat(b.next()).isEqualTo(message("x"));
				own.stop();
				Await.pass(MORTAL, "nobody may be declared dead");
				own.start();
				Await.until(() -> own.command("EXISTS", stream(b)).equals("1") && isKnown(own, a) && isKnown(own, b));
				a.awaitAlive(a, b);
				a.link.send(b.link.pod(), message("y")).block(PATIENCE);
				assertThat(b.next()).isEqualTo(message("y"));
				a.leave();
				b.awaitAlive(b);
				b.leave();
				Await.until(() -> own.command("EXISTS", stream(b)).equals("0"));
			}
			finally {
				this.connections.destroy();
			}
		}
	}

	@Test
	void errorThatReactorThrowsOnDoesNotEndTheSignsOfLife() {
		AtomicBoolean failing = new AtomicBoolean();
		AtomicInteger asked = new AtomicInteger();
		this.driver = (connections) -> new ReactiveRedisConnectionFactory() {

			@Override
			public ReactiveRedisConnection getReactiveConnection() {
				asked.incrementAndGet();
				if (failing.get()) {
					throw new NoClassDefFoundError("a class of the driver");
				}
				return connections.getReactiveConnection();
			}

			@Override
			public ReactiveRedisClusterConnection getReactiveClusterConnection() {
				return connections.getReactiveClusterConnection();
			}

			@Override
			public @Nullable DataAccessException translateExceptionIfPossible(RuntimeException ex) {
				return connections.translateExceptionIfPossible(ex);
			}

		};
		Pod a = pod("a");
		a.awaitAlive(a);
		failing.set(true);
		int before = asked.get();
		Await.until(() -> asked.get() >= before + 3);
		failing.set(false);
		Pod b = pod("b");
		a.awaitAlive(a, b);
		a.link.send(b.link.pod(), message("x")).block(PATIENCE);
		assertThat(b.next()).isEqualTo(message("x"));
	}

	@Test
	void waitsForARedisThatIsNotThereYet() {
		try (LocalRedis own = LocalRedis.open()) {
			assumeThat(own.owned()).isTrue();
			own.stop();
			this.connections = Connections.to(own);
			try {
				Pod a = mortal("a");
				Await.pass(MORTAL, "nobody may be declared dead");
				own.start();
				a.awaitAlive(a);
				a.send(a, message("x"));
				assertThat(a.next()).isEqualTo(message("x"));
				a.leave();
				Await.until(() -> own.command("EXISTS", stream(a)).equals("0"));
			}
			finally {
				this.connections.destroy();
			}
		}
	}

	@Test
	void refusesStrangeNames() {
		assertThatIllegalArgumentException().isThrownBy(() -> link("a/b", MORTAL));
		assertThatIllegalArgumentException().isThrownBy(() -> link("-a", MORTAL));
		assertThatIllegalArgumentException().isThrownBy(() -> link("", MORTAL));
	}

}
