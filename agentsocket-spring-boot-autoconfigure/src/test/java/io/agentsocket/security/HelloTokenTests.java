package io.agentsocket.security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Names;
import io.agentsocket.server.AgentSocketServer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.web.reactive.function.client.WebClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents that send a token or a ticket in HELLO, what becomes of their connections when
 * it expires, and how they show another one before.
 */
@SpringBootTest(classes = TokenApplication.class, webEnvironment = WebEnvironment.RANDOM_PORT, properties = {
		// Tickets that are got one after the other stay valid on a busy machine, too.
		"agentsocket.security.tickets.ttl=10m", "server.address=127.0.0.1", "agentsocket.session.store=memory",
		"agentsocket.security.tickets.enabled=true" })
@DirtiesContext // an application gives each of its users 20 tickets within this time
class HelloTokenTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final Duration SHORT = Duration.ofSeconds(4);

	/** Enough to be renewed in time on a busy machine. */
	private static final Duration LONGER = Duration.ofSeconds(6);

	@LocalServerPort
	private int port;

	private RawAgent agent() {
		return new RawAgent(this.port);
	}

	private static String token(String user, String role) {
		return TokenApplication.token(user, role, null);
	}

	@Test
	void aTokenInHelloIsReadByTheDecoderAndTheConverterOfTheApplication() {
		try (RawAgent alice = agent().hello(token("alice", "ADMIN"));
				RawAgent bob = agent().hello(token("bob", "USER"))) {
			assertThat(alice.call("who")).isEqualTo("\"alice\"");
			assertThat(alice.call("admin.only")).isEqualTo("\"secret\"");
			assertThat(bob.call("who")).isEqualTo("\"bob\"");
			assertThat(bob.call("admin.only")).isEqualTo("error 5");
		}
	}

	@Test
	void anAgentWithoutAValidTokenIsRefused(@Autowired AgentSocketServer server) {
		long before = server.bounds().refusedHandshakes().total(CloseCode.UNAUTHENTICATED.code());
		String valid = token("alice", "ADMIN");
		String expired = TokenApplication.token("alice", "ADMIN", Duration.ofMinutes(-5));
		for (String token : new String[] { null, "", "nonsense", valid.substring(0, valid.length() - 2) + "xx", expired,
				"ast_" + "a".repeat(43) }) {
			try (RawAgent agent = agent().hello(token)) {
				assertThat(agent.closeCode()).as(token).isEqualTo(CloseCode.UNAUTHENTICATED.code());
			}
		}
		assertThat(server.bounds().refusedHandshakes().total(CloseCode.UNAUTHENTICATED.code())).isEqualTo(before + 6);
	}

	@Test
	void aConnectionIsClosedWhenItsTokenExpires() {
		try (RawAgent agent = expiring()) {
			assertThat(agent.welcome().expires()).isBetween(1L, SHORT.toMillis());
			assertThat(agent.closed()).isEqualTo(CloseCode.UNAUTHENTICATED.code());
			try (RawAgent again = agent().hello(token("alice", "ADMIN"), resume(agent.welcome(), 2))) {
				assertThat(again.welcome().status()).isEqualTo(Welcome.Status.RESUMED);
				assertThat(again.welcome().expires()).isEqualTo(-1);
			}
			try (RawAgent again = agent().hello(token("bob", "ADMIN"), resume(agent.welcome(), 2))) {
				assertThat(again.welcome().status()).isEqualTo(Welcome.Status.RESET);
				assertThat(again.welcome().session()).isNotEqualTo(agent.welcome().session());
			}
		}
	}

	/** An agent that has made a call; on a busy machine its token may expire before. */
	private RawAgent expiring() {
		while (true) {
			RawAgent agent = agent().hello(TokenApplication.token("alice", "ADMIN", SHORT));
			String caller = agent.call("who");
			if (!caller.equals("close " + CloseCode.UNAUTHENTICATED.code()) && isInTime(agent)) {
				assertThat(caller).isEqualTo("\"alice\"");
				return agent;
			}
			agent.close();
		}
	}

	/** A credential that has expired is told as one with the least time. */
	private static boolean isInTime(RawAgent agent) {
		return agent.welcome().expires() <= SHORT.toMillis();
	}

	private static Hello.Resume resume(Welcome welcome, long sent) {
		return new Hello.Resume(welcome.session(), welcome.token(), welcome.log(), 0, sent, 1, 0);
	}

	@Test
	void anotherTokenInTimeKeepsTheConnection() {
		Await.until("a renewal in time", this::isKeptByAnotherToken);
	}

	private boolean isKeptByAnotherToken() {
		try (RawAgent agent = expiring()) {
			long begin = System.nanoTime();
			String later = TokenApplication.token("alice", "ADMIN", SHORT.multipliedBy(2));
			String renewed = agent.call("as.authenticate", Map.of("token", later));
			if (renewed.startsWith("close ")) {
				return false;
			}
			assertThat(renewed).startsWith("{\"expires\":");
			assertThat(agent.closed()).isEqualTo(CloseCode.UNAUTHENTICATED.code());
			// The clock of the token has whole seconds.
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(SHORT);
			return true;
		}
	}

	@Test
	void anotherTokenOfTheSamePrincipalChangesWhatItMayDo() {
		try (RawAgent agent = agent().hello(token("alice", "ADMIN"))) {
			int running = agent.invoke(Frame.Ref.name("admin.watch"), null, Bytes.EMPTY);
			assertThat(agent.answer(running)).contains("watching");
			int renewal = agent.invoke(Frame.Ref.alias(Names.AUTHENTICATE_ALIAS),
					Map.of("token", token("alice", "USER")), Bytes.EMPTY);
			List<String> withdrawn = new ArrayList<>();
			String ended = null;
			String renewed = null;
			while (ended == null || renewed == null || withdrawn.size() < 2) {
				Frame frame = agent.next();
				assertThat(frame).as("closed with " + agent.closeCode()).isNotNull();
				if (frame instanceof Frame.Define define && define.descriptor().isEmpty()) {
					withdrawn.add(define.name().isEmpty() ? "alias " + define.alias() : define.name());
				}
				else if (frame instanceof Frame.Error error && error.streamId() == running) {
					ended = error.code() + " " + error.mayHaveRun();
				}
				else if (frame instanceof Frame.Item item && item.streamId() == renewal) {
					renewed = item.body().toUtf8();
				}
			}
			assertThat(ended).isEqualTo("7 true");
			assertThat(renewed).isEqualTo("{}");
			assertThat(withdrawn).containsExactlyInAnyOrder("admin.only", "alias 16");
			assertThat(agent.call("admin.only")).isEqualTo("error 5");
			assertThat(agent.call("who")).isEqualTo("\"alice\"");
			agent.call("as.authenticate", Map.of("token", token("alice", "ADMIN")));
			assertThat(agent.call("admin.only")).isEqualTo("\"secret\"");
		}
	}

	@Test
	void aTokenThatIsNotValidOrOfSomebodyElseChangesNothing() {
		try (RawAgent agent = agent().hello(token("alice", "ADMIN"))) {
			assertThat(agent.call("as.authenticate", Map.of("token", "nonsense"))).isEqualTo("error 16");
			assertThat(agent.call("as.authenticate", Map.of("token", token("bob", "ADMIN")))).isEqualTo("error 7");
			assertThat(agent.call("as.authenticate", Map.of("token", 7))).isEqualTo("error 3");
			assertThat(agent.call("as.authenticate")).isEqualTo("error 3");
			assertThat(agent.call("who")).isEqualTo("\"alice\"");
			assertThat(agent.call("admin.only")).isEqualTo("\"secret\"");
			assertThat(agent.call("as.find")).doesNotContain("as.authenticate");
		}
	}

	@Test
	void theClientShowsAnotherTokenByItself() {
		// On a busy machine a token may expire before the next one is shown.
		Await.until("a connection that outlives two tokens", this::outlivesItsTokens);
	}

	private boolean outlivesItsTokens() {
		CountDownLatch tokens = new CountDownLatch(3);
		AgentSocketClient client = client(() -> {
			tokens.countDown();
			return TokenApplication.token("alice", "ADMIN", LONGER);
		});
		client.connect().block(TIMEOUT);
		Await.until(tokens);
		assertThat(client.invoke("who").toMono(String.class).block(TIMEOUT)).isEqualTo("alice");
		int attached = TokenApplication.attached(client.sessionId());
		client.close().block(TIMEOUT);
		return attached == 1;
	}

	private AgentSocketClient client(java.util.function.Supplier<String> token) {
		return AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket").bearerToken(token).build();
	}

	@Test
	void theClientComesBackWhenTheServerTakesNoOtherToken() {
		AtomicReference<@Nullable AgentSocketClient> connected = new AtomicReference<>();
		// A token that is shown in band is of somebody else.
		AgentSocketClient client = client(() -> {
			AgentSocketClient present = connected.get();
			boolean inBand = present != null && present.state() == ConnectionState.CONNECTED;
			return TokenApplication.token(inBand ? "bob" : "alice", "ADMIN", SHORT);
		});
		connected.set(client);
		client.connect().block(TIMEOUT);
		String session = client.sessionId();
		Await.until(() -> TokenApplication.attached(session) >= 2);
		assertThat(client.sessionId()).isEqualTo(session);
		client.close().block(TIMEOUT);
	}

	@Test
	void aTokenThatCannotChangeIsNotTriedAgain() {
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket")
			.bearerToken(TokenApplication.token("alice", "ADMIN", SHORT))
			.build();
		// On a busy machine the token may have expired before.
		client.connect().onErrorComplete().block(TIMEOUT);
		Await.until(() -> client.state() == ConnectionState.REFUSED);
		assertThat(client.lastFailure()).contains("4501");
		client.close().block(TIMEOUT);
	}

	@Test
	void aTicketIsGivenToWhoeverTheChainHasAuthenticated() {
		String ticket = ticket("alice");
		try (RawAgent agent = agent().hello(ticket)) {
			assertThat(agent.call("who")).isEqualTo("\"alice\"");
			assertThat(agent.call("admin.only")).isEqualTo("\"secret\"");
			assertThat(agent.call("as.authenticate", Map.of("token", ticket("bob")))).isEqualTo("error 7");
			assertThat(agent.call("as.authenticate", Map.of("token", ticket("alice")))).isEqualTo("{}");
		}
		try (RawAgent agent = agent().hello(ticket)) {
			assertThat(agent.closeCode()).as("used twice").isEqualTo(CloseCode.UNAUTHENTICATED.code());
		}
		assertThat(status(null, "POST")).isEqualTo(HttpStatus.UNAUTHORIZED);
		assertThat(status("alice", "GET")).isEqualTo(HttpStatus.METHOD_NOT_ALLOWED);
	}

	@Test
	void aPrincipalThatWantsTooManyTicketsHasToWait() {
		for (int i = 0; i < 20; i++) {
			assertThat(status("greedy", "POST")).isEqualTo(HttpStatus.OK);
		}
		assertThat(status("greedy", "POST")).isEqualTo(HttpStatus.TOO_MANY_REQUESTS);
	}

	@Test
	void aTicketLastsNoLongerThanTheTokenThatItWasGotWith() {
		RawAgent agent = agent().hello(expiringTicket());
		while (agent.closeCode() != 0 || !isInTime(agent)) {
			// On a busy machine the token may have expired before.
			assertThat(agent.closeCode()).isIn(0, CloseCode.UNAUTHENTICATED.code());
			agent.close();
			agent = agent().hello(expiringTicket());
		}
		assertThat(agent.welcome().expires()).isBetween(1L, SHORT.toMillis());
		assertThat(agent.closed()).isEqualTo(CloseCode.UNAUTHENTICATED.code());
		agent.close();
	}

	private String expiringTicket() {
		return ticketOf(WebClient.create()
			.post()
			.uri("http://127.0.0.1:" + this.port + "/agentsocket/ticket")
			.headers((headers) -> headers.setBearerAuth(TokenApplication.token("alice", "ADMIN", SHORT))));
	}

	private String ticket(String user) {
		return ticketOf(WebClient.create()
			.post()
			.uri("http://127.0.0.1:" + this.port + "/agentsocket/ticket")
			.headers((headers) -> headers.setBasicAuth(user, "password")));
	}

	private static String ticketOf(WebClient.RequestHeadersSpec<?> request) {
		var answer = request.retrieve().toEntity(Map.class).block(TIMEOUT);
		assertThat(answer.getHeaders().getContentType()).isEqualTo(MediaType.APPLICATION_JSON);
		assertThat(answer.getHeaders().getCacheControl()).contains("no-store");
		Map<?, ?> body = answer.getBody();
		assertThat(body.get("expiresIn")).isEqualTo(600);
		return (String) body.get("ticket");
	}

	private Object status(@Nullable String user, String method) {
		return WebClient.create()
			.method(org.springframework.http.HttpMethod.valueOf(method))
			.uri("http://127.0.0.1:" + this.port + "/agentsocket/ticket")
			.headers((headers) -> {
				if (user != null) {
					headers.setBasicAuth(user, "password");
				}
			})
			.exchangeToMono((response) -> response.releaseBody().thenReturn(response.statusCode()))
			.block(TIMEOUT);
	}

	@Test
	void anErrorOfTheRenewalReachesTheAgentAsIts() {
		AgentSocketClient client = client(() -> token("alice", "ADMIN"));
		StepVerifier
			.create(Await
				.ended(client.invoke("as.authenticate").arguments(Map.of("token", "nonsense")).toMono(Map.class)))
			.expectErrorSatisfies((error) -> {
				assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.UNAUTHENTICATED);
				assertThat(((ActionException) error).hasMaybeRun()).isFalse();
			})
			.verify(TIMEOUT);
		client.close().block(TIMEOUT);
	}

}
