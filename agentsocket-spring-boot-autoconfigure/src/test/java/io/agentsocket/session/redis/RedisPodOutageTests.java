package io.agentsocket.session.redis;

import com.example.redis.LocalRedis;
import io.agentsocket.Await;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of {@link RedisPodLink} with a Redis that is away, or forgets.
 */
class RedisPodOutageTests extends RedisPods {

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

}
