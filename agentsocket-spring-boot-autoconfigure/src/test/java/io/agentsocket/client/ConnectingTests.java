package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.agentsocket.Await;
import io.agentsocket.TcpProxy;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a client gets its connection, how long whatever waits for one does so, and how it
 * learns why there is none.
 */
@ExtendWith(OutputCaptureExtension.class)
class ConnectingTests {

	private static final Duration SHORT = Duration.ofMillis(300);

	/** Nobody listens at port 1. */
	private static final URI DEAD = URI.create("ws://127.0.0.1:1/agentsocket");

	private final FakeServer server = new FakeServer();

	private final List<String> signals = new CopyOnWriteArrayList<>();

	private final List<ActionException> errors = new CopyOnWriteArrayList<>();

	private AgentSocketClient client = build((builder) -> {
	});

	private AgentSocketClient build(Consumer<AgentSocketClientBuilder> settings) {
		return build(List.of(URI.create(this.server.uri())), settings);
	}

	private static AgentSocketClient build(List<URI> uris, Consumer<AgentSocketClientBuilder> settings) {
		AgentSocketClientBuilder builder = AgentSocketClient.builder(uris)
			.maxWait(Await.LONG)
			.connectTimeout(Await.LONG)
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)));
		settings.accept(builder);
		return builder.build();
	}

	@AfterEach
	void stop() {
		Await.end(this.client.close());
		this.server.close();
	}

	private void record(String name, Mono<?> call) {
		call.subscribe((item) -> this.signals.add(name + "=" + item), (error) -> {
			ActionException exception = (ActionException) error;
			this.errors.add(exception);
			this.signals.add(name + "!" + exception.code() + (exception.hasMaybeRun() ? "?" : ""));
		});
	}

	private FakeServer.Connection connect(Duration ttl) throws InterruptedException {
		this.client.connect().subscribe();
		FakeServer.Connection connection = this.server.accept();
		connection.hello();
		connection.welcome(Welcome.Status.NEW, "s1", "l1", 0, 1, ttl);
		Await.until(() -> this.client.state() == ConnectionState.CONNECTED);
		return connection;
	}

	private String awaitError() {
		Await.until(() -> !this.errors.isEmpty());
		return String.valueOf(this.errors.get(0).getMessage());
	}

	// The end of a session

	@Test
	void callsEndWhenTheirSessionCannotBeResumedAnyMore() throws InterruptedException {
		this.client = build((builder) -> builder.maxWait(SHORT));
		FakeServer.Connection connection = connect(SHORT);
		record("call", this.client.invoke("a").toMono(String.class));
		record("stream", this.client.invoke("b").toFlux(String.class).collectList());
		record("sure", this.client.invoke("c").idempotent(true).toMono(String.class));
		connection.answer(connection.invoke(), "done");
		Frame.Invoke stream = connection.invoke();
		connection.invoke();
		Await.until(() -> !this.signals.isEmpty());
		record("late", this.client.invoke("a").toMono(String.class));
		connection.invoke();
		assertThat(stream.streamId()).isEqualTo(3);
		this.server.close();
		Await.until(() -> this.signals.size() == 4);
		assertThat(this.signals).containsExactlyInAnyOrder("call=done", "stream!37?", "sure!37?", "late!37?");
		assertThat(this.errors).allSatisfy((error) -> assertThat(error).hasMessageContaining("cannot be resumed"));
		assertThat(this.client.state()).isEqualTo(ConnectionState.CONNECTING);
	}

	@Test
	void callThatMayRunTwiceWaitsForTheNextSessionAsLongAsThePatienceLasts() throws Exception {
		try (TcpProxy proxy = new TcpProxy(this.server.port())) {
			this.client = build(List.of(URI.create(proxy.uri())), (builder) -> {
			});
			FakeServer.Connection connection = connect(SHORT);
			record("sure", this.client.invoke("a").idempotent(true).toMono(String.class));
			record("once", this.client.invoke("b").idempotent(false).toMono(String.class));
			connection.invoke();
			connection.invoke();
			proxy.mode(TcpProxy.Mode.SHUT);
			Await.until(() -> this.signals.contains("once!37?"));
			proxy.mode(TcpProxy.Mode.OPEN);
			FakeServer.Connection second = this.server.accept().welcomeNew();
			second.answer(second.invoke(), "done");
			Await.until(() -> this.signals.contains("sure=done"));
		}
	}

	@Test
	void resumeThatIsUnderwayWhenTheTimeIsOverStillCounts() throws InterruptedException {
		Duration ttl = Duration.ofSeconds(3);
		FakeServer.Connection connection = connect(ttl);
		Frame.Invoke call = lose(connection);
		connection = this.server.accept();
		while (connection.hello().resume() == null) {
			// On a busy machine the time is over before the attempt begins.
			connection.welcome(Welcome.Status.NEW, "s1", "l1", 0, 1, ttl);
			call = lose(connection);
			connection = this.server.accept();
		}
		Await.pass(ttl, "the client's clock is the real one");
		connection.welcome(Welcome.Status.RESUMED, "s1", "l1", 1, 1);
		connection.answer(call, "done");
		Await.until(() -> this.signals.contains("call=done"));
	}

	private Frame.Invoke lose(FakeServer.Connection connection) throws InterruptedException {
		record("call", this.client.invoke("a").idempotent(false).toMono(String.class));
		Frame.Invoke call = connection.invoke();
		connection.cut();
		return call;
	}

	@Test
	void serverWhoseMessagesAreTooLargeIsNotTriedAgain() throws InterruptedException {
		FakeServer.Connection connection = connect(Duration.ofMinutes(1));
		record("call", this.client.invoke("a").toMono(String.class));
		connection.invoke();
		connection.send(new Frame.Part(1, Bytes.of(new byte[100 * 1024])));
		Await.until(() -> this.client.state() == ConnectionState.REFUSED);
		Await.untilAsserted(() -> assertThat(this.client.lastFailure()).contains("1009"));
		Await.until(() -> this.signals.contains("call!14?"));
		assertThat(this.server.upgrades()).isEqualTo(1);
	}

	// Bounded waits

	@Test
	void serverThatNeverSaysWelcomeIsGivenUpWithinTheConnectTimeout(CapturedOutput output) throws InterruptedException {
		this.client = build((builder) -> builder.connectTimeout(SHORT));
		record("call", this.client.invoke("a").toMono(String.class));
		// On a busy machine the first attempts may not come that far.
		Await.until(() -> output.toString().contains("no WELCOME within 300 ms"));
		this.server.accept();
		this.server.accept();
		assertThat(this.signals).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void patienceEndsThoughAnAttemptIsUnderway(boolean upgrading) {
		DisposableServer silent = TcpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle((in, out) -> in.receive().then())
			.bindNow(Await.LONG);
		try {
			String uri = upgrading ? "ws://127.0.0.1:" + silent.port() + "/agentsocket" : this.server.uri();
			this.client = build(List.of(URI.create(uri)),
					(builder) -> builder.connectTimeout(Duration.ofMinutes(10)).maxWait(SHORT));
			record("call", this.client.invoke("a").toMono(String.class));
			record("connect", this.client.connect());
			assertThat(awaitError()).contains(uri).contains("no answer within 300 ms");
			Await.until(() -> this.signals.size() == 2);
			assertThat(this.signals).containsExactlyInAnyOrder("call!14", "connect!14");
			assertThat(this.errors).allMatch(ActionException::isRetryable);
		}
		finally {
			silent.disposeNow(Await.LONG);
		}
	}

	@Test
	void tokenThatNeverComesIsAFailedAttempt(CapturedOutput output) throws InterruptedException {
		AtomicInteger asked = new AtomicInteger();
		this.client = build((builder) -> builder.connectTimeout(SHORT)
			.bearerToken(Mono.defer(() -> (asked.incrementAndGet() == 1) ? Mono.never() : Mono.just("second"))));
		record("call", this.client.invoke("a").toMono(String.class));
		assertThat(this.server.authorization()).isEqualTo("Bearer second");
		assertThat(output).contains("no token within 300 ms");
	}

	@Test
	void eachCallWaitsForItsOwnTime() {
		this.client = build(List.of(DEAD), (builder) -> builder.maxWait(SHORT));
		long begin = System.nanoTime();
		record("first", this.client.invoke("a").toMono(String.class));
		Await.until(() -> this.signals.contains("first!14"));
		record("second", this.client.invoke("a").toMono(String.class));
		Await.until(() -> this.signals.contains("second!14"));
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(SHORT.plus(SHORT));
	}

	// Causes

	@Test
	void deadPortIsNamedWithItsCause(CapturedOutput output) {
		this.client = build(List.of(DEAD), (builder) -> builder.maxWait(SHORT));
		this.client.connect().subscribe(null, (early) -> {
		});
		Await.until(() -> this.client.lastFailure() != null);
		assertThat(this.client.lastFailure()).startsWith(DEAD + ": Connection refused");
		record("connect", this.client.connect());
		record("call", this.client.invoke("a").toMono(String.class));
		Await.until(() -> this.signals.size() == 2);
		assertThat(this.errors).allSatisfy((error) -> assertThat(error).hasMessageContaining(DEAD.toString())
			.hasMessageContaining("Connection refused"));
		// Many attempts, one line.
		assertThat(output.toString().lines().filter((line) -> line.contains(DEAD.toString()))).singleElement()
			.asString()
			.contains("WARN", "Connection refused");
	}

	@Test
	void returnIsOneLineOfTheLog(CapturedOutput output) throws Exception {
		try (TcpProxy proxy = new TcpProxy(this.server.port())) {
			this.client = build(List.of(URI.create(proxy.uri())), (builder) -> {
			});
			connect(Await.LONG);
			proxy.mode(TcpProxy.Mode.SHUT);
			Await.until(() -> output.toString().contains("No connection to " + proxy.uri()));
			proxy.mode(TcpProxy.Mode.OPEN);
			FakeServer.Connection second = this.server.accept();
			second.hello();
			second.welcome(Welcome.Status.RESUMED, "s1", "l1", 0, 1);
			Await.until(() -> output.toString().contains("Connected to " + proxy.uri() + " again after"));
			Await.until(() -> this.client.lastFailure() == null);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n", "no HTTP at all\r\n\r\n", "",
			"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
					+ "sec-websocket-protocol: agentsocket.v1.cbor\r\nsec-websocket-accept: wrong\r\n\r\n",
			"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
					+ "sec-websocket-protocol: chat\r\n\r\n",
			"HTTP/1.1 404 Not Found\r\ncontent-length: 900000\r\n\r\nhalf" })
	void brokenUpgradeIsOneLineOfTheLog(String answer, CapturedOutput output) {
		AtomicInteger attempts = new AtomicInteger();
		DisposableServer broken = TcpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle((in, out) -> in.receive().take(1).then(Mono.defer(() -> {
				attempts.incrementAndGet();
				return answer.isEmpty() ? Mono.empty()
						: out.sendObject(Unpooled.copiedBuffer(answer, java.nio.charset.StandardCharsets.US_ASCII))
							.then();
			})))
			.bindNow(Await.LONG);
		try {
			this.client = build(List.of(URI.create("ws://127.0.0.1:" + broken.port() + "/agentsocket")),
					(builder) -> builder.maxWait(SHORT));
			record("connect", this.client.connect());
			Await.until(() -> attempts.get() > 3);
			Await.until(() -> this.client.lastFailure() != null);
			assertThat(output.toString().lines().filter((line) -> line.contains("\tat "))).isEmpty();
			assertThat(output.toString().lines().filter((line) -> line.contains("WARN"))).singleElement()
				.asString()
				.contains("No connection to ws://127.0.0.1:" + broken.port());
		}
		finally {
			broken.disposeNow(Await.LONG);
		}
	}

	// Answers that are final, and those that are not

	@ParameterizedTest
	@ValueSource(ints = { 200, 302, 404, 408, 425, 429, 500, 502, 503 })
	void triesAgain(int status) throws InterruptedException {
		this.server.refuse(status, status);
		record("call", this.client.invoke("a").toMono(String.class));
		FakeServer.Connection connection = this.server.accept().welcomeNew();
		connection.answer(connection.invoke(), "done");
		Await.until(() -> this.signals.contains("call=done"));
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 401, 403, 405, 407, 410, 426 })
	void doesNotTryAgain(int status) throws InterruptedException {
		this.client = build((builder) -> builder.bearerToken("fixed"));
		this.server.refuse(status);
		record("call", this.client.invoke("a").toMono(String.class));
		assertThat(awaitError()).contains(this.server.uri()).contains("status " + status);
		assertThat(this.client.state()).isEqualTo(ConnectionState.REFUSED);
		assertThat(this.server.authorization()).isEqualTo("Bearer fixed");
		assertThat(this.server.upgrades()).isOne();
	}

	@Test
	void tokenIsRenewedAfterStatus401AndAfterClose4501() throws InterruptedException {
		AtomicInteger asked = new AtomicInteger();
		this.client = build((builder) -> builder.bearerToken(() -> "t" + asked.incrementAndGet()));
		this.server.refuse(401, 401);
		record("call", this.client.invoke("a").toMono(String.class));
		FakeServer.Connection first = this.server.accept().welcomeNew();
		Frame.Invoke call = first.invoke();
		first.close(4501);
		FakeServer.Connection second = this.server.accept();
		assertThat(second.hello().resume()).isNotNull();
		second.welcome(Welcome.Status.RESUMED, "s1", "l1", 1, 1);
		second.answer(call, "done");
		Await.until(() -> this.signals.contains("call=done"));
		assertThat(List.of(this.server.authorization(), this.server.authorization(), this.server.authorization(),
				this.server.authorization()))
			.containsExactly("Bearer t1", "Bearer t2", "Bearer t3", "Bearer t4");
	}

	@ParameterizedTest
	@ValueSource(ints = { 401, 404, 302 })
	void triesAgainForABoundedTimeOnly(int status) {
		this.client = build((builder) -> builder.bearerToken(() -> "stale").refusalTimeout(SHORT));
		int[] all = new int[10_000];
		java.util.Arrays.fill(all, status);
		this.server.refuse(all);
		record("call", this.client.invoke("a").toMono(String.class));
		assertThat(awaitError()).contains("status " + status);
		assertThat(this.client.state()).isEqualTo(ConnectionState.REFUSED);
		assertThat(this.server.upgrades()).isGreaterThan(1);
	}

	@Test
	void nextAttemptIsNotMadeBeforeTheServerWantsIt() throws InterruptedException {
		this.server.refuse(503, "1", 20_000);
		long begin = System.nanoTime();
		record("call", this.client.invoke("a").toMono(String.class));
		this.server.accept();
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
		assertThat(this.server.refusals()).isZero();
	}

	@Test
	void serverThatClosesSaysWhy() throws InterruptedException {
		FakeServer.Connection connection = connect(Await.LONG);
		record("call", this.client.invoke("a").toMono(String.class));
		connection.invoke();
		connection.close(4505, "A message exceeds\n65536 bytes");
		assertThat(awaitError()).contains(this.server.uri())
			.contains("closed with 4505 TOO_LARGE: A message exceeds?65536 bytes");
	}

	@Test
	void tokenThatCannotBeHadIsNamedWithItsCause() {
		this.client = build((builder) -> builder.bearerToken(() -> {
			throw new IllegalStateException("no token today", new java.io.IOException("the issuer is away"));
		}));
		this.client.connect().subscribe();
		Await.until(() -> this.client.lastFailure() != null);
		assertThat(this.client.lastFailure()).endsWith(": no token today: the issuer is away");
	}

	// Closing

	@Test
	void closeSaysGoodbyeAndWaitsForTheServer() throws InterruptedException {
		this.client = build((builder) -> builder.closeTimeout(Await.LONG));
		FakeServer.Connection connection = connect(Await.LONG).stay();
		this.client.close().subscribe(null, null, () -> this.signals.add("closed"));
		assertThat(connection.next(Frame.GoAway.class).code()).isZero();
		connection.assertSilent(Duration.ofMillis(200));
		assertThat(this.signals).doesNotContain("closed");
		connection.close(1000);
		Await.until(() -> this.signals.contains("closed"));
	}

	@Test
	void closeDoesNotWaitForAServerThatTakesTooLong() throws InterruptedException {
		this.client = build((builder) -> builder.closeTimeout(Duration.ofMillis(100)));
		FakeServer.Connection connection = connect(Await.LONG).stay();
		this.client.close().subscribe(null, null, () -> this.signals.add("closed"));
		assertThat(connection.next(Frame.GoAway.class).code()).isZero();
		Await.until(() -> this.signals.contains("closed"));
		connection.awaitEnd();
	}

	// Several addresses

	@Test
	void resumesAtAnotherAddress() throws InterruptedException {
		try (FakeServer other = new FakeServer()) {
			this.client = build(List.of(URI.create(this.server.uri()), URI.create(other.uri())), (builder) -> {
			});
			FakeServer.Connection first = connect(Await.LONG);
			record("call", this.client.invoke("a").toMono(String.class));
			Frame.Invoke call = first.invoke();
			this.server.close();
			FakeServer.Connection second = other.accept();
			assertThat(second.hello().resume().session()).isEqualTo("s1");
			second.welcome(Welcome.Status.RESUMED, "s1", "l1", 1, 1);
			second.answer(call, "done");
			Await.until(() -> this.signals.contains("call=done"));
		}
	}

	@Test
	void addressThatAsksToLeaveIsTriedLast() throws InterruptedException {
		try (FakeServer other = new FakeServer()) {
			this.client = build(List.of(URI.create(this.server.uri()), URI.create(other.uri())), (builder) -> {
			});
			FakeServer.Connection first = connect(Await.LONG);
			first.send(new Frame.GoAway(4000, 10_000, 0, "bye"));
			assertThat(other.accept().hello().resume()).isNotNull();
			assertThat(this.server.upgrades()).isOne();
		}
	}

	@Test
	void allAddressesAndTheirFailuresAreNamed() {
		this.server.refuse(503);
		this.client = build(List.of(DEAD, URI.create(this.server.uri())),
				(builder) -> builder.backoff(new Backoff(Await.LONG, Await.LONG)));
		this.client.connect().subscribe();
		String both = DEAD + ": Connection refused: /127.0.0.1:1; " + this.server.uri()
				+ ": the server answers the upgrade with status 503";
		Await.until(both, () -> both.equals(this.client.lastFailure()));
	}

	/** It would be asked for ever, and nobody would wait for its answers. */
	@Test
	void serverThatIsSlowerThanTheConnectTimeoutIsReachedInTheEnd() throws InterruptedException {
		this.client = build((builder) -> builder.connectTimeout(Duration.ofMillis(200)));
		this.client.connect().subscribe();
		for (int i = 0; i < 20 && this.client.state() != ConnectionState.CONNECTED; i++) {
			FakeServer.Connection connection = this.server.accept(Duration.ofSeconds(1));
			if (connection != null) {
				Await.pass(Duration.ofMillis(350), "the server has much to do");
				connection.welcome(Welcome.Status.NEW, "s1", "l1", 0, 1, Await.LONG);
			}
		}
		Await.until("a connection", () -> this.client.state() == ConnectionState.CONNECTED);
		assertThat(this.server.upgrades()).isGreaterThan(1);
	}

	@Test
	void onlyAddressThatDoesNotAnswerTheUpgradeInTimeGetsMoreOfIt() {
		DisposableServer silent = TcpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle((in, out) -> in.receive().then())
			.bindNow(Await.LONG);
		try {
			this.client = build(List.of(URI.create("ws://127.0.0.1:" + silent.port() + "/agentsocket")),
					(builder) -> builder.connectTimeout(Duration.ofMillis(100)));
			this.client.connect().subscribe();
			Await.until("an attempt of four times the time",
					() -> String.valueOf(this.client.lastFailure()).endsWith("no answer to the upgrade within 400 ms"));
		}
		finally {
			silent.disposeNow(Await.LONG);
		}
	}

}
