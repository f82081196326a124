package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
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
				.connectTimeout(Await.LONG)
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
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.sessionListener(new Waiting(gate)).sessionListener(new Logging("server")),
				actions())) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).connectTimeout(Await.LONG).build();
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
				.connectTimeout(Await.LONG)
				.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
				.build();
			agent.connect().block(Await.LONG);
			expect("pod1 opened NEW", "pod1 attached");
			this.log.clear();
			cluster.target(cluster.pod(1));
			cluster.cut();
			// Each pod hears its part in its own time.
			Await.untilAsserted(() -> assertThat(this.log).hasSize(3)
				.contains("pod2 resumed OTHER_POD", "pod2 attached")
				.anyMatch((notice) -> notice.startsWith("pod1 detached ")));
			this.log.clear();
			cluster.shut();
			// An agent that came back before that would have superseded its connection.
			expect("pod2 detached CONNECTION_LOST");
			cluster.target(cluster.pod(1));
			expect("pod2 detached CONNECTION_LOST", "pod2 resumed SAME_POD", "pod2 attached");
			// The agent knows of its new connection, too.
			agent.invoke("echo").toMono(String.class).block(Await.LONG);
			this.log.clear();
			agent.close().block(Await.LONG);
			expect("pod2 detached SESSION_ENDED", "pod2 ended BY_OTHER_SIDE");
		}
	}

	private TestServer server(Consumer<ServerSettings.Builder> settings) {
		ServerSettings.Builder builder = ServerSettings.builder().helloTimeout(Await.LONG);
		settings.accept(builder);
		return new TestServer(builder.build(), (more) -> more.sessionListener(new Logging("server")), actions());
	}

	private static RawSocket socket(int port) {
		return new RawSocket(port, RawAgent.CBOR.subProtocol());
	}

	@Test
	void aServerThatLeavesEndsWhatNobodyElseCanGoOnWith() throws InterruptedException {
		try (TestServer server = server((settings) -> {
		}); RawSocket agent = socket(server.port())) {
			RawAgent.open(agent);
			server.server().drain().block(Await.LONG);
			assertThat(RawAgent.closeCode(agent)).isEqualTo(CloseCode.DRAIN.code());
			expect("server opened NEW", "server attached", "server detached DRAINED", "server ended SHUTDOWN");
		}
	}

	@Test
	void aSessionWithoutAConnectionExpires() throws InterruptedException {
		try (TestServer server = server((settings) -> settings.unconfirmedTimeout(Duration.ofMillis(50)))) {
			RawSocket agent = socket(server.port());
			RawAgent.open(agent);
			agent.close();
			expect("server opened NEW", "server attached", "server detached CLOSED_BY_OTHER_SIDE",
					"server ended EXPIRED");
		}
	}

	@Test
	void anAgentThatClosesIsToldApartFromANetworkThatBreaks() throws Exception {
		try (TestServer server = server((settings) -> settings.unconfirmedTimeout(Await.LONG))) {
			left(server, 1001);
			expect("server opened NEW", "server attached", "server detached CLOSED_BY_OTHER_SIDE");
			left(server, CloseCode.PROTOCOL.code());
			expect("server opened NEW", "server attached", "server detached PROTOCOL_ERROR");
			left(server, CloseCode.DRAIN.code());
			expect("server opened NEW", "server attached", "server detached CLOSED_BY_OTHER_SIDE");
			// TCP alone.
			opened(server).close();
			expect("server opened NEW", "server attached", "server detached CONNECTION_LOST");
		}
	}

	@Test
	void anAgentThatLeavesWhenItIsAskedToIsDrained() throws Exception {
		try (TestServer server = server((settings) -> settings.maxConnectionAge(Duration.ofMillis(50)))) {
			try (PlainSocket agent = opened(server)) {
				// GOAWAY
				assertThat(agent.next().opcode()).isEqualTo(PlainSocket.BINARY);
				agent.send(PlainSocket.CLOSE, code(CloseCode.DRAIN.code()));
				expect("server opened NEW", "server attached", "server detached DRAINED");
			}
		}
	}

	private void left(TestServer server, int code) throws Exception {
		try (PlainSocket agent = opened(server)) {
			agent.send(PlainSocket.CLOSE, code(code));
			Await.until(() -> this.log.size() == 3);
		}
	}

	private PlainSocket opened(TestServer server) throws Exception {
		this.log.clear();
		PlainSocket agent = PlainSocket.upgraded(server.port(), Await.LONG);
		agent.send(PlainSocket.BINARY, PlainSocket.hello());
		assertThat(agent.next().opcode()).isEqualTo(PlainSocket.BINARY);
		return agent;
	}

	private static byte[] code(int code) {
		return new byte[] { (byte) (code >> 8), (byte) code };
	}

	@Test
	void aSessionThatIsTooOldEnds() throws InterruptedException {
		try (TestServer server = server((settings) -> settings.maxSessionAge(Duration.ofMillis(50)));
				RawSocket agent = socket(server.port())) {
			RawAgent.open(agent);
			assertThat(RawAgent.closeCode(agent)).isEqualTo(CloseCode.SESSION_ENDED.code());
			expect("server opened NEW", "server attached", "server detached SESSION_ENDED", "server ended TOO_OLD");
		}
	}

	@Test
	void aSessionThatGotTooOldWithoutAConnectionIsNotResumed() throws InterruptedException {
		while (!isNotResumed(Duration.ofSeconds(2))) {
			// Once more.
		}
	}

	/** On a busy machine the session gets too old before its agent is gone. */
	private boolean isNotResumed(Duration age) throws InterruptedException {
		this.log.clear();
		try (TestServer server = server((settings) -> settings.maxSessionAge(age).unconfirmedTimeout(Await.LONG))) {
			RawSocket agent = socket(server.port());
			Welcome opened = RawAgent.open(agent);
			// Otherwise the end comes by the timer of the connection.
			agent.close();
			Await.until(() -> this.log.size() > 2);
			if (this.log.contains("server detached SESSION_ENDED")) {
				return false;
			}
			expect("server opened NEW", "server attached", "server detached CLOSED_BY_OTHER_SIDE");
			this.log.clear();
			Await.pass(age.plusMillis(10), "the age of a session is that of the clock");
			try (RawSocket late = socket(server.port())) {
				late.send(RawAgent.hello(RawAgent.resume(opened, 1)));
				Welcome reset = RawAgent.welcome(late);
				assertThat(reset.status()).isEqualTo(Welcome.Status.RESET);
				assertThat(reset.session()).isNotEqualTo(opened.session());
				Await.untilAsserted(() -> assertThat(this.log).contains("server ended TOO_OLD",
						"server opened UNKNOWN_SESSION", "server attached"));
			}
			return true;
		}
	}

	@Test
	void anAgentThatComesBackWithAnotherCodecGetsAnotherSession() throws InterruptedException {
		Codec json = JacksonCodec.json();
		try (TestServer server = server((settings) -> {
		});
				RawSocket agent = socket(server.port());
				RawSocket other = new RawSocket(server.port(), json.subProtocol())) {
			Welcome opened = RawAgent.open(agent);
			Hello hello = new Hello(null, RawAgent.resume(opened, 1), Capacity.DEFAULT, null, null);
			other.send(RawAgent.message(new Frame.Hello(hello.encode(json))));
			Frame frame = new FrameReader(Bytes.of(RawAgent.next(other)), Limits.CLIENT).next();
			Welcome reset = Welcome.decode(json, ((Frame.Welcome) frame).body());
			assertThat(reset.status()).isEqualTo(Welcome.Status.RESET);
			assertThat(reset.session()).isNotEqualTo(opened.session());
			assertThat(RawAgent.closeCode(agent)).isEqualTo(CloseCode.SESSION_ENDED.code());
			Await.untilAsserted(() -> assertThat(this.log).containsSubsequence("server detached SESSION_ENDED",
					"server ended OTHER_CODEC"));
		}
	}

	@Test
	void aSessionThatCannotGoOnIsReset() throws InterruptedException {
		try (TestServer server = server((settings) -> {
		});
				RawSocket first = socket(server.port());
				RawSocket second = socket(server.port());
				RawSocket third = socket(server.port())) {
			Welcome opened = RawAgent.open(first);
			second.send(RawAgent.hello(new Hello.Resume(opened.session(), opened.token(), opened.log(), 7, 0, 1, 1)));
			Welcome reset = RawAgent.welcome(second);
			assertThat(reset.status()).isEqualTo(Welcome.Status.RESET);
			assertThat(reset.session()).isEqualTo(opened.session());
			assertThat(RawAgent.closeCode(first)).isEqualTo(CloseCode.SUPERSEDED.code());
			expect("server opened NEW", "server attached", "server detached SUPERSEDED", "server reset FRAMES_LOST",
					"server attached");
			this.log.clear();
			Limits smaller = new Limits(Limits.CLIENT.message(), Limits.CLIENT.frame(), Limits.CLIENT.item(),
					Limits.CLIENT.assembly(), Limits.CLIENT.streams(), Limits.CLIENT.items(), 32 * 1024,
					Limits.CLIENT.aliases(), Limits.CLIENT.name(), Limits.CLIENT.metadata(), Limits.CLIENT.depth());
			third.send(RawAgent.hello(RawAgent.resume(reset, 1), smaller));
			assertThat(RawAgent.welcome(third).status()).isEqualTo(Welcome.Status.RESET);
			expect("server detached SUPERSEDED", "server reset SMALLER_LIMITS", "server attached");
		}
	}

	@Test
	void aSessionWhoseEventIsHalfHereIsResetInAnotherPod() throws InterruptedException {
		try (TestCluster cluster = new TestCluster(Durability.STRICT, 2,
				(pod, builder) -> builder.sessionListener(new Logging(pod)), SessionListenerTests::actions);
				RawSocket first = socket(cluster.pod(0).port());
				RawSocket second = socket(cluster.pod(1).port())) {
			Welcome opened = RawAgent.open(first);
			first.send(RawAgent.message(new Frame.Part(0, Bytes.utf8("half of an event"))));
			first.send(RawAgent.message(new Frame.Ack(0, 1, true)));
			// Its answer says that the part is stored.
			Frame.Ack stored = (Frame.Ack) new FrameReader(Bytes.of(RawAgent.next(first)), Limits.CLIENT).next();
			assertThat(stored.received()).isOne();
			second.send(RawAgent.hello(new Hello.Resume(opened.session(), opened.token(), opened.log(), 0, 1, 2, 1)));
			assertThat(RawAgent.welcome(second).status()).isEqualTo(Welcome.Status.RESET);
			Await.untilAsserted(() -> assertThat(this.log).contains("pod1 detached MOVED")
				.containsSubsequence("pod2 reset STATE_INCOMPLETE", "pod2 attached"));
		}
	}

	@Test
	void anExecutorThatTakesNoWorkLosesNoNotice() {
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.sessionListener(new Logging("server")).sessionListenerExecutor((task) -> {
					throw new RejectedExecutionException("stopped");
				}), actions())) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).connectTimeout(Await.LONG).build();
			agent.connect().block(Await.LONG);
			agent.close().block(Await.LONG);
			expect("server opened NEW", "server attached", "server detached SESSION_ENDED",
					"server ended BY_OTHER_SIDE");
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
