package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

class SessionListenerTests {

	private final List<String> log = new CopyOnWriteArrayList<>();

	private static Action[] actions() {
		return new Action[] { Action.named("echo").handler((exchange) -> Mono.just(exchange.session().id())) };
	}

	private void expect(String... notices) {
		Await.untilAsserted(() -> assertThat(this.log).containsExactly(notices));
	}

	@Test
	void bothSidesAreToldInOrderUntilTheEnd() {
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Duration.ofSeconds(60)).build(),
				(builder) -> builder.sessionListener(new Failing()).sessionListener(new Logging("server")),
				actions())) {
			List<String> client = new CopyOnWriteArrayList<>();
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.sessionListener(new Logging("client", client))
				.build();
			agent.connect().block(Await.LONG);
			expect("server opened NEW", "server attached");
			agent.close().block(Await.LONG);
			expect("server opened NEW", "server attached", "server detached SESSION_ENDED",
					"server ended BY_OTHER_SIDE");
			Await.untilAsserted(() -> assertThat(client).containsExactly("client opened NEW", "client attached",
					"client detached SESSION_ENDED", "client ended BY_APPLICATION"));
		}
	}

	@Test
	void aSlowListenerDelaysNobody() {
		CountDownLatch gate = new CountDownLatch(1);
		try (TestServer server = new TestServer(ServerSettings.DEFAULTS,
				(builder) -> builder.sessionListener(new Waiting(gate)).sessionListener(new Logging("server")),
				actions())) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).build();
			assertThat(agent.invoke("echo").toMono(String.class).block(Await.LONG)).isEqualTo(agent.sessionId());
			assertThat(this.log).isEmpty();
			gate.countDown();
			expect("server opened NEW", "server attached");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void eachPodHearsItsPartOfASessionThatMoves() {
		try (TestCluster cluster = new TestCluster(Durability.STRICT, 2,
				(pod, builder) -> builder.sessionListener(new Logging(pod)), SessionListenerTests::actions)) {
			AgentSocketClient agent = AgentSocketClient.builder(cluster.uri())
				.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
				.build();
			agent.connect().block(Await.LONG);
			expect("pod1 opened NEW", "pod1 attached");
			this.log.clear();
			cluster.target(cluster.pod(1));
			cluster.cut();
			Await.untilAsserted(() -> assertThat(this.log).contains("pod2 resumed OTHER_POD", "pod2 attached"));
			assertThat(this.log).filteredOn((notice) -> notice.startsWith("pod1"))
				.hasSize(1)
				.first()
				.asString()
				.startsWith("pod1 detached ");
			this.log.clear();
			cluster.cut();
			expect("pod2 detached CONNECTION_LOST", "pod2 resumed SAME_POD", "pod2 attached");
			// The agent knows of its new connection, too.
			agent.invoke("echo").toMono(String.class).block(Await.LONG);
			this.log.clear();
			agent.close().block(Await.LONG);
			expect("pod2 detached SESSION_ENDED", "pod2 ended BY_OTHER_SIDE");
		}
	}

	/** Fails each time. */
	private static final class Failing implements AgentSessionListener {

		@Override
		public void opened(AgentSession session, OpenReason reason) {
			throw new IllegalStateException("broken");
		}

	}

	/** Blocks its thread. */
	private record Waiting(CountDownLatch gate) implements AgentSessionListener {

		@Override
		public void opened(AgentSession session, OpenReason reason) {
			Await.until(this.gate);
		}

	}

	private final class Logging implements AgentSessionListener {

		private final String name;

		private final List<String> target;

		Logging(String name) {
			this(name, SessionListenerTests.this.log);
		}

		Logging(String name, List<String> target) {
			this.name = name;
			this.target = target;
		}

		private void log(String notice) {
			this.target.add(this.name + " " + notice);
		}

		@Override
		public void opened(AgentSession session, OpenReason reason) {
			log("opened " + reason);
		}

		@Override
		public void attached(AgentSession session) {
			log("attached");
		}

		@Override
		public void detached(AgentSession session, DetachReason reason, int closeCode) {
			log("detached " + reason);
		}

		@Override
		public void resumed(AgentSession session, ResumePlace place) {
			log("resumed " + place);
		}

		@Override
		public void reset(AgentSession session, ResetReason reason) {
			log("reset " + reason);
		}

		@Override
		public void ended(AgentSession session, EndReason reason) {
			log("ended " + reason);
		}

	}

}
