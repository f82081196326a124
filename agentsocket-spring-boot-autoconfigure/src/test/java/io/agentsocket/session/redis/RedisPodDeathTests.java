package io.agentsocket.session.redis;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;

import com.example.redis.LocalRedis;
import io.agentsocket.Await;
import io.agentsocket.TcpProxy;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link RedisPodLink}: which pods count as dead.
 */
class RedisPodDeathTests extends RedisPods {

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

	private static String process() {
		return redis.command("INFO", "server")
			.lines()
			.filter((line) -> line.startsWith("run_id:"))
			.map((line) -> "@" + line.substring("run_id:".length()).strip())
			.findFirst()
			.orElseThrow();
	}

}
