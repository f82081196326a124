package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.client.ReactorNettyWebSocketClient;
import org.springframework.web.reactive.socket.client.WebSocketClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a client comes back, seen from the server.
 */
class ReconnectTests {

	private static final Duration SOON = Duration.ofMillis(500);

	private final FakeServer server = new FakeServer();

	private final List<Object> signals = new CopyOnWriteArrayList<>();

	private AgentSocketClient client = builder().build();

	@AfterEach
	void stop() {
		Await.end(this.client.close());
		this.server.close();
	}

	private AgentSocketClientBuilder builder() {
		return AgentSocketClient.builder(this.server.uri())
			.connectTimeout(Await.LONG)
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)));
	}

	private FakeServer.Connection connect() throws InterruptedException {
		this.client.connect().subscribe(null, (error) -> this.signals.add(error));
		FakeServer.Connection connection = this.server.accept().welcomeNew();
		Await.until(() -> this.client.state() == ConnectionState.CONNECTED);
		return connection;
	}

	@Test
	void serverThatAsksEachConnectionToLeaveIsNotMetWithoutAPause() throws InterruptedException {
		Duration base = Duration.ofSeconds(1);
		this.client = builder().backoff(new Backoff(base, base)).build();
		FakeServer.Connection connection = connect();
		long begin = System.nanoTime();
		for (int i = 0; i < 4; i++) {
			connection.send(new Frame.GoAway(4000, 10_000, 0, "bye"));
			connection = this.server.accept();
			connection.hello();
			connection.welcome(Welcome.Status.RESUMED, "s1", "l1", 0, 1);
		}
		// Four random parts of a second: shorter than a fifth of one once in 15,000 runs.
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(base.dividedBy(5));
	}

	@Test
	void waitAfterTheLossOfAConnectionThatHasLastedIsShort() throws InterruptedException {
		Duration base = Duration.ofMillis(100);
		this.client = builder().backoff(new Backoff(Duration.ZERO, base, Await.LONG.multipliedBy(100))).build();
		List<Long> bounds = new ArrayList<>();
		List<Long> waits = waits(base, Duration.ZERO, bounds);
		// Hardly any time is lost here: random parts of 100 ms are longer.
		assertThat(waits).hasSize(4);
		for (int i = 0; i < waits.size(); i++) {
			assertThat(waits.get(i)).isLessThanOrEqualTo(bounds.get(i));
		}
	}

	@Test
	void serverThatEndsEachConnectionAfterAWhileIsMetLessAndLessOften() throws InterruptedException {
		Duration base = Duration.ofMillis(20);
		this.client = builder().backoff(new Backoff(Duration.ZERO, base, Await.LONG)).build();
		// Random parts of 25, 50, 75 and 100 ms are all zero once in 9 million runs.
		assertThat(waits(base, Duration.ofMillis(100), new ArrayList<>())).hasSize(4)
			.anySatisfy((wait) -> assertThat(wait).isPositive());
	}

	/**
	 * The waits of a client whose connection is cut four times.
	 * @param longerThan time that each connection lasts
	 * @param late time until the server says WELCOME
	 * @param bounds gets a quarter of the time without a connection for each wait
	 */
	private List<Long> waits(Duration longerThan, Duration late, List<Long> bounds) throws InterruptedException {
		LogLines lines = LogLines.of(Connector.class, Level.DEBUG);
		try (lines) {
			long offline = 0;
			long lost = System.nanoTime();
			this.client.connect().subscribe(null, (error) -> this.signals.add(error));
			for (int i = 0; i <= 4; i++) {
				FakeServer.Connection connection = this.server.accept();
				connection.hello();
				Await.pass(late, "The time without a connection");
				connection.welcome((i > 0) ? Welcome.Status.RESUMED : Welcome.Status.NEW, "s1", "l1", 0, 1);
				Await.until(() -> this.client.state() == ConnectionState.CONNECTED);
				offline += System.nanoTime() - lost;
				if (i > 0) {
					bounds.add(Duration.ofNanos(offline).toMillis() / 4);
				}
				if (i < 4) {
					long begin = System.nanoTime();
					Await.until(() -> System.nanoTime() - begin > longerThan.toNanos());
					lost = System.nanoTime();
					connection.cut();
				}
			}
		}
		return lines.texts()
			.stream()
			.filter((line) -> line.contains("next attempt in "))
			.map((line) -> Long.valueOf(line.replaceAll(".*next attempt in (\\d+) ms", "$1")))
			.toList();
	}

	private Disposable record(String name, Mono<?> call) {
		return call.subscribe((item) -> this.signals.add(name + "=" + item), (error) -> {
			ActionException exception = (ActionException) error;
			this.signals.add(name + "!" + exception.code() + (exception.hasMaybeRun() ? "?" : ""));
		});
	}

	@ParameterizedTest
	@CsvSource({ "RESUMED, s1, l1", "RESET, s1, l2", "RESET, s2, l2" })
	void acknowledgesAtOnceWhenItIsBack(Welcome.Status status, String session, String log) throws InterruptedException {
		FakeServer.Connection first = connect();
		first.cut();
		FakeServer.Connection second = this.server.accept();
		assertThat(second.hello().resume().token()).isEqualTo("tokenl10");
		second.welcome(status, session, log, 0, 1);
		assertThat(second.next(Frame.Ack.class)).isEqualTo(new Frame.Ack(0, 0, false));
	}

	@Test
	void callsGoOnWhenTheSessionIsResumed() throws InterruptedException {
		FakeServer.Connection first = connect();
		record("call", this.client.invoke("a").toMono(String.class));
		Frame.Invoke call = first.invoke();
		first.cut();
		FakeServer.Connection second = this.server.accept();
		assertThat(second.hello().resume().tx()).isEqualTo(1);
		second.welcome(Welcome.Status.RESUMED, "s1", "l1", 1, 1);
		second.answer(call, "done");
		Await.until(() -> !this.signals.isEmpty());
		assertThat(this.signals).containsExactly("call=done");
	}

	@Test
	void callThatMayRunTwiceIsMadeAgainInANewSession() throws InterruptedException {
		FakeServer.Connection first = connect();
		record("call",
				this.client.invoke("a")
					.arguments(Map.of("n", 1))
					.timeout(Duration.ofSeconds(60))
					.idempotent(true)
					.toMono(String.class));
		Frame.Invoke before = first.invoke();
		first.cut();
		FakeServer.Connection second = this.server.accept();
		second.hello();
		second.welcome(Welcome.Status.RESET, "s2", "l2", 0, 1);
		Frame.Invoke again = second.invoke();
		assertThat(again.streamId()).isEqualTo(1);
		assertThat(again.arguments()).isEqualTo(before.arguments());
		assertThat(FakeServer.metadata(again).deadline()).isLessThan(FakeServer.metadata(before).deadline())
			.isPositive();
		second.answer(again, "done");
		Await.until(() -> !this.signals.isEmpty());
		assertThat(this.signals).containsExactly("call=done");
	}

	@ParameterizedTest
	@CsvSource({ "idempotent, true", "readOnly, true", "openWorld, false" })
	void serverIsAskedWhetherACallMayRunTwice(String hint, boolean repeated) throws InterruptedException {
		FakeServer.Connection first = connect();
		record("call", this.client.invoke("a").toMono(String.class));
		first.invoke();
		first.cut();
		FakeServer.Connection second = this.server.accept();
		second.hello();
		second.welcome(Welcome.Status.RESET, "s2", "l2", 0, 1);
		Frame.Invoke question = second.invoke();
		assertThat(question.ref()).isEqualTo(Frame.Ref.alias(3));
		assertThat(FakeServer.CBOR.decodeMap(question.arguments())).isEqualTo(Map.of("names", List.of("a")));
		second.answer(question, Map.of("actions",
				List.of(Map.of("name", "a", "hints", Map.of(hint, true), "input", Map.of())), "unknown", List.of()));
		if (repeated) {
			second.answer(second.invoke(), "done");
		}
		Await.until(() -> !this.signals.isEmpty());
		assertThat(this.signals).containsExactly(repeated ? "call=done" : "call!37?");
	}

	@Test
	void nothingIsAskedWhenTheClientShallNotRepeat() throws InterruptedException {
		this.client = builder().repeatIdempotent(false).build();
		FakeServer.Connection first = connect();
		record("call", this.client.invoke("a").toMono(String.class));
		record("sure", this.client.invoke("b").idempotent(true).toMono(String.class));
		first.invoke();
		first.invoke();
		first.cut();
		FakeServer.Connection second = this.server.accept();
		second.hello();
		second.welcome(Welcome.Status.RESET, "s2", "l2", 0, 1);
		assertThat(second.invoke().ref()).isEqualTo(Frame.Ref.name("b"));
		// A question would be in front of what is sent later.
		record("later", this.client.invoke("c").toMono(String.class));
		assertThat(second.invoke().ref()).isEqualTo(Frame.Ref.name("c"));
		Await.until(() -> !this.signals.isEmpty());
		assertThat(this.signals).containsExactly("call!37?");
	}

	@Test
	void keysAreMadeForEachSubscriptionAndStayTheSameWhenACallIsMadeAgain() throws InterruptedException {
		this.client = builder().idempotencyKeys(true).build();
		FakeServer.Connection first = connect();
		Mono<String> call = this.client.invoke("a").toMono(String.class);
		record("one", call);
		record("two", call);
		record("own", this.client.invoke("a").idempotencyKey("mine").toMono(String.class));
		List<String> before = List.of(key(first), key(first), key(first));
		assertThat(before).doesNotHaveDuplicates().allMatch((key) -> key.length() <= 64);
		assertThat(before.get(2)).isEqualTo("mine");
		first.cut();
		FakeServer.Connection second = this.server.accept();
		second.hello();
		second.welcome(Welcome.Status.RESET, "s1", "l2", 0, 1);
		assertThat(List.of(key(second), key(second), key(second))).isEqualTo(before);
		second.send(new Frame.Error(1, ErrorCode.ALREADY_EXISTS.code(), false, true, Bytes.EMPTY, ""),
				new Frame.Error(3, ErrorCode.ALREADY_EXISTS.code(), false, false, Bytes.EMPTY, ""));
		Await.until(() -> this.signals.size() == 2);
		// The first of them is the server's word about the key, the other the action's.
		assertThat(this.signals).containsExactly("one!32?", "two!6?");
	}

	private static String key(FakeServer.Connection connection) throws InterruptedException {
		return FakeServer.metadata(connection.invoke()).idempotencyKey();
	}

	@Test
	void sessionThatIsResumedElsewhereIsGivenUp() throws InterruptedException {
		FakeServer.Connection first = connect();
		record("call", this.client.invoke("a").idempotent(true).toMono(String.class));
		record("other", this.client.invoke("b").idempotent(false).toMono(String.class));
		// Both are on their way: a call that was not sent is made again, whatever it is.
		first.invoke();
		first.invoke();
		first.cut();
		FakeServer.Connection second = this.server.accept();
		second.hello();
		second.welcome(Welcome.Status.RESUMED, "s1", "l1", 7, 1);
		second.assertClosed(4003);
		FakeServer.Connection third = this.server.accept().welcomeNew();
		third.answer(third.invoke(), "done");
		Await.until(() -> this.signals.size() == 2);
		assertThat(this.signals).containsExactly("other!37?", "call=done");
	}

	@Test
	void sessionIsGivenUpWhenTheNumbersDisagreeTwice() throws InterruptedException {
		FakeServer.Connection first = connect();
		first.close(4003);
		FakeServer.Connection second = this.server.accept();
		assertThat(second.hello().resume()).isNotNull();
		second.welcome(Welcome.Status.RESUMED, "s1", "l1", 0, 1);
		second.next(Frame.Ack.class);
		second.close(4003);
		this.server.accept().welcomeNew();
		Await.until(() -> this.client.state() == ConnectionState.CONNECTED);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void serverThatAnswersWhatWasNotAskedIsRefused(boolean resuming) throws InterruptedException {
		this.client = builder().closeTimeout(Await.LONG).build();
		FakeServer.Connection last;
		if (resuming) {
			connect().cut();
			last = this.server.accept();
			last.hello();
			last.welcome(Welcome.Status.NEW, "s2", "l2", 0, 1);
		}
		else {
			this.client.connect().subscribe(null, (error) -> this.signals.add(error));
			last = this.server.accept();
			last.hello();
			last.welcome(Welcome.Status.RESET, "s2", "l2", 0, 1);
		}
		last.assertClosed(4500);
		Await.until(() -> this.client.state() == ConnectionState.REFUSED);
	}

	@Test
	void goodbyeThatIsFinalIsFinalHoweverTheConnectionEnds() throws InterruptedException {
		this.client = builder().build();
		FakeServer.Connection connection = connect();
		connection.send(new Frame.GoAway(4503, 10_000, 0, "bye"));
		connection.send(new Frame.Ack(0, 0, true));
		connection.next(Frame.Ack.class);
		connection.cut();
		Await.until(() -> this.client.state() == ConnectionState.REFUSED);
	}

	@Test
	void goodbyeThatIsFinalReplacesTheFirstAndIsWaitedForLongerThanTheServerSays() throws InterruptedException {
		this.client = builder().build();
		FakeServer.Connection connection = connect();
		long begin = System.nanoTime();
		connection.send(new Frame.GoAway(4000, 10_000, 2_000, "bye"), new Frame.GoAway(4503, 10, 0, "for good"));
		connection.assertClosed(4000);
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(5));
		Await.until(() -> this.client.state() == ConnectionState.REFUSED);
	}

	@Test
	void connectionThatWasGivenUpIsNotTakenWhenItComesLate() throws InterruptedException {
		Late late = new Late();
		this.client = builder().webSocketClient(late).connectTimeout(Duration.ofSeconds(3)).build();
		late.hold = true;
		this.client.connect().subscribe(null, (error) -> this.signals.add(error));
		Await.until(() -> late.held != null);
		late.hold = false;
		FakeServer.Connection second = acceptUntilConnected();
		late.release();
		FakeServer.Connection first = this.server.accept();
		// Not a word: a HELLO would take the session away from the other connection.
		first.assertClosed(4000);
		record("call", this.client.invoke("a").toMono(String.class));
		second.answer(second.invoke(), "done");
		Await.until(() -> !this.signals.isEmpty());
		assertThat(this.signals).containsExactly("call=done");
	}

	/** On a busy machine the client gives up attempts before they are welcomed. */
	private FakeServer.Connection acceptUntilConnected() throws InterruptedException {
		FakeServer.Connection last = this.server.accept();
		while (true) {
			last.welcome(Welcome.Status.NEW, "s1", "l1", 0, 1);
			FakeServer.Connection next = null;
			while (next == null && this.client.state() != ConnectionState.CONNECTED) {
				next = this.server.accept(Duration.ofMillis(10));
			}
			if (next == null) {
				last.hello();
				return last;
			}
			last = next;
		}
	}

	@Test
	void answerOfAServerThatCameTooLateIsNotTaken() throws InterruptedException {
		FakeServer.Connection first = connect();
		first.cut();
		FakeServer.Connection second = this.server.accept();
		Hello.Resume resume = second.hello().resume();
		assertThat(resume).isNotNull();
		second.cut();
		FakeServer.Connection third = this.server.accept();
		third.hello();
		third.welcome(Welcome.Status.RESUMED, "s1", "l1", 0, 1);
		third.next(Frame.Ack.class);
		second.welcome(Welcome.Status.RESET, "s2", "l2", 0, 1);
		record("call", this.client.invoke("a").toMono(String.class));
		third.answer(third.invoke(), "done");
		Await.until(() -> !this.signals.isEmpty());
		assertThat(this.client.sessionId()).isEqualTo("s1");
	}

	@Test
	void nobodyTriesAgainWhenAnotherOneHasTheSession() throws InterruptedException {
		FakeServer.Connection first = connect();
		record("call", this.client.invoke("a").idempotent(true).toMono(String.class));
		first.invoke();
		first.close(4504);
		Await.until(() -> this.client.state() == ConnectionState.REFUSED && !this.signals.isEmpty());
		assertThat(this.signals).containsExactly("call!14?");
		// Nothing happens for the last time; attempts come within 20 ms.
		assertThat(this.server.accept(SOON)).isNull();
	}

	/** A client whose connections come when the test says so, wanted or not. */
	private static final class Late implements WebSocketClient {

		private final WebSocketClient delegate = new ReactorNettyWebSocketClient(HttpClient.newConnection());

		private final AtomicInteger attempts = new AtomicInteger();

		private volatile boolean hold;

		private volatile Mono<Void> held;

		@Override
		public Mono<Void> execute(URI url, WebSocketHandler handler) {
			return execute(url, new HttpHeaders(), handler);
		}

		@Override
		public Mono<Void> execute(URI url, HttpHeaders headers, WebSocketHandler handler) {
			this.attempts.incrementAndGet();
			Mono<Void> execution = this.delegate.execute(url, headers, handler);
			if (this.hold) {
				this.held = execution;
				return Mono.never();
			}
			return execution;
		}

		void release() {
			this.held.subscribe();
		}

	}

}
