package io.agentsocket.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

import io.agentsocket.Await;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.connection.Peer;
import io.agentsocket.connection.PeerSettings;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.Test;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

class WaitersTests {

	@Test
	void callerThatGivesUpIsNotKept() {
		Waiters waiters = new Waiters(Duration.ofDays(1), null, (delay, task) -> Disposables.disposed());
		Sinks.Empty<Void> patient = Sinks.empty();
		Sinks.Empty<Void> hasty = Sinks.empty();
		waiters.add(patient);
		waiters.add(hasty);
		waiters.remove(hasty);
		assertThat(waiters.take()).containsExactly(patient);
	}

	@Test
	void nobodyLooksAsLongAsNothingWaits() {
		Queue<Runnable> looks = new ArrayDeque<>();
		ClientSession session = new ClientSession(Mono::empty, List.of(), Runnable::run);
		Peer peer = new Peer(PeerSettings.builder(Role.CLIENT, JacksonCodec.cbor(), session).build());
		Waiters waiters = new Waiters(Duration.ZERO, peer, (delay, task) -> {
			looks.add(task);
			return () -> looks.remove(task);
		});
		ActionException error = new ActionException(ErrorCode.UNAVAILABLE, "no connection");
		waiters.begin(() -> error);
		looks.remove().run();
		assertThat(looks).isEmpty();
		Sinks.Empty<Void> caller = Sinks.empty();
		waiters.add(caller);
		Await.until(() -> {
			looks.remove().run();
			return looks.isEmpty();
		});
		StepVerifier.create(Await.ended(caller.asMono()))
			.expectErrorMatches((told) -> told == error)
			.verify(Await.LONG);
		waiters.stop();
		waiters.add(Sinks.empty());
		assertThat(looks).isEmpty();
	}

	@Test
	void nobodyLooksAfterAFailureHasLedToTheEnd() {
		Queue<Runnable> looks = new ArrayDeque<>();
		ClientSession session = new ClientSession(Mono::empty, List.of(), Runnable::run);
		Peer peer = new Peer(PeerSettings.builder(Role.CLIENT, JacksonCodec.cbor(), session).build());
		Waiters waiters = new Waiters(Duration.ofDays(1), peer, (delay, task) -> {
			looks.add(task);
			return () -> looks.remove(task);
		});
		waiters.begin(() -> {
			waiters.stop();
			return new ActionException(ErrorCode.UNAVAILABLE, "no connection");
		});
		waiters.add(Sinks.empty());
		looks.remove().run();
		assertThat(looks).isEmpty();
	}

	@Test
	void callsOfALongOutageEndInTheirTime() throws InterruptedException {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient client = AgentSocketClient.builder(server.uri())
				.maxWait(Duration.ZERO)
				.closeTimeout(Duration.ofMillis(100))
				.build();
			client.connect().onErrorComplete().block(Await.LONG);
			Await.pass(Duration.ofMillis(50), "The look of the beginning is over");
			for (int i = 0; i < 2; i++) {
				StepVerifier.create(Await.ended(client.invoke("a").toMono(String.class)))
					.expectErrorMatches(
							(told) -> told instanceof ActionException late && late.errorCode() == ErrorCode.UNAVAILABLE)
					.verify(Await.LONG);
			}
			client.close().block(Await.LONG);
		}
	}

}
