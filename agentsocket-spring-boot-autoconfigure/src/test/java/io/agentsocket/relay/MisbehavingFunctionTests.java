package io.agentsocket.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.answer.FunctionFailure;
import io.agentsocket.relay.transport.RequestTiming;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Functions that hang, break off, lie and flood: each costs its own invocation and
 * nothing else. Section 16 of {@code docs/function-protocol.md}.
 */
class MisbehavingFunctionTests {

	private static final Duration SHORT = Duration.ofMillis(300);

	/** A busy machine sends the next bytes of an answer within it. */
	private static final Duration LONGER = Duration.ofSeconds(2);

	/**
	 * Sockets hold a million heartbeats, and the detector of leaks makes each of them
	 * expensive for the event loop.
	 */
	private static final String FLOOD = "an event loop that reads more at once has no time for other tests";

	private static final byte[] ITEM = { 0x4a, 1, 1, '7' };

	private static final byte[] LAST = { 0x4b, 1, 1, '8' };

	private static final byte[] HEARTBEAT = { 0x12, 1, 0 };

	private final Queue<Object> items = new ConcurrentLinkedQueue<>();

	private RelayFixture pod;

	@AfterEach
	void close() throws IOException {
		if (this.pod != null) {
			this.pod.close();
		}
	}

	private ActionException call(String action) {
		try {
			this.pod.client.invoke(action)
				.toFlux(Integer.class)
				.doOnNext(this.items::add)
				.blockLast(RelayFixture.TIMEOUT);
			return null;
		}
		catch (ActionException ex) {
			return ex;
		}
	}

	private void pod(TestFunction.Behaviour behaviour) throws IOException {
		pod(behaviour, RelayFixture.TIMES);
	}

	private void pod(TestFunction.Behaviour behaviour, FunctionSettings.Times times) throws IOException {
		this.pod = new RelayFixture(behaviour);
		this.pod.add(RelayFixture.settings("shop", this.pod.function.url(), times),
				this.pod.action("items", ResultShape.ITEMS), this.pod.idempotent("again", ResultShape.ITEMS));
		this.pod.add(RelayFixture.settings("calm", this.pod.function.url(), RelayFixture.TIMES),
				this.pod.action("calm", ResultShape.ITEMS));
		this.pod.connect();
	}

	/** The function does what it should after it has misbehaved. */
	private void recovers() {
		this.items.clear();
		this.pod.function.behaviour = (call) -> call.json("[1,2]");
		assertThat(call("calm")).isNull();
		assertThat(this.items).containsExactly(1, 2);
	}

	static Stream<Arguments> brokenAnswers() {
		String frames = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.agentsocket.frames\r\n";
		String chunked = frames + "Transfer-Encoding: chunked\r\n\r\n";
		return Stream.of(arguments("reset in the body", chunked + "4\r\n" + text(ITEM) + "\r\n", true, 32, 1),
				arguments("end in the body", chunked + "4\r\n" + text(ITEM) + "\r\n", false, 32, 1),
				arguments("no last chunk", chunked + "8\r\n" + text(ITEM) + text(ITEM) + "\r\n", false, 32, 2),
				arguments("shorter than its length", frames + "Content-Length: 100\r\n\r\n" + text(ITEM), false, 32, 1),
				arguments("ends within the head", frames, false, 32, 0), arguments("ends at once", "", false, 32, 0),
				arguments("reset at once", "", true, 32, 0),
				arguments("no HTTP", "SSH-2.0-OpenSSH_9.6\r\n\r\n", false, 13, 0),
				arguments("bad chunk size", chunked + "zz\r\n", false, 13, 0),
				arguments("long header", "HTTP/1.1 200 OK\r\nX: " + "a".repeat(20_000) + "\r\n\r\n", false, 13, 0),
				arguments("redirect",
						"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", false, 13,
						0));
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.ISO_8859_1);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("brokenAnswers")
	void brokenAnswerEndsOneInvocation(String what, String raw, boolean reset, int code, int count) throws IOException {
		pod((call) -> {
			call.raw(raw.getBytes(StandardCharsets.ISO_8859_1));
			if (reset) {
				// The reset would drop the bytes that were written.
				Await.until(() -> this.items.size() >= count);
				call.reset();
			}
			else {
				call.socket().close();
			}
		});
		ActionException error = call("items");
		assertThat(error).isNotNull();
		assertThat(error.code()).isEqualTo(code);
		assertThat(error.hasMaybeRun() || code != ErrorCode.LOST.code()).isTrue();
		assertThat(this.items).hasSize(count);
		assertThat(this.pod.function.calls).hasSize(1);
		recovers();
	}

	static Stream<Arguments> unfinishedAnswers() {
		byte[] part = new byte[100_000];
		byte[] frame = part.clone();
		// A frame of 200,000 bytes begins: DATA on stream 1.
		System.arraycopy(new byte[] { 0x4a, 1, (byte) 0xc0, (byte) 0x9a, 0x0c }, 0, frame, 0, 5);
		byte[] parts = new byte[100_000];
		// Frames of 1,000 bytes: PART on stream 1, which no item follows.
		for (int i = 0; i < parts.length; i += 1000) {
			System.arraycopy(new byte[] { 0x7a, 1, (byte) 0xe4, 7 }, 0, parts, i, 4);
		}
		return Stream.of(arguments("application/vnd.agentsocket.frames", frame),
				arguments("application/vnd.agentsocket.frames", parts),
				arguments("application/vnd.agentsocket.result+json", part), arguments("application/json", part),
				arguments("application/x-ndjson", part));
	}

	/** A part of an item or of a result is held until the rest has come. */
	@ParameterizedTest
	@MethodSource("unfinishedAnswers")
	void unfinishedAnswerCountsForThePod(String type, byte[] begin) throws IOException {
		CountDownLatch over = new CountDownLatch(1);
		TestMemory memory = new TestMemory();
		this.pod = new RelayFixture((call) -> {
			call.stream(type).chunk(begin);
			over.await();
		}, RelayListener.NONE, (builder) -> builder.memory(memory));
		this.pod.add(this.pod.action("items", ResultShape.ITEMS)).connect();
		Disposable running = this.pod.client.invoke("items").toFlux(Integer.class).subscribe();
		Await.until(() -> memory.held.get() > 90_000);
		running.dispose();
		Await.until(() -> memory.held.get() == 0);
		// Pushes come again, answers do not.
		memory.most = 0;
		memory.mostOfAnswers = 50_000;
		ActionException error = call("items");
		assertThat(error).isNotNull();
		assertThat(error.errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
		assertThat(error.isRetryable()).isTrue();
		assertThat(error.hasMaybeRun()).isTrue();
		Await.until(() -> memory.held.get() == 0);
		over.countDown();
	}

	static Stream<Arguments> itemsBeforeALargeOne() {
		byte[] frames = new byte[10_000];
		System.arraycopy(ITEM, 0, frames, 0, 4);
		System.arraycopy(ITEM, 0, frames, 4, 4);
		System.arraycopy(new byte[] { 0x4a, 1, (byte) 0xc0, (byte) 0x9a, 0x0c }, 0, frames, 8, 5);
		byte[] lines = ("7\n7\n" + " ".repeat(10_000)).getBytes(StandardCharsets.ISO_8859_1);
		return Stream.of(arguments(Answers.FRAMES, frames), arguments("application/x-ndjson", lines));
	}

	@ParameterizedTest
	@MethodSource("itemsBeforeALargeOne")
	void itemsThatCameWithOneThatHasNoRoomAreNotLost(String type, byte[] chunk) throws IOException {
		TestMemory memory = new TestMemory();
		memory.mostOfAnswers = 0;
		this.pod = new RelayFixture((call) -> {
			call.stream(type).chunk(chunk);
			assertThat(call.socket().getInputStream().read()).isNegative();
		}, RelayListener.NONE, (builder) -> builder.memory(memory));
		this.pod.add(this.pod.action("items", ResultShape.ITEMS)).connect();
		ActionException error = call("items");
		assertThat(this.items).containsExactly(7, 7);
		assertThat(error).isNotNull();
		assertThat(error.errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
		assertThat(error.hasMaybeRun()).isTrue();
		Await.until(() -> this.pod.function.connections() == 0);
	}

	/** Its body says nothing that matters more. */
	@ParameterizedTest
	@CsvSource({ "503, text/html, 14", "503, application/problem+json, 14", "400, application/problem+json, 3" })
	void refusalWhoseBodyHasNoRoomIsARefusal(int status, String type, int code) throws IOException {
		TestMemory memory = new TestMemory();
		memory.mostOfAnswers = 0;
		this.pod = new RelayFixture((call) -> call.answer(status, type, new byte[5000]), RelayListener.NONE,
				(builder) -> builder.memory(memory));
		this.pod.add(this.pod.action("items", ResultShape.ITEMS)).connect();
		ActionException error = call("items");
		assertThat(error).isNotNull();
		assertThat(error.code()).isEqualTo(code);
		assertThat(error.hasMaybeRun()).isFalse();
	}

	@Test
	void trailersAndInformationalAnswersAreSkipped() throws IOException {
		pod((call) -> {
			call.raw("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
			call.raw("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.agentsocket.frames\r\n"
					+ "Transfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n");
			call.chunk(ITEM);
			call.chunk(LAST);
			call.raw("0\r\nX-End: 1\r\n\r\n");
		});
		assertThat(call("items")).isNull();
		assertThat(this.items).containsExactly(7, 8);
	}

	@Test
	void bytesMayComeOneByOne() throws IOException {
		pod((call) -> {
			call.stream(Answers.FRAMES);
			for (int i = 0; i < 20; i++) {
				for (byte octet : ITEM) {
					call.chunk(new byte[] { octet });
				}
			}
			for (byte octet : LAST) {
				call.chunk(new byte[] { octet });
			}
			call.end();
		});
		assertThat(call("items")).isNull();
		assertThat(this.items).hasSize(21);
	}

	@Test
	void connectionIsUsedAgainAfterAStreamAndClosedAfterMoreThanTheEnd() throws IOException {
		pod((call) -> call.stream(Answers.FRAMES).chunk(ITEM).chunk(LAST).end());
		assertThat(call("items")).isNull();
		// The agent has the last item before the end of the body is here.
		Await.until(() -> {
			assertThat(call("items")).isNull();
			return !this.pod.function.calls.get(this.pod.function.calls.size() - 1).firstOfConnection();
		});
		this.pod.function.behaviour = (call) -> call.stream(Answers.FRAMES).chunk(LAST).chunk(ITEM).chunk(ITEM);
		this.items.clear();
		assertThat(call("items")).isNull();
		assertThat(this.items).containsExactly(8);
		Await.until(() -> this.pod.function.connections() == 0);
		recovers();
	}

	@Test
	void functionThatDoesNotAnswerIsGivenUp() throws IOException {
		CountDownLatch gone = new CountDownLatch(1);
		pod((call) -> {
			try {
				assertThat(call.socket().getInputStream().read()).isNegative();
			}
			finally {
				gone.countDown();
			}
		}, new FunctionSettings.Times(RelayFixture.TIMEOUT, SHORT, RelayFixture.TIMEOUT, RelayFixture.TIMEOUT));
		ActionException error = call("items");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		assertThat(error.hasMaybeRun()).isTrue();
		Await.until(() -> gone.getCount() == 0);
		recovers();
	}

	@Test
	void silenceInTheAnswerIsGivenUp() throws IOException {
		pod((call) -> {
			call.stream(Answers.FRAMES).chunk(ITEM);
			assertThat(call.socket().getInputStream().read()).isNegative();
		}, new FunctionSettings.Times(RelayFixture.TIMEOUT, RelayFixture.TIMEOUT, LONGER, RelayFixture.TIMEOUT));
		ActionException error = call("items");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(this.items).containsExactly(7);
		recovers();
	}

	@Test
	void endlessHeartbeatsEndWithTheTotalTime() throws IOException {
		pod((call) -> {
			call.stream(Answers.FRAMES);
			while (true) {
				call.chunk(HEARTBEAT);
				Await.pass(Duration.ofMillis(1), FLOOD);
			}
		}, new FunctionSettings.Times(RelayFixture.TIMEOUT, RelayFixture.TIMEOUT, RelayFixture.TIMEOUT, SHORT));
		assertThat(call("items").errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		recovers();
	}

	@Test
	void informationalAnswersWithoutEndAreGivenUp() throws IOException {
		pod((call) -> {
			while (true) {
				call.raw("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
				Await.pass(Duration.ofMillis(1), FLOOD);
			}
		}, RelayFixture.TIMES);
		assertThat(call("items").errorCode()).isEqualTo(ErrorCode.INTERNAL);
		recovers();
	}

	/** Nothing is read that nobody asks for, however much the function has. */
	@Test
	void slowAgentStopsTheFunctionAndIsNoSilence() throws Exception {
		AtomicInteger sent = new AtomicInteger();
		byte[] block = new byte[60_000];
		pod((call) -> {
			call.stream(Answers.FRAMES);
			while (true) {
				java.io.ByteArrayOutputStream frame = new java.io.ByteArrayOutputStream();
				java.util.Arrays.fill(block, (byte) ' ');
				block[0] = '7';
				frame.writeBytes(new byte[] { 0x4a, 1, (byte) (0x80 | block.length & 0x7f),
						(byte) (0x80 | block.length >> 7 & 0x7f), (byte) (block.length >> 14) });
				frame.writeBytes(block);
				call.chunk(frame.toByteArray());
				sent.incrementAndGet();
			}
		}, new FunctionSettings.Times(RelayFixture.TIMEOUT, RelayFixture.TIMEOUT, LONGER, RelayFixture.TIMEOUT));
		BaseSubscriber<Integer> slow = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
				subscription.request(1);
			}

			@Override
			protected void hookOnNext(Integer value) {
				MisbehavingFunctionTests.this.items.add(value);
			}

			@Override
			protected void hookOnError(Throwable error) {
				MisbehavingFunctionTests.this.items.add(error);
			}

		};
		this.pod.client.invoke("items").toFlux(Integer.class).subscribe(slow);
		Await.until(() -> this.items.size() == 1);
		// Sockets and one chunk hold some of it; the rest waits in the function.
		AtomicInteger before = new AtomicInteger(-1);
		StepVerifier.create(Await.ended(reactor.core.publisher.Flux.interval(SHORT.multipliedBy(2))
			.filter((tick) -> before.getAndSet(sent.get()) == sent.get())
			.next())).expectNextCount(1).expectComplete().verify(RelayFixture.TIMEOUT);
		assertThat(this.items).containsExactly(7);
		slow.request(3);
		Await.until(() -> this.items.size() == 4);
		assertThat(this.items).containsOnly(7);
		slow.cancel();
		Await.until(() -> this.pod.function.connections() == 0);
		recovers();
	}

	@Test
	void cancelAbortsTheRequest() throws Exception {
		CountDownLatch gone = new CountDownLatch(1);
		pod((call) -> {
			call.stream(Answers.FRAMES).chunk(ITEM);
			try {
				assertThat(call.socket().getInputStream().read()).isNegative();
			}
			finally {
				gone.countDown();
			}
		});
		Disposable running = this.pod.client.invoke("items").toFlux(Integer.class).subscribe(this.items::add);
		Await.until(() -> !this.items.isEmpty());
		running.dispose();
		assertThat(gone.await(RelayFixture.TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		recovers();
	}

	@Test
	void deadlineOfTheAgentAbortsTheRequestAndIsTold() throws Exception {
		CountDownLatch gone = new CountDownLatch(1);
		pod((call) -> {
			try {
				assertThat(call.socket().getInputStream().read()).isNegative();
			}
			finally {
				gone.countDown();
			}
		});
		// On a busy machine the deadline may be over before the request.
		while (this.pod.function.calls.isEmpty()) {
			StepVerifier
				.create(Await
					.ended(this.pod.client.invoke("items").timeout(Duration.ofSeconds(1)).toFlux(Integer.class)))
				.expectErrorMatches((error) -> ((ActionException) error).errorCode() == ErrorCode.DEADLINE_EXCEEDED)
				.verify(RelayFixture.TIMEOUT);
		}
		assertThat(gone.await(RelayFixture.TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
		Map<String, Object> body = this.pod.function.calls.get(0).json();
		assertThat(((Number) body.get("timeoutMs")).longValue()).isBetween(1L, 1000L);
	}

	@Test
	void stopRequestEndsAStreamWithWhatThereIs() throws Exception {
		pod((call) -> {
			call.stream(Answers.FRAMES).chunk(ITEM);
			assertThat(call.socket().getInputStream().read()).isNegative();
		});
		reactor.core.publisher.Sinks.Empty<Void> stop = reactor.core.publisher.Sinks.empty();
		StepVerifier.create(this.pod.client.invoke("items").stopWhen(stop.asMono()).toFlux(Integer.class))
			.expectNext(7)
			.then(stop::tryEmitEmpty)
			.expectComplete()
			.verify(RelayFixture.TIMEOUT);
	}

	/** Answers for each kind of failure before the answer begins. */
	static Stream<Arguments> retries() {
		return Stream.of(arguments("HTTP/1.1 503 X\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n", "items", 2),
				arguments("HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n", "items", 2),
				arguments("HTTP/1.1 503 X\r\nContent-Length: 0\r\nRetry-After: 3600\r\n\r\n", "items", 1),
				arguments("HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n", "items", 1),
				arguments("HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n", "again", 2),
				arguments("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", "again", 1),
				arguments("HTTP/1.1 400 X\r\nContent-Length: 0\r\n\r\n", "again", 1));
	}

	@ParameterizedTest
	@MethodSource("retries")
	void requestIsSentAgainOnlyWhereThatDoesNoHarm(String first, String action, int requests) throws IOException {
		AtomicInteger count = new AtomicInteger();
		pod((call) -> {
			if (count.incrementAndGet() == 1) {
				call.raw(first);
			}
			else {
				call.json("[1]");
			}
		});
		ActionException error = call(action);
		assertThat(this.pod.function.calls).hasSize(requests);
		assertThat(error == null).isEqualTo(requests == 2);
		if (requests == 2) {
			Map<String, Object> again = this.pod.function.calls.get(1).json();
			assertThat(again).containsEntry("attempt", 2)
				.containsEntry("invocation", this.pod.function.calls.get(0).json().get("invocation"));
			assertThat(this.pod.function.calls.get(1).headers().get("webhook-id"))
				.isNotEqualTo(this.pod.function.calls.get(0).headers().get("webhook-id"));
		}
	}

	@Test
	void reusedConnectionThatIsResetCostsNothingWhereThatDoesNoHarm() throws IOException {
		pod((call) -> call.json("[1]"));
		assertThat(call("again")).isNull();
		this.pod.function.behaviour = (call) -> {
			if (call.firstOfConnection()) {
				call.json("[2]");
			}
			else {
				call.reset();
			}
		};
		assertThat(call("again")).isNull();
		assertThat(this.items).containsExactly(1, 2);
		assertThat(this.pod.function.calls).hasSize(3);
	}

	@Test
	void reusedConnectionThatIsResetMayHaveRunTheAction() throws IOException {
		pod((call) -> call.json("[1]"));
		assertThat(call("items")).isNull();
		this.pod.function.behaviour = (call) -> {
			if (call.firstOfConnection()) {
				call.json("[2]");
			}
			else {
				call.reset();
			}
		};
		ActionException error = call("items");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.LOST);
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(this.pod.function.calls).hasSize(2);
	}

	@Test
	void nothingIsRepeatedAfterAnItem() throws IOException {
		pod((call) -> {
			call.stream(Answers.FRAMES).chunk(ITEM);
			Await.until(() -> !this.items.isEmpty());
			call.reset();
		});
		assertThat(call("again").errorCode()).isEqualTo(ErrorCode.LOST);
		assertThat(this.pod.function.calls).hasSize(1);
	}

	@Test
	void functionThatIsNotThereIsNotRun() throws IOException {
		pod((call) -> call.json("[1]"));
		this.pod.function.close();
		try (Socket nobody = new Socket()) {
			// Nobody else gets the port meanwhile, and nobody listens.
			nobody.setReuseAddress(true);
			Await.until(() -> isBound(nobody, this.pod.function.url().getPort()));
			ActionException error = call("items");
			assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
			assertThat(error.isRetryable()).isTrue();
			assertThat(error.hasMaybeRun()).isFalse();
		}
	}

	/** The port is free when the thread that waits for connections has noticed. */
	private static boolean isBound(Socket socket, int port) {
		try {
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Test
	void retriesHaveABudget() {
		RetryRules rules = new RetryRules(3);
		FunctionFailure failure = new FunctionFailure(FunctionFailure.Kind.CONNECT,
				new ActionException(ErrorCode.UNAVAILABLE, "x"));
		List<Duration> granted = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			rules.requested();
			Duration wait = rules.retry(failure, 1, false, new RequestTiming(), 0, Duration.ofDays(1));
			if (wait != null) {
				granted.add(wait);
			}
		}
		// Ten that were saved up, and a tenth of the requests.
		assertThat(granted).hasSizeBetween(19, 20);
	}

}
