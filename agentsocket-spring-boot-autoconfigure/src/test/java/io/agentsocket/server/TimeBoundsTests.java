package io.agentsocket.server;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.observation.SessionMeters;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Varint;
import io.agentsocket.server.bounds.Refusal;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bounds of time, each met over a socket: its answer, and what is counted.
 */
class TimeBoundsTests {

	private static final Duration SHORT = Duration.ofMillis(300);

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private TestServer server(UnaryOperator<ServerSettings.Builder> settings) {
		ServerSettings.Builder builder = ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.unconfirmedTimeout(Await.LONG)
			.drainTimeout(SHORT)
			.drainSpread(Duration.ZERO);
		return new TestServer(settings.apply(builder).build(),
				(server) -> server.sessionListener(new SessionMeters(this.registry))
					.authenticator((token, upgrade) -> Mono.never()));
	}

	private void awaitCount(String... tags) {
		Await.until(() -> this.registry.find(SessionMeters.EVENTS)
			.tags(tags)
			.counters()
			.stream()
			.anyMatch((counter) -> counter.count() == 1));
	}

	private static RawSocket socket(TestServer server) {
		return new RawSocket(server.port(), RawAgent.CBOR.subProtocol(), Map.of(TestServer.PRINCIPAL, "alice"));
	}

	private static long late(TestServer server) {
		return server.server().bounds().refusals().total(Refusal.HANDSHAKE_TIME);
	}

	@Test
	void socketThatSaysNothingIsClosed() throws Exception {
		try (TestServer server = server((settings) -> settings.helloTimeout(SHORT));
				RawSocket silent = socket(server)) {
			assertThat(RawAgent.closeCode(silent)).isEqualTo(CloseCode.HELLO_TIMEOUT.code());
			assertThat(late(server)).isEqualTo(1);
			Await.until(() -> server.server().bounds().isUnused());
		}
	}

	@Test
	void socketWhoseHelloIsNotAnsweredIsClosed() throws InterruptedException {
		while (!isClosedWithoutAnAnswer()) {
			// Once more.
		}
	}

	/** On a busy machine HELLO may come too late. */
	private boolean isClosedWithoutAnAnswer() throws InterruptedException {
		try (TestServer server = server((settings) -> settings.helloTimeout(SHORT));
				RawSocket waiting = new RawSocket(server.port(), RawAgent.CBOR.subProtocol())) {
			Hello hello = new Hello("token", null, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null);
			waiting.send(RawAgent.message(new Frame.Hello(hello.encode(RawAgent.CBOR))));
			int code = RawAgent.closeCode(waiting);
			assertThat(code).isIn(CloseCode.STORE_UNAVAILABLE.code(), CloseCode.HELLO_TIMEOUT.code());
			assertThat(late(server)).isEqualTo(1);
			Await.until(() -> server.server().bounds().isUnused());
			return code == CloseCode.STORE_UNAVAILABLE.code();
		}
	}

	@Test
	void sessionWithoutAConnectionExpires() throws Exception {
		try (TestServer server = server((settings) -> settings.idleTimeout(SHORT)); RawSocket again = socket(server)) {
			RawSocket first = socket(server);
			Welcome welcome = RawAgent.open(first);
			first.close();
			awaitCount("event", "ended", "reason", "expired");
			again.send(RawAgent.hello(RawAgent.resume(welcome, 1)));
			Welcome anew = RawAgent.welcome(again);
			assertThat(anew.status()).isEqualTo(Welcome.Status.RESET);
			assertThat(anew.session()).isNotEqualTo(welcome.session());
		}
	}

	@Test
	void connectionThatIsOldIsToldToGoAndClosed() throws Exception {
		try (TestServer server = server((settings) -> settings.maxConnectionAge(Duration.ofSeconds(1)));
				RawSocket old = socket(server)) {
			Welcome welcome = RawAgent.open(old);
			assertThat(goAway(old).code()).isEqualTo(CloseCode.DRAIN.code());
			assertThat(RawAgent.closeCode(old)).isEqualTo(CloseCode.DRAIN.code());
			awaitCount("event", "detached", "code", String.valueOf(CloseCode.DRAIN.code()));
			try (RawSocket again = socket(server)) {
				again.send(RawAgent.hello(RawAgent.resume(welcome, 1)));
				assertThat(RawAgent.welcome(again).status()).isEqualTo(Welcome.Status.RESUMED);
			}
		}
	}

	@Test
	void timesThatTheProtocolCannotTellAreToldAsTheNearestThatItCan() throws Exception {
		Duration years = Duration.ofDays(3650);
		try (TestServer server = server((settings) -> settings.maxConnectionAge(Duration.ofSeconds(1))
			.idleTimeout(years)
			.keepAlive(years)
			.drainTimeout(years)
			.drainSpread(years)); RawSocket agent = socket(server)) {
			Welcome welcome = RawAgent.open(agent);
			assertThat(welcome.ttl()).isEqualTo(Varint.MAX_INT);
			assertThat(welcome.keepalive()).isEqualTo(Varint.MAX_INT);
			assertThat(goAway(agent))
				.isEqualTo(new Frame.GoAway(CloseCode.DRAIN.code(), Varint.MAX_INT, Varint.MAX_INT, ""));
		}
		try (TestServer server = server((settings) -> settings.keepAlive(Duration.ofMillis(900)));
				RawSocket agent = socket(server)) {
			assertThat(RawAgent.open(agent).keepalive()).isEqualTo(Welcome.MIN_KEEPALIVE);
		}
	}

	@Test
	void sessionThatIsOldEnds() throws Exception {
		try (TestServer server = server((settings) -> settings.maxSessionAge(Duration.ofSeconds(1)));
				RawSocket old = socket(server)) {
			RawAgent.open(old);
			assertThat(goAway(old).code()).isEqualTo(CloseCode.SESSION_ENDED.code());
			assertThat(RawAgent.closeCode(old)).isEqualTo(CloseCode.SESSION_ENDED.code());
			awaitCount("event", "ended", "reason", "too_old");
			Await.until(() -> server.server().sessions().isEmpty());
		}
	}

	/**
	 * More milliseconds than a message can tell, and than a clock of nanoseconds can
	 * count.
	 */
	private static ServerSettings.Builder forEver(ServerSettings.Builder settings) {
		Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
		return settings.helloTimeout(longest)
			.keepAlive(longest)
			.keepAliveTimeout(longest)
			.stallTimeout(longest)
			.closeTimeout(longest)
			.idleTimeout(longest)
			.unconfirmedTimeout(longest)
			.maxSessionAge(longest)
			.maxConnectionAge(longest)
			.drainTimeout(longest)
			.drainSpread(longest);
	}

	@Test
	void timesBeyondAllBoundsAreToldAsTheLongestOnes() throws Exception {
		try (TestServer server = server(TimeBoundsTests::forEver); RawSocket socket = socket(server)) {
			Welcome welcome = RawAgent.open(socket);
			assertThat(welcome.ttl()).isEqualTo(Integer.MAX_VALUE);
			assertThat(welcome.keepalive()).isEqualTo(Integer.MAX_VALUE);
			server.server().drain().subscribe();
			Frame.GoAway told = goAway(socket);
			assertThat(told.drain()).isEqualTo(Integer.MAX_VALUE);
			assertThat(told.spread()).isEqualTo(Integer.MAX_VALUE);
		}
	}

	@Test
	void clientWaitsForEver() {
		Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
		try (TestServer server = TestServer.with(Action.named("hello").handler((exchange) -> Mono.just("hello")))) {
			AgentSocketClient client = AgentSocketClient
				.builder(List.of(URI.create("ws://127.0.0.1:1/agentsocket"), URI.create(server.uri())))
				.connectTimeout(longest)
				.maxWait(longest)
				.refusalTimeout(longest)
				.closeTimeout(longest)
				.backoff(new Backoff(Duration.ZERO, longest))
				.build();
			assertThat(client.invoke("hello").timeout(longest).toMono(String.class).block(Await.LONG))
				.isEqualTo("hello");
			client.close().block(Await.LONG);
		}
	}

	private static Frame.GoAway goAway(RawSocket socket) throws InterruptedException {
		while (true) {
			FrameReader reader = new FrameReader(Bytes.of(RawAgent.next(socket)), Limits.CLIENT);
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				if (frame instanceof Frame.GoAway goAway) {
					return Objects.requireNonNull(goAway);
				}
			}
		}
	}

}
