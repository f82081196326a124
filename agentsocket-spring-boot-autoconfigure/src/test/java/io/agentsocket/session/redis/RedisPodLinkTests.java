package io.agentsocket.session.redis;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodLinkContract;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.ReactiveRedisClusterConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.ReactiveScriptingCommands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link RedisPodLink}: messages.
 */
class RedisPodLinkTests extends RedisPods {

	@Nested
	class Contract extends PodLinkContract {

		@Override
		protected PodLink link(String pod, Duration timeout) {
			return RedisPodLinkTests.this.link(pod, timeout);
		}

		@AfterEach
		@Override
		protected void leave() {
			everyKeyHasATimeToLive();
			super.leave();
		}

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

	/** As when the reply to the sign of life that made the stream is lost. */
	@Test
	void messagesArriveThoughNobodyHasHeardThatTheStreamIsAnotherOne() {
		Pod a = pod("a");
		Pod b = pod("b");
		a.awaitAlive(a, b);
		redis.command("XADD", stream(b), "9999999999999-0", "m", "");
		Await.until(() -> redis.command("XLEN", stream(b)).equals("0"));
		redis.command("EVAL", "redis.call('DEL', KEYS[1]) redis.call('XADD', KEYS[1], '*', 'm', '')", "1", stream(b));
		a.send(b, message("now"));
		assertThat(b.next()).isEqualTo(message("now"));
	}

	/**
	 * As when the clock is so little behind that it soon comes past what was read last.
	 */
	@Test
	void messagesThatTheReaderHasPassedAreRead() {
		Pod a = pod("a");
		Pod b = pod("b");
		a.awaitAlive(a, b);
		redis.command("XADD", stream(b), "*", "m", "");
		Await.until(() -> redis.command("XLEN", stream(b)).equals("0"));
		redis.command("EVAL", "redis.call('DEL', KEYS[1]) redis.call('XADD', KEYS[1], '1-0', 'm', '') "
				+ "redis.call('XADD', KEYS[1], '*', 'm', '')", "1", stream(b));
		a.send(b, message("now"));
		assertThat(b.next()).isEqualTo(message("now"));
		Await.until(() -> redis.command("XLEN", stream(b)).equals("0"));
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
	void refusesStrangeNames() {
		assertThatIllegalArgumentException().isThrownBy(() -> link("a/b", MORTAL));
		assertThatIllegalArgumentException().isThrownBy(() -> link("-a", MORTAL));
		assertThatIllegalArgumentException().isThrownBy(() -> link("", MORTAL));
	}

}
