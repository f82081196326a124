package io.agentsocket.security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Attempts of those who may not: from other pages, with tokens that are forged, old or
 * somebody else's, and at actions that are hidden from them.
 */
@SpringBootTest(classes = TokenApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT, properties = {
		"server.address=127.0.0.1", "agentsocket.session.store=memory", "agentsocket.security.tickets.enabled=true" })
class IntruderTests {

	private static final Duration TIMEOUT = Await.LONG;

	@LocalServerPort
	private int port;

	@Autowired
	private AgentSocketServer server;

	private RawAgent agent() {
		return new RawAgent(this.port);
	}

	private static String token(String user, String role) {
		return TokenApplication.token(user, role, null);
	}

	private static Hello.Resume resume(String session, String token, String log) {
		return new Hello.Resume(session, token, log, 0, 0, 1, 0);
	}

	@ParameterizedTest
	@CsvSource({ "https://evil.example,127.0.0.1", "null,127.0.0.1", "http://evil.example,evil.example",
			"http://127.0.0.1.evil.example,127.0.0.1", "http://localhost.evil.example,localhost.evil.example",
			"file://,127.0.0.1" })
	void aPageOfAnotherOriginOrNameOpensNoSocket(String origin, String host) {
		int status = HttpClient.create()
			.headers((headers) -> headers.set("Origin", origin)
				.set("Host", host + ":" + this.port)
				.set("Authorization", "Bearer " + token("alice", "ADMIN"))
				.set("Upgrade", "websocket")
				.set("Connection", "Upgrade")
				.set("Sec-WebSocket-Version", "13")
				.set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
				.set("Sec-WebSocket-Protocol", "agentsocket.v1.cbor"))
			.get()
			.uri("http://127.0.0.1:" + this.port + "/agentsocket")
			.responseSingle((response, body) -> Mono.just(response.status().code()))
			.block(TIMEOUT);
		assertThat(status).isEqualTo(403);
	}

	@Test
	void aSessionGoesOnForItsPrincipalWithItsTokenOnly() {
		try (RawAgent alice = agent().hello(token("alice", "ADMIN"))) {
			Welcome known = alice.welcome();
			List<Hello.Resume> attempts = List.of(resume(known.session(), known.token(), known.log()),
					resume(known.session(), "", known.log()), resume(known.session(), known.token() + "x", known.log()),
					resume(known.session(), "a".repeat(known.token().length()), known.log()),
					resume("no-such-session", known.token(), known.log()));
			for (int i = 0; i < attempts.size(); i++) {
				// The first one has everything right but the principal.
				String user = (i == 0) ? "mallory" : "alice";
				try (RawAgent mallory = agent().hello(token(user, "ADMIN"), attempts.get(i))) {
					assertThat(mallory.welcome().status()).as("attempt " + i).isEqualTo(Welcome.Status.RESET);
					assertThat(mallory.welcome().session()).isNotEqualTo(known.session());
					assertThat(mallory.call("who")).isEqualTo("\"" + user + "\"");
				}
			}
			assertThat(alice.call("who")).as("the session is still hers").isEqualTo("\"alice\"");
		}
	}

	@Test
	void aTokenIsVoidOnceItsSuccessorIsAcknowledged() {
		Welcome first;
		try (RawAgent alice = agent().hello(token("alice", "ADMIN"))) {
			first = alice.welcome();
		}
		try (RawAgent alice = agent().hello(token("alice", "ADMIN"),
				resume(first.session(), first.token(), first.log()))) {
			assertThat(alice.welcome().status()).isEqualTo(Welcome.Status.RESUMED);
			alice.send(new Frame.Ack(0, 0, false));
			assertThat(alice.call("who")).isEqualTo("\"alice\"");
			try (RawAgent replay = agent().hello(token("alice", "ADMIN"),
					resume(first.session(), first.token(), first.log()))) {
				assertThat(replay.welcome().status()).isEqualTo(Welcome.Status.RESET);
				assertThat(replay.welcome().session()).isNotEqualTo(first.session());
			}
			assertThat(alice.call("who")).isEqualTo("\"alice\"");
		}
	}

	/** Answers of an action that was seen before, by every way to invoke it. */
	@Test
	void anActionThatIsHiddenNowAnswersAsOneThatNeverWas() {
		Bytes key = Bytes.utf8("{\"4\":\"key\"}");
		try (RawAgent alice = agent().hello(token("alice", "ADMIN"))) {
			int first = alice.invoke(Frame.Ref.name("admin.only"), null, key);
			assertThat(alice.answer(first)).isEqualTo("\"secret\"");
			// The first call has made an alias; 16 is the first one.
			assertThat(alice.answer(alice.invoke(Frame.Ref.alias(16), null, Bytes.EMPTY))).isEqualTo("\"secret\"");
			assertThat(alice.call("as.authenticate", Map.of("token", token("alice", "USER")))).isEqualTo("{}");

			List<String> answers = new ArrayList<>();
			answers.add(alice.call("admin.only"));
			answers.add(alice.answer(alice.invoke(Frame.Ref.name("admin.only"), null, key)));
			answers.add(alice.call("admin.only", Map.of("surplus", 1)));
			assertThat(answers).containsOnly(alice.call("no.such"));
			assertThat(alice.answer(alice.invoke(Frame.Ref.alias(16), null, Bytes.EMPTY)))
				.isEqualTo(alice.answer(alice.invoke(Frame.Ref.alias(99), null, Bytes.EMPTY)));
			assertThat(alice.call("as.find")).doesNotContain("admin");
			assertThat(alice.call("as.find", Map.of("query", "admin.only"))).contains("\"total\":0");
			assertThat(alice.call("as.describe", Map.of("names", List.of("admin.only"))))
				.isEqualTo("{\"actions\":[],\"unknown\":[\"admin.only\"]}");
		}
	}

	@Test
	void anAnonymousAgentBecomesNobodyInBand() {
		try (RawAgent agent = agent()) {
			agent.send(new Frame.Invoke(1, true, Frame.Ref.name("as.authenticate"), Bytes.EMPTY, Bytes.EMPTY));
			assertThat(agent.closed()).isEqualTo(CloseCode.PROTOCOL.code());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/agentsocket/ticket/", "/agentsocket/ticket/x", "/agentsocket//ticket",
			"/agentsocket/ticket;a=b", "/AGENTSOCKET/ticket", "/agentsocket/../agentsocket/ticket",
			"/agentsocket/%74icket" })
	void noOtherPathGivesATicketToAnybody(String path) {
		// Behind a request that the firewall of Spring Security refuses, Reactor Netty
		// now and then leaves the next one on that connection without an answer.
		String body = HttpClient.newConnection()
			.post()
			.uri("http://127.0.0.1:" + this.port + path)
			.responseSingle((response, content) -> content.asString().defaultIfEmpty(""))
			.block(TIMEOUT);
		assertThat(body).doesNotContain("ast_");
	}

	@Test
	void manyTokensAtOnceAreCheckedOneByOne() {
		try (RawAgent alice = agent().hello(token("alice", "ADMIN"))) {
			List<Integer> streams = new ArrayList<>();
			for (int i = 0; i < 50; i++) {
				streams.add(alice.invoke(Frame.Ref.name("as.authenticate"), Map.of("token", token("alice", "ADMIN")),
						Bytes.EMPTY));
			}
			for (int stream : streams) {
				assertThat(alice.answer(stream)).isIn("{}", "error 8");
			}
			assertThat(alice.call("admin.only")).isEqualTo("\"secret\"");
		}
	}

	@Test
	void noSessionIsLeftOfThoseWhoWereRefused() {
		List<String> before = this.server.sessions().stream().map(AgentSession::id).toList();
		for (int i = 0; i < 20; i++) {
			try (RawAgent agent = agent().hello("wrong " + i)) {
				assertThat(agent.closeCode()).isEqualTo(CloseCode.UNAUTHENTICATED.code());
			}
		}
		assertThat(this.server.sessions().stream().map(AgentSession::id).filter((id) -> !before.contains(id)))
			.isEmpty();
	}

}
