package io.agentsocket.server;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.protocol.CloseCode;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A drain ends when its sockets are closed: the end of the event loops behind it takes no
 * close code away from anybody.
 */
class DrainedSocketTests {

	private static TestServer server(Duration closeTimeout) {
		return new TestServer(
				ServerSettings.builder().helloTimeout(Await.LONG.multipliedBy(5)).closeTimeout(closeTimeout).build(),
				(server) -> {
				});
	}

	/** Its peer need not answer: a web server may close when its close frame is sent. */
	@Test
	void drainEndsWhenItsSocketsAreClosed() throws Exception {
		try (TestServer server = server(Await.LONG.multipliedBy(5));
				PlainSocket peer = PlainSocket.upgraded(server.port(), Await.LONG)) {
			Await.until(() -> server.server().connections() == 1);
			CompletableFuture<Integer> left = server.server()
				.drain()
				.then(Mono.fromSupplier(server.server()::connections))
				.toFuture();
			assertThat(peer.next().closeCode()).isEqualTo(CloseCode.DRAIN.code());
			try {
				peer.send(PlainSocket.CLOSE, new byte[] { 0x0f, (byte) 0xa0 });
			}
			catch (IOException ex) {
				// The server has closed the socket already.
			}
			assertThat(left.get(Await.LONG.toMillis(), TimeUnit.MILLISECONDS)).isZero();
		}
	}

	@Test
	void partThatCannotTellWhetherItIsBusyDoesNotEndTheDrain() throws Exception {
		try (TestServer server = server(Await.LONG.multipliedBy(5));
				PlainSocket peer = PlainSocket.upgraded(server.port(), Await.LONG)) {
			Await.until(() -> server.server().connections() == 1);
			AtomicInteger asked = new AtomicInteger();
			server.server().mail().onLeave(() -> {
				if (asked.incrementAndGet() == 1) {
					throw new NoClassDefFoundError("part");
				}
				return false;
			});
			CompletableFuture<Void> drained = server.server().drain().toFuture();
			assertThat(peer.next().closeCode()).isEqualTo(CloseCode.DRAIN.code());
			peer.send(PlainSocket.CLOSE, new byte[] { 0x0f, (byte) 0xa0 });
			Await.until(drained::isDone);
			assertThat(drained).isCompleted();
			assertThat(asked.get()).isGreaterThan(1);
		}
	}

	@Test
	void peerThatDoesNotAnswerIsWaitedForNoLongerThanTheCloseTimeout() throws Exception {
		try (TestServer server = server(Duration.ofMillis(1));
				PlainSocket peer = PlainSocket.upgraded(server.port(), Await.LONG)) {
			Await.until(() -> server.server().connections() == 1);
			server.server().drain().block(Await.LONG);
			Await.until(() -> server.server().connections() == 0);
			assertThat(peer.socket().isClosed()).as("by the peer").isFalse();
		}
	}

}
