package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Violation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Blame for failures, and whether the method had been entered: what an error says of
 * that, and what it means for call keys.
 */
@ExtendWith(OutputCaptureExtension.class)
class WhoseFaultTests {

	/** Cannot be written. */
	public static final class Broken {

		public int getX() {
			throw new IllegalStateException("no x");
		}

	}

	private final Pair pair = new Pair();

	private final AtomicInteger runs = new AtomicInteger();

	@BeforeEach
	void connect() {
		this.pair.connect();
	}

	private ActionException failure(String action) {
		return failure(action, null);
	}

	private ActionException failure(String action, String idempotencyKey) {
		List<Throwable> errors = new ArrayList<>();
		io.agentsocket.action.InvocationSpec call = this.pair.client.invoke(action);
		if (idempotencyKey != null) {
			call.idempotencyKey(idempotencyKey);
		}
		call.toMono(Object.class).subscribe(null, errors::add);
		this.pair.settle();
		assertThat(errors).as("errors of " + action).hasSize(1);
		return (ActionException) errors.get(0);
	}

	private static Stream<Integer> codes() {
		return Stream.concat(Stream.of(ErrorCode.values()).map(ErrorCode::code), Stream.of(77, 256, 4711));
	}

	@ParameterizedTest
	@MethodSource("codes")
	void errorOfSomebodyElseDoesNotPassAsOneOfTheAction(int code, CapturedOutput output) {
		this.pair.clientActions.value("agent.word", (exchange) -> {
			throw new ActionException(code, "third party\r\n2026-01-01 FORGED LINE").retryable()
				.withViolations(List.of(new Violation("/secret", "rule", "theirs")));
		});
		this.pair.serverActions.value("tool", (exchange) -> exchange.invoke("agent.word").toMono(String.class));
		ActionException error = failure("tool");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.INTERNAL);
		assertThat(error.getMessage()).isEqualTo("The action failed");
		assertThat(error.violations()).isEmpty();
		assertThat(error.isRetryable()).isFalse();
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(error.correlation()).isNotNull();
		assertThat(output).contains("Action tool failed [" + error.correlation() + "]").contains("WARN");
		assertThat(output.toString().lines()).noneMatch((line) -> line.startsWith("2026-01-01 FORGED"));
		this.pair.assertClean();
	}

	@Test
	void errorThatIsPassedOnOnPurposeIsOneOfTheAction() {
		this.pair.clientActions.value("agent.word", (exchange) -> {
			throw new ActionException(ErrorCode.NOT_FOUND, "no such word");
		});
		this.pair.serverActions.value("tool",
				(exchange) -> exchange.invoke("agent.word")
					.toMono(String.class)
					.onErrorMap(ActionException.class, ActionException::asOwn));
		ActionException error = failure("tool");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.NOT_FOUND);
		assertThat(error.getMessage()).isEqualTo("no such word");
	}

	@Test
	void markOfAForeignErrorSurvivesChanges() {
		ActionException foreign = new ActionException(ErrorCode.NOT_FOUND, "theirs").foreign();
		assertThat(foreign.retryable().mayHaveRun().withCause(new RuntimeException()).withCorrelation("c").isForeign())
			.isTrue();
		assertThat(foreign.withViolations(List.of()).isForeign()).isTrue();
		assertThat(foreign.asOwn().isForeign()).isFalse();
		assertThat(foreign.foreign()).isSameAs(foreign);
		assertThat(new ActionException(300, "mine").notRun().mayHaveRun().isNotRun()).isFalse();
	}

	@Test
	void eventThatIsTooLargeIsNotTheCallersFault() {
		this.pair.serverActions.value("tool", (exchange) -> {
			exchange.sendEvent("news", "x".repeat(2 << 20));
			return Mono.just("sent");
		});
		assertThat(failure("tool").errorCode()).isEqualTo(ErrorCode.INTERNAL);
	}

	private static Stream<ActionHandler> codecFailures() {
		return Stream.of((exchange) -> exchange.invoke("word").toMono(Integer.class),
				(exchange) -> exchange.invoke("word").toFlux(Integer.class).collectList(),
				(exchange) -> exchange.invoke("word").arguments(Map.of("x", new Broken())).toMono(String.class),
				(exchange) -> Mono.fromRunnable(() -> exchange.progress(Double.NaN, 1.0, "half")),
				(exchange) -> Mono.fromRunnable(() -> exchange.codec().encode(new Broken())),
				(exchange) -> Mono.fromRunnable(() -> exchange.codec().decode(Bytes.of(new byte[] { 1 }), Map.class)),
				(exchange) -> Mono.fromRunnable(() -> exchange.sendEvent("e", new Broken())),
				(exchange) -> Mono.error(new CodecException(false, "/a\nb", "mine\nFORGED LINE", null)));
	}

	@ParameterizedTest
	@MethodSource("codecFailures")
	void whatIsNotOneOfTheArgumentsIsNotTheCallersFault(ActionHandler handler, CapturedOutput output) {
		this.pair.clientActions.value("word", (exchange) -> Mono.just("text"));
		this.pair.serverActions.value("tool", handler);
		ActionException error = failure("tool");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.INTERNAL);
		assertThat(error.violations()).isEmpty();
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(output).contains("Action tool failed [" + error.correlation() + "]");
		assertThat(output.toString().lines()).noneMatch((line) -> line.startsWith("FORGED"));
	}

	private static Stream<Object> resultsThatCannotBeSent() {
		return Stream.of(Double.NaN, Float.NEGATIVE_INFINITY, List.of(1.5, Double.NaN), Map.of("x", Double.NaN),
				"half a pair \uD83D", List.of("\uDE00"), new Broken(), List.of(new Broken()));
	}

	@ParameterizedTest
	@MethodSource("resultsThatCannotBeSent")
	void resultThatCannotBeSentIsALineThatNamesTheAction(Object result, CapturedOutput output) {
		this.pair.serverActions.value("orders.value", (exchange) -> Mono.just(result));
		this.pair.serverActions.items("orders.items", (exchange) -> Flux.just(1, result));
		for (String action : List.of("orders.value", "orders.items")) {
			ActionException error = failure(action);
			assertThat(error.errorCode()).isEqualTo(ErrorCode.INTERNAL);
			assertThat(error.correlation()).isNotNull();
			assertThat(output.toString().lines()).filteredOn((line) -> line.contains(error.correlation()))
				.singleElement()
				.asString()
				.contains("Action " + action + " failed [" + error.correlation() + "]");
		}
	}

	@Test
	void argumentsThatAnActionReadsByItselfAreTheCallersFault() {
		record Order(int n) {
		}
		this.pair.serverActions.value("tool", (exchange) -> Mono.fromCallable(() -> exchange.arguments(Order.class)));
		List<Throwable> errors = new ArrayList<>();
		this.pair.client.invoke("tool")
			.arguments(Map.of("n", List.of("no number")))
			.toMono(Object.class)
			.subscribe(null, errors::add);
		this.pair.settle();
		ActionException error = (ActionException) errors.get(0);
		assertThat(error.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
		assertThat(error.violations()).hasSize(1);
	}

	private static Stream<Function<AgentExchange, Mono<?>>> failuresAfterEffects() {
		return Stream.of((exchange) -> exchange.invoke("word").toMono(Integer.class),
				(exchange) -> Mono.error(new ActionException(ErrorCode.INVALID_ARGUMENT, "too late")),
				(exchange) -> Mono.error(new ActionException(ErrorCode.REFUSED, "too late")),
				(exchange) -> Mono.error(new ActionException(ErrorCode.UNKNOWN_ALIAS, "too late").retryable()),
				(exchange) -> Mono.error(new ActionException(ErrorCode.SESSION_RESET, "too late")),
				(exchange) -> exchange.invoke("nowhere").toMono(String.class),
				(exchange) -> exchange.invoke("refuses").toMono(String.class),
				(exchange) -> Mono.fromCallable(() -> exchange.arguments(Integer.class)),
				(exchange) -> Mono.error(new IllegalStateException("boom")),
				(exchange) -> Mono.just("x".repeat(2 << 20)));
	}

	@ParameterizedTest
	@MethodSource("failuresAfterEffects")
	void callThatHasRunIsNotForgottenWhateverItEndsWith(Function<AgentExchange, Mono<?>> failure) {
		this.pair.clientActions.value("word", (exchange) -> Mono.just("text"));
		this.pair.clientActions.value("refuses", (exchange) -> {
			throw new ActionException(ErrorCode.REFUSED, "no").notRun();
		});
		this.pair.serverActions.value("pay", (exchange) -> Mono.defer(() -> {
			this.runs.incrementAndGet();
			return failure.apply(exchange);
		}));
		ActionException first = failure("pay", "key-1");
		assertThat(first.hasMaybeRun()).isTrue();
		assertThat(first.errorCode()).isNotIn(ErrorCode.REFUSED, ErrorCode.UNKNOWN_ALIAS, ErrorCode.SESSION_RESET);
		ActionException second = failure("pay", "key-1");
		assertThat(this.runs).hasValue(1);
		assertThat(second.hasMaybeRun()).isTrue();
		assertThat(second.code()).isEqualTo(first.code());
	}

	@Test
	void callByAliasIsNotRepeatedBecauseItsActionSaysThatTheAliasIsUnknown() {
		this.pair.serverActions.value("pay", (exchange) -> {
			this.runs.incrementAndGet();
			throw new ActionException(ErrorCode.UNKNOWN_ALIAS, "made up").retryable();
		});
		failure("pay");
		failure("pay");
		assertThat(this.runs).hasValue(2);
	}

	@Test
	void whatTheProductRefusedBeforeTheMethodRunsWithTheSameKey() {
		this.pair.serverActions.value("pay", (exchange) -> {
			if (this.runs.incrementAndGet() == 1) {
				throw new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "busy").retryable().notRun();
			}
			return Mono.just("paid");
		});
		ActionException error = failure("pay", "key-1");
		assertThat(error.hasMaybeRun()).isFalse();
		List<Object> results = new ArrayList<>();
		this.pair.client.invoke("pay").idempotencyKey("key-1").toMono(String.class).subscribe(results::add);
		this.pair.settle();
		assertThat(results).containsExactly("paid");
	}

	@Test
	void callThatWasNotApprovedCertainlyDidNotRun() {
		this.pair.clientActions.value("as.approve", (exchange) -> Mono.just(Map.of("outcome", "decline")));
		this.pair.serverActions.add("pay", ResultShape.VALUE, false,
				new ActionHints(false, true, false, false, true, null), (exchange) -> {
					this.runs.incrementAndGet();
					return Mono.just("paid");
				});
		ActionException error = failure("pay", "key-1");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(error.hasMaybeRun()).isFalse();
		this.pair.clientActions.value("as.approve", (exchange) -> Mono.just(Map.of("outcome", "approve")));
		List<Object> results = new ArrayList<>();
		this.pair.client.invoke("pay").idempotencyKey("key-1").toMono(String.class).subscribe(results::add);
		this.pair.settle();
		assertThat(results).containsExactly("paid");
	}

	@Test
	void callerThatGivesNoApprovalsIsNotSaidToHaveDeclined() {
		this.pair.serverActions.add("pay", ResultShape.VALUE, false,
				new ActionHints(false, true, false, false, true, null), (exchange) -> Mono.just("paid"));
		ActionException error = failure("pay");
		assertThat(error.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(error.getMessage()).contains("its caller decides on none");
		assertThat(error.hasMaybeRun()).isFalse();
	}

	@Test
	void errorsOfTheProductAfterTheMethodWasEnteredSayThatItMayHaveRun() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("hold", (exchange) -> Mono.never());
		raw.actions.add("timed", ResultShape.VALUE, false,
				new ActionHints(false, false, false, false, false, Duration.ofSeconds(1)), (exchange) -> Mono.never());
		raw.actions.taking("items", ResultShape.VALUE, (exchange) -> Mono.never());
		raw.send(RawPeer.invoke(1, "timed"));
		raw.advance(Duration.ofSeconds(2));
		assertMayHaveRun(raw, ErrorCode.DEADLINE_EXCEEDED);
		raw.send(RawPeer.invoke(3, "hold"), new Frame.Interrupt(3, 0, Bytes.EMPTY, ""));
		assertMayHaveRun(raw, ErrorCode.CANCELLED);
		raw.send(RawPeer.invokeOpen(5, "hold"), RawPeer.text(5, "unasked", false));
		assertMayHaveRun(raw, ErrorCode.FAILED_PRECONDITION);
		raw.send(RawPeer.invokeOpen(7, "items"));
		IntStream.rangeClosed(0, Limits.SERVER.items()).forEach((i) -> raw.send(RawPeer.text(7, "more", false)));
		assertMayHaveRun(raw, ErrorCode.RESOURCE_EXHAUSTED);
		raw.send(new Frame.Invoke(9, true, Frame.Ref.name("hold"),
				raw.codec.encodeMetadata(new Metadata(0, 500, null, null, -1, null, null, null, 0)), Bytes.EMPTY));
		raw.advance(Duration.ofSeconds(1));
		assertMayHaveRun(raw, ErrorCode.DEADLINE_EXCEEDED);
		raw.send(RawPeer.invoke(11, "nothing"));
		assertThat(raw.only(Frame.Error.class).mayHaveRun()).isFalse();
	}

	private static void assertMayHaveRun(RawPeer raw, ErrorCode code) {
		Frame.Error error = (Frame.Error) raw.frames()
			.stream()
			.filter(Frame.Error.class::isInstance)
			.findFirst()
			.orElseThrow();
		assertThat(error.code()).isEqualTo(code.code());
		assertThat(error.mayHaveRun()).as(code.name()).isTrue();
	}

	@Test
	void ownDeadlineOfACallThatWasSentMayHaveRun() {
		RawPeer raw = RawPeer.ofClient();
		List<Throwable> errors = new ArrayList<>();
		raw.peer.invoke("a").timeout(Duration.ofSeconds(1)).toMono(String.class).subscribe(null, errors::add);
		raw.advance(Duration.ofSeconds(2));
		assertThat(errors).singleElement().satisfies((error) -> {
			assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
			assertThat(((ActionException) error).hasMaybeRun()).isTrue();
		});
	}

	@Test
	void ownDeadlineOfACallThatWasNotSentHasNotRun() {
		RawPeer raw = new RawPeer(PeerSettings.Role.CLIENT);
		List<Throwable> errors = new ArrayList<>();
		raw.peer.invoke("a").timeout(Duration.ofSeconds(1)).toMono(String.class).subscribe(null, errors::add);
		raw.advance(Duration.ofSeconds(2));
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(((ActionException) error).hasMaybeRun()).isFalse());
	}

	@Test
	void callThatWaitsWhenTheSessionEndsHasNotRunAndOneThatWasSentMayHave() {
		RawPeer raw = new RawPeer(PeerSettings.Role.CLIENT).attach();
		List<String> ends = new ArrayList<>();
		raw.peer.invoke("sent").toMono(String.class).subscribe(null, (error) -> ends.add("sent " + maybe(error)));
		raw.settle();
		raw.peer.detached(raw.transport, 1006);
		raw.settle();
		raw.peer.invoke("waits").toMono(String.class).subscribe(null, (error) -> ends.add("waits " + maybe(error)));
		raw.peer.end(1000, new ActionException(ErrorCode.LOST, "over").mayHaveRun());
		raw.settle();
		raw.peer.invoke("late").toMono(String.class).subscribe(null, (error) -> ends.add("late " + maybe(error)));
		raw.settle();
		assertThat(ends).containsExactlyInAnyOrder("sent true", "waits false", "late false");
	}

	private static boolean maybe(Throwable error) {
		return ((ActionException) error).hasMaybeRun();
	}

	@Test
	void streamThatBreaksTheCreditOrCannotBeDecodedMayHaveRun() {
		RawPeer raw = RawPeer.ofClient();
		List<Throwable> errors = new ArrayList<>();
		raw.peer.invoke("a").toFlux(String.class).subscribe(null, errors::add);
		raw.settle();
		raw.send(new Frame.Item(io.agentsocket.protocol.FrameType.TEXT, 1, false, Bytes.EMPTY,
				Bytes.of(new byte[] { (byte) 0xFF })));
		raw.peer.invoke("b").toFlux(String.class).subscribe(new reactor.core.publisher.BaseSubscriber<>() {
			@Override
			protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
				subscription.request(1);
			}

			@Override
			protected void hookOnError(Throwable error) {
				errors.add(error);
			}
		});
		raw.settle();
		raw.send(RawPeer.text(3, "one", false), RawPeer.text(3, "two", false));
		assertThat(errors).hasSize(2).allSatisfy((error) -> assertThat(maybe(error)).isTrue());
	}

	@Test
	void nestedCallThatEndsByTheSameDeadlineIsTheDeadline() {
		Sinks.One<String> never = Sinks.one();
		this.pair.clientActions.value("slow", (exchange) -> never.asMono());
		this.pair.serverActions.value("tool", (exchange) -> exchange.invoke("slow").toMono(String.class));
		List<Throwable> errors = new ArrayList<>();
		this.pair.client.invoke("tool")
			.timeout(Duration.ofSeconds(30))
			.toMono(String.class)
			.subscribe(null, errors::add);
		this.pair.advance(Duration.ofSeconds(31));
		assertThat(errors).singleElement()
			.satisfies((error) -> assertThat(((ActionException) error).errorCode())
				.isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
	}

}
