package io.agentsocket.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.event.EventListeners;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.HelloAuthenticator;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import io.agentsocket.server.UpgradeRequest;
import io.agentsocket.session.SessionLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Texts that an agent or a server chooses, with ends of lines, control characters and
 * marks of direction, in every place where a line of the log could have them: at all
 * levels no line has such a character.
 */
class HostileTextTests {

	/** Looks like a line of the log. */
	private static final String HOSTILE = "marked\r\n2026-01-01 INFO Session x has ended\u2028\u2029\u0085\u001b[2K\u202e";

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.agentsocket");

	private final Lines lines = new Lines();

	@BeforeEach
	void listen() {
		this.logger.setLevel(Level.TRACE);
		this.lines.start();
		this.logger.addAppender(this.lines);
	}

	@AfterEach
	void forget() {
		this.logger.detachAppender(this.lines);
		this.logger.setLevel(null);
	}

	private void assertNothingHostile(String... logged) {
		// A side writes its line after it has told the other one.
		for (String text : logged) {
			Await.untilAsserted(() -> assertThat(this.lines.texts).as(text)
				.anyMatch((line) -> line.contains(text) && line.contains("marked")));
		}
		Await.until("a line of the log", () -> !this.lines.texts.isEmpty());
		assertThat(this.lines.texts).noneMatch((text) -> text.codePoints().anyMatch(HostileTextTests::isHostile));
	}

	private static boolean isHostile(int c) {
		int type = Character.getType(c);
		return Character.isISOControl(c) || type == Character.FORMAT || type == Character.LINE_SEPARATOR
				|| type == Character.PARAGRAPH_SEPARATOR;
	}

	@Test
	void whatAnAgentSendsIsNoLineOfItsOwn() {
		EventListeners listeners = EventListeners.builder().on("number", Integer.class, (session, n) -> {
		}).on("text", String.class, (session, text) -> {
			throw new IllegalStateException("listener " + text);
		}).build();
		Action crashes = Action.named("crashes").handler((exchange) -> {
			throw new IllegalArgumentException("unknown city " + exchange.arguments(Map.class));
		});
		Action asks = Action.named("asks").handler((exchange) -> exchange.invoke("fails").toMono(String.class));
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.sessionListener(new SessionLog()).events(listeners::sinkFor), crashes, asks)) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.software(HOSTILE, HOSTILE)
				.headers((headers) -> headers.set(TestServer.PRINCIPAL, "marked\tann"))
				.offer(List.of(Action.named("fails")
					.handler((exchange) -> Mono.error(new ActionException(ErrorCode.ABORTED, HOSTILE)))))
				.build();
			for (String action : new String[] { "crashes", "asks" }) {
				agent.invoke(action)
					.arguments(Map.of(HOSTILE, HOSTILE))
					.toMono(String.class)
					.onErrorComplete()
					.block(Await.LONG);
			}
			agent.sendEvent("number", HOSTILE);
			agent.sendEvent("number", Map.of(HOSTILE, 1));
			agent.sendEvent("text", HOSTILE);
			Await.until(() -> listeners.counts().failed() == 1 && listeners.counts().invalid() == 2);
			agent.close().block(Await.LONG);
			Await.until(() -> this.lines.texts.stream().anyMatch((line) -> line.contains("has ended: ")));
		}
		assertNothingHostile("is opened by", "unknown city", "ended with ABORTED", "listener ");
	}

	@Test
	void aTokenThatIsRefusedIsNoLineOfItsOwn() {
		HelloAuthenticator authenticator = new HelloAuthenticator() {

			@Override
			public Mono<java.security.Principal> authenticate(String token, UpgradeRequest upgrade) {
				return Mono.error(new IllegalStateException("Malformed token " + token));
			}

		};
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				authenticator)) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).bearerToken(() -> HOSTILE).build();
			agent.connect().onErrorComplete().block(Await.LONG);
			agent.close().block(Await.LONG);
		}
		assertNothingHostile();
	}

	@Test
	void whatAServerSendsIsNoLineOfItsOwn() throws Exception {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.connectTimeout(Await.LONG)
				.backoff(new Backoff(Duration.ofMillis(10), Duration.ofMillis(10)))
				.build();
			Mono<Void> connected = agent.connect().onErrorComplete().cache();
			connected.subscribe();
			server.accept().close(CloseCode.OVERLOADED.code(), HOSTILE);
			server.accept().close(CloseCode.FORBIDDEN.code(), HOSTILE);
			connected.block(Await.LONG);
			agent.close().block(Await.LONG);
		}
		assertNothingHostile("trying again", "not trying again");
	}

	/** Keeps messages of lines and exceptions. */
	private static final class Lines extends AppenderBase<ILoggingEvent> {

		private final ConcurrentLinkedQueue<String> texts = new ConcurrentLinkedQueue<>();

		@Override
		protected void append(ILoggingEvent event) {
			this.texts.add(event.getFormattedMessage());
			event.getMDCPropertyMap().values().forEach(this.texts::add);
			add(event.getThrowableProxy());
		}

		private void add(IThrowableProxy error) {
			if (error != null) {
				this.texts.add(String.valueOf(error.getMessage()));
				for (IThrowableProxy suppressed : error.getSuppressed()) {
					add(suppressed);
				}
				add(error.getCause());
			}
		}

	}

}
