package io.agentsocket.client;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.Await;
import io.agentsocket.codec.Welcome;
import io.agentsocket.server.TestServer;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The end of a session as listeners of a client hear of it.
 */
class ClientListenerTests {

	private final List<String> log = new CopyOnWriteArrayList<>();

	private void expect(String... notices) {
		Await.untilAsserted(() -> assertThat(this.log).containsExactly(notices));
	}

	@Test
	void aSessionThatTheServerEndsIsEndedByTheOtherSide() {
		try (TestServer server = TestServer.with()) {
			AgentSocketClient client = AgentSocketClient.builder(server.uri()).sessionListener(new Logging()).build();
			client.connect().block(Await.LONG);
			server.server().sessions().forEach((session) -> session.end().block(Await.LONG));
			expect("opened NEW", "detached SESSION_ENDED", "ended BY_OTHER_SIDE");
			Await.end(client.close());
		}
	}

	@Test
	void aSessionThatTheClientGivesUpIsReset() throws InterruptedException {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient client = AgentSocketClient.builder(server.uri())
				.connectTimeout(Await.LONG)
				.sessionListener(new Logging())
				.build();
			client.connect().subscribe();
			FakeServer.Connection first = server.accept().welcomeNew();
			Await.until(() -> client.state() == ConnectionState.CONNECTED);
			first.close(4003);
			FakeServer.Connection second = server.accept();
			assertThat(second.hello().resume()).isNotNull();
			second.close(4003);
			FakeServer.Connection third = server.accept();
			assertThat(third.hello().resume()).isNull();
			third.welcome(Welcome.Status.NEW, "s2", "l2", 0, 1);
			expect("opened NEW", "detached PROTOCOL_ERROR", "reset FRAMES_LOST");
			assertThat(client.sessionId()).isEqualTo("s2");
			Await.end(client.close());
			expect("opened NEW", "detached PROTOCOL_ERROR", "reset FRAMES_LOST", "detached SESSION_ENDED",
					"ended BY_APPLICATION");
		}
	}

	@Test
	void aServerThatFindsTheClientSlowHasClosedTheConnection() throws InterruptedException {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient client = AgentSocketClient.builder(server.uri()).sessionListener(new Logging()).build();
			client.connect().subscribe();
			FakeServer.Connection first = server.accept().welcomeNew();
			Await.until(() -> client.state() == ConnectionState.CONNECTED);
			first.close(4002);
			FakeServer.Connection second = server.accept();
			expect("opened NEW", "detached CLOSED_BY_OTHER_SIDE");
			second.close(4002);
			Await.end(client.close());
		}
	}

	private final class Logging implements AgentSessionListener {

		@Override
		public void opened(AgentSession session, OpenReason reason) {
			ClientListenerTests.this.log.add("opened " + reason);
		}

		@Override
		public void reset(AgentSession session, ResetReason reason) {
			ClientListenerTests.this.log.add("reset " + reason);
		}

		@Override
		public void detached(AgentSession session, DetachReason reason, int closeCode) {
			ClientListenerTests.this.log.add("detached " + reason);
		}

		@Override
		public void ended(AgentSession session, EndReason reason) {
			ClientListenerTests.this.log.add("ended " + reason);
		}

	}

}
