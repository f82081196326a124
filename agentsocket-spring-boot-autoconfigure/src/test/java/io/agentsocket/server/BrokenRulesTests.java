package io.agentsocket.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Level;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The rule for which a connection is closed is a line of the log, and there are not many
 * of them.
 */
class BrokenRulesTests {

	private static final Map<String, String> ALICE = Map.of(TestServer.PRINCIPAL, "alice");

	private final LogLines lines = LogLines.of(BrokenRules.class);

	private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5);

	private final BrokenRules rules = new BrokenRules(this.clock::get);

	@AfterEach
	void stopListening() {
		this.lines.close();
	}

	private void broken(String address) {
		this.rules.closed(CloseCode.PROTOCOL.code(), "E is not allowed on PING", true, address, null);
	}

	@Test
	void lineHasCodeAndRule() {
		broken("10.0.0.1");
		assertThat(this.lines.texts())
			.containsExactly("A connection is closed by this side with 4500: E is not allowed on PING."
					+ " It was that of an agent without a session from 10.0.0.1");
		assertThat(this.lines.list.get(0).getLevel()).isEqualTo(Level.WARN);
		assertThat(this.lines.list.get(0).getThrowableProxy()).isNull();
	}

	@Test
	void codesThatBlameNobodyHaveNoLine() {
		for (int code : List.of(1000, 1001, 1005, 1006, 4000, 4001, 4002, 4003, 4005, 4006, 4007, 4008, 4503, 4504)) {
			this.rules.closed(code, "anything", true, "10.0.0.1", null);
		}
		assertThat(this.lines.texts()).isEmpty();
	}

	@Test
	void addressHasOneLineAMinuteForEachCode() {
		for (int i = 0; i < 500; i++) {
			broken("10.0.0.1");
		}
		this.rules.closed(CloseCode.RATE.code(), "More than 2 pings a second", true, "10.0.0.1", null);
		assertThat(this.lines.texts()).hasSize(2);
		assertThat(this.lines.texts().get(1)).contains("4507").endsWith("; lines left out since the last one: 499");
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1) - 1);
		broken("10.0.0.1");
		assertThat(this.lines.texts()).hasSize(2);
		this.clock.addAndGet(1);
		broken("10.0.0.1");
		assertThat(this.lines.texts()).hasSize(3);
		assertThat(this.lines.texts().get(2)).endsWith("; lines left out since the last one: 1");
	}

	@Test
	void manyAddressesHaveABoundedNumberOfLines() {
		for (int i = 0; i < 5000; i++) {
			broken("10.0." + (i / 250) + "." + (i % 250));
		}
		assertThat(this.lines.texts()).hasSize(BrokenRules.MAX_LINES);
		this.clock.addAndGet(TimeUnit.MINUTES.toNanos(1));
		broken("10.1.0.0");
		assertThat(this.lines.texts()).hasSize(BrokenRules.MAX_LINES + 1);
		assertThat(this.lines.texts().get(BrokenRules.MAX_LINES)).endsWith(": " + (5000 - BrokenRules.MAX_LINES));
	}

	@Test
	void textOfAnAgentLooksLikeNoOtherLine() {
		this.rules.closed(CloseCode.PROTOCOL.code(), "a\nb\u202ec" + "d".repeat(5000), false, "10.0.0.1", null);
		assertThat(this.lines.texts().get(0)).startsWith("A connection is closed by the agent with 4500: a?b?cd")
			.hasSizeLessThan(400);
	}

	@Test
	void sessionThatBreaksARuleIsNamed() throws Exception {
		try (TestServer server = TestServer.with();
				RawSocket socket = new RawSocket(server.port(), "agentsocket.v1.cbor", ALICE)) {
			String session = RawAgent.open(socket).session();
			// A type that is reserved.
			socket.send("a0");
			assertThat(RawAgent.closeCode(socket)).isEqualTo(CloseCode.PROTOCOL.code());
			Await.until(() -> !this.lines.list.isEmpty());
			assertThat(this.lines.texts().get(0)).contains("4500: Frame type 20 is reserved")
				.contains("of session " + session);
			assertThat(this.lines.list.get(0).getMDCPropertyMap()).containsEntry("agentsocket.session", session)
				.containsEntry("agentsocket.principal", "alice");
		}
	}

	@Test
	void agentThatGetsNoSessionIsTold() throws Exception {
		try (TestServer server = TestServer.with();
				RawSocket socket = new RawSocket(server.port(), "agentsocket.v1.cbor")) {
			socket.send("a0");
			assertThat(RawAgent.closeCode(socket)).isEqualTo(CloseCode.PROTOCOL.code());
			Await.until(() -> !this.lines.list.isEmpty());
			assertThat(this.lines.texts().get(0)).contains("4500: ")
				.contains("an agent without a session from 127.0.0.1");
			assertThat(server.server().bounds().refusedHandshakes().total(4500)).isOne();
		}
	}

	@Test
	void frameThatWebSocketDoesNotAllowIsARule() throws Exception {
		assertRuleOfASession();
	}

	@Test
	void frameThatComesBeforeTheThreadOfTheStoreGoesOnIsOneOfTheSession() throws Exception {
		try (HeldHandshakes handshakes = new HeldHandshakes()) {
			handshakes.hold();
			assertRuleOfASession();
		}
	}

	private void assertRuleOfASession() throws Exception {
		BlockingQueue<String> detached = new LinkedBlockingQueue<>();
		AgentSessionListener listener = new AgentSessionListener() {

			@Override
			public void detached(AgentSession session, DetachReason reason, int closeCode) {
				detached.add(reason + " " + closeCode);
			}

		};
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.sessionListener(listener));
				PlainSocket socket = PlainSocket.upgraded(server.port(), Await.LONG)) {
			socket.send(PlainSocket.BINARY, PlainSocket.hello());
			assertThat(socket.next().opcode()).isEqualTo(PlainSocket.BINARY);
			// Reserved bits are set.
			socket.sendBytes(PlainSocket.frame(0xF2, "x".getBytes(StandardCharsets.UTF_8)));
			assertThat(detached.poll(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("PROTOCOL_ERROR 1002");
			Await.until(() -> !this.lines.list.isEmpty());
			assertThat(this.lines.texts().get(0)).contains(" by this side with 1002: ").contains(" of session ");
			assertThat(server.server().bounds().refusedHandshakes().total(1002)).isZero();
		}
	}

	@Test
	void frameThatWebSocketDoesNotAllowBeforeASessionIsCounted() throws Exception {
		try (TestServer server = TestServer.with();
				PlainSocket socket = PlainSocket.upgraded(server.port(), Await.LONG)) {
			socket.sendBytes(PlainSocket.frame(0xF2, new byte[1]));
			Await.until(() -> server.server().bounds().refusedHandshakes().total(1002) == 1);
			Await.untilAsserted(
					() -> assertThat(this.lines.texts().get(0)).contains("1002").contains("without a session"));
		}
	}

}
