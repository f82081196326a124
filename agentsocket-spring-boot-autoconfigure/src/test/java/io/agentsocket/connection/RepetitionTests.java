package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.Discovery;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Invocations that are open when the session is reset.
 */
class RepetitionTests {

	private static final ActionException RESET = new ActionException(ErrorCode.SESSION_RESET, "reset").mayHaveRun();

	private static final ActionHints IDEMPOTENT = new ActionHints(false, false, true, false, false, null);

	private static final ActionHints READ_ONLY = new ActionHints(true, false, false, false, false, null);

	private static final ActionHints APPROVED = new ActionHints(false, false, true, false, true, null);

	private final Pair pair = new Pair().connect();

	private final List<Object> signals = new ArrayList<>();

	private final List<Map<?, ?>> arguments = new ArrayList<>();

	/** Answers of each run of the actions. */
	private final List<Sinks.Many<Object>> runs = new ArrayList<>();

	RepetitionTests() {
		Discovery.actions((session) -> this.pair.serverActions, ActionRanking.standard())
			.forEach(this.pair.serverActions::add);
		Discovery.actions((session) -> this.pair.clientActions, ActionRanking.standard())
			.forEach(this.pair.clientActions::add);
		offer("none", ResultShape.VALUE, ActionHints.NONE);
		offer("idempotent", ResultShape.VALUE, IDEMPOTENT);
		offer("readonly", ResultShape.VALUE, READ_ONLY);
		offer("approved", ResultShape.VALUE, APPROVED);
		offer("items", ResultShape.ITEMS, IDEMPOTENT);
		offer("text", ResultShape.TEXT, IDEMPOTENT);
		this.pair.settle();
	}

	private void offer(String name, ResultShape shape, ActionHints hints) {
		this.pair.serverActions.add(name, shape, false, hints, (exchange) -> {
			Sinks.Many<Object> run = Sinks.many().unicast().onBackpressureBuffer();
			this.runs.add(run);
			this.arguments.add(exchange.<Map<?, ?>>arguments(Map.class));
			return run.asFlux();
		});
	}

	private Disposable record(String name, Flux<?> call) {
		return call.subscribe((item) -> this.signals.add(name + "=" + item), (error) -> {
			ActionException exception = (ActionException) error;
			this.signals.add(name + "!" + exception.code() + (exception.hasMaybeRun() ? "?" : ""));
		}, () -> this.signals.add(name + "."));
	}

	private void answer(int run, Object value) {
		this.runs.get(run).tryEmitNext(value);
		this.runs.get(run).tryEmitComplete();
		this.pair.settle();
	}

	private void reset(boolean sameSession) {
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", sameSession);
		if (sameSession) {
			this.pair.server.reset(RESET, "log", true);
		}
		else {
			this.pair.replaceServer();
		}
		this.pair.connect();
		this.pair.settle();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callThatIsSaidToBeIdempotentIsMadeAgain(boolean sameSession) {
		record("call", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		reset(sameSession);
		assertThat(this.runs).hasSize(2);
		assertThat(this.signals).isEmpty();
		answer(1, "done");
		assertThat(this.signals).containsExactly("call=done", "call.");
		this.pair.assertClean();
	}

	@ParameterizedTest
	@CsvSource({ "none, false", "idempotent, true", "readonly, true", "approved, false" })
	void otherSideIsAskedWhatItsActionsAre(String action, boolean repeated) {
		this.pair.clientActions.value(Names.APPROVE, (exchange) -> Mono.never());
		int before = action.equals("approved") ? 0 : 1;
		record("call", this.pair.client.invoke(action).arguments(Map.of("n", 7)).toMono(String.class).flux());
		this.pair.settle();
		assertThat(this.runs).hasSize(before);
		reset(false);
		assertThat(this.runs).hasSize(repeated ? 2 : before);
		if (repeated) {
			answer(1, "done");
			assertThat(this.arguments.get(1)).isEqualTo(Map.of("n", 7));
		}
		assertThat(this.signals)
			.containsExactlyElementsOf(repeated ? List.of("call=done", "call.") : List.of("call!37?"));
		this.pair.assertClean();
	}

	@Test
	void manyKindsOfCallsAreAskedForTogetherAndKeepTheirOrder() {
		List<String> ran = new ArrayList<>();
		for (int i = 0; i < 25; i++) {
			String name = "a" + i;
			this.pair.serverActions.add(name, ResultShape.VALUE, false, IDEMPOTENT, (exchange) -> {
				ran.add(name);
				return (ran.size() <= 25) ? Mono.never() : Mono.just(name);
			});
			record(name, this.pair.client.invoke(name).toMono(String.class).flux());
		}
		this.pair.settle();
		List<String> expected = List.copyOf(ran);
		this.pair.cut();
		record("later", this.pair.client.invoke("a0").toMono(String.class).flux());
		reset(false);
		assertThat(ran.subList(ran.size() - 25, ran.size())).isEqualTo(expected);
		assertThat(this.signals).hasSize(52);
		this.pair.assertClean();
	}

	@Test
	void callsThatAreMadeAgainGoAheadOfThoseThatWait() {
		List<String> ran = new ArrayList<>();
		this.pair.serverActions.value("log", (exchange) -> {
			ran.add((String) exchange.<Map<?, ?>>arguments(Map.class).get("n"));
			return Mono.never();
		});
		for (String n : List.of("1", "2", "3")) {
			this.pair.client.invoke("log").arguments(Map.of("n", n)).idempotent(true).toMono(String.class).subscribe();
		}
		this.pair.settle();
		this.pair.cut();
		this.pair.client.invoke("log").arguments(Map.of("n", "4")).toMono(String.class).subscribe();
		reset(false);
		assertThat(ran).containsExactly("1", "2", "3", "1", "2", "3", "4");
	}

	@Test
	void callThatMayNotBeMadeAgainIsNotAskedFor() {
		record("call", this.pair.client.invoke("idempotent").idempotent(false).toMono(String.class).flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", true);
		this.pair.settle();
		assertThat(this.signals).containsExactly("call!37?");
	}

	@Test
	void callThatWasNotSentIsMadeAgainWhateverItIs() {
		this.pair.clientSide.writable = false;
		record("call", this.pair.client.invoke("none").idempotent(false).toMono(String.class).flux());
		record("large",
				this.pair.client.invoke("none")
					.idempotent(false)
					.arguments(Map.of("x", "y".repeat(50_000)))
					.toMono(String.class)
					.flux());
		this.pair.settle();
		assertThat(TestPeers.openStreams(this.pair.client)).isEqualTo(2);
		reset(false);
		assertThat(this.runs).hasSize(2);
		answer(0, "done");
		answer(1, "large");
		assertThat(this.signals).containsExactly("call=done", "call.", "large=large", "large.");
		this.pair.assertClean();
	}

	@Test
	void callOfWhichOnlyAPartWasSentHasNotRun() {
		RawPeer raw = RawPeer.ofClient();
		Limits small = new Limits(16_384, 16_384, 1 << 20, 1 << 20, 10, 32, 32_768, 16, 128, 4096, 32);
		raw.attach(small, 0);
		record("call",
				raw.peer.invoke("a")
					.arguments(Map.of("x", "y".repeat(60_000)))
					.idempotent(false)
					.toMono(String.class)
					.flux());
		record("items", raw.peer.invoke("b").items(Flux.never()).toMono(String.class).flux());
		raw.settle();
		assertThat(raw.frames()).hasOnlyElementsOfType(Frame.Part.class).isNotEmpty();
		raw.peer.detached(raw.transport, 1006);
		raw.peer.reset(RESET, "log", false);
		raw.attach();
		// Its items may have been used up.
		assertThat(this.signals).containsExactly("items!37");
		List<Frame> again = raw.frames();
		assertThat(again.get(0)).isInstanceOf(Frame.Part.class);
		assertThat(again.get(again.size() - 1)).isInstanceOf(Frame.Invoke.class);
	}

	@Test
	void keyIsAnsweredWithTheKeptResultInTheSameSession() {
		record("call", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		this.pair.breakCable();
		answer(0, "once");
		reset(true);
		assertThat(this.runs).hasSize(1);
		assertThat(this.signals).containsExactly("call=once", "call.");
		this.pair.assertClean();
	}

	@Test
	void keyOfACallThatWasStoppedByTheResetIsLost() {
		record("call", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		reset(true);
		assertThat(this.runs).hasSize(1);
		assertThat(this.signals).containsExactly("call!32?");
		this.pair.assertClean();
	}

	@Test
	void keyMeansNothingInAnotherSession() {
		record("call", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		reset(false);
		assertThat(this.runs).hasSize(1);
		assertThat(this.signals).containsExactly("call!37?");
		this.pair.assertClean();
	}

	/** The call waits to be sent again, or only PARTs of it were sent again. */
	@ParameterizedTest
	@CsvSource({ "false, false", "false, true", "true, false", "true, true" })
	void keyOfACallThatWaitsToBeSentAgainIsForgottenWithTheSession(boolean sameSession, boolean large) {
		record("call",
				this.pair.client.invoke("none")
					.arguments(Map.of("x", "y".repeat(large ? 600_000 : 0)))
					.idempotencyKey("k")
					.toMono(String.class)
					.flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", true);
		this.pair.server.reset(RESET, "log", true);
		if (large) {
			this.pair.connect();
			this.pair.breakCable();
		}
		reset(sameSession);
		assertThat(this.runs).hasSize(1);
		assertThat(this.signals).containsExactly(sameSession ? "call!32?" : "call!37?");
		this.pair.assertClean();
	}

	@Test
	void callWithAKeyThatWaitsToBeSentAgainFailsWithTheSession() {
		record("call", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", true);
		record("waits", this.pair.client.invoke("none").idempotencyKey("w").toMono(String.class).flux());
		this.pair.settle();
		this.pair.client.abandon(RESET);
		this.pair.replaceServer();
		this.pair.connect();
		this.pair.settle();
		assertThat(this.runs).hasSize(2);
		assertThat(this.signals).containsExactly("call!37?");
		answer(1, "done");
		assertThat(this.signals).containsExactly("call!37?", "waits=done", "waits.");
		this.pair.assertClean();
	}

	/** A session that did not get the call does not know its key. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callThatWaitsToBeSentAgainIsAskedForAgain(boolean idempotent) {
		record("call", this.pair.client.invoke("idempotent").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		// Nothing is sent any more when the second session has said what its action is.
		describe(IDEMPOTENT, () -> this.pair.clientSide.writable = false);
		reset(false);
		assertThat(this.runs).hasSize(1);
		assertThat(this.signals).isEmpty();
		describe(idempotent ? IDEMPOTENT : ActionHints.NONE, () -> {
		});
		reset(true);
		assertThat(this.runs).hasSize(idempotent ? 2 : 1);
		if (idempotent) {
			answer(1, "done");
		}
		assertThat(this.signals)
			.containsExactlyElementsOf(idempotent ? List.of("call=done", "call.") : List.of("call!37?"));
		this.pair.assertClean();
	}

	/**
	 * The first names are in an answer that came, the last one is in one that did not.
	 */
	@Test
	void answersOfASessionThatIsGoneAreForgotten() {
		for (int i = 0; i < 11; i++) {
			offer("a" + i, ResultShape.VALUE, IDEMPOTENT);
			record("a" + i, this.pair.client.invoke("a" + i).toMono(String.class).flux());
		}
		this.pair.settle();
		AtomicInteger asked = new AtomicInteger();
		describe(IDEMPOTENT, () -> {
			if (asked.incrementAndGet() == 2) {
				this.pair.breakCable();
			}
		});
		reset(false);
		assertThat(asked).hasValue(2);
		describe(ActionHints.NONE, () -> {
		});
		reset(false);
		assertThat(this.runs).hasSize(11);
		assertThat(this.signals).hasSize(11).allMatch((signal) -> signal.toString().endsWith("!37?"));
		this.pair.assertClean();
	}

	/** The server answers that its actions have these hints. */
	private void describe(ActionHints hints, Runnable asked) {
		this.pair.serverActions.value(Names.DESCRIBE, (exchange) -> {
			List<?> names = (List<?>) exchange.<Map<?, ?>>arguments(Map.class).get("names");
			asked.run();
			return Mono.just(Map.of("actions",
					names.stream()
						.map((name) -> Map.of("name", name, "hints", Map.of("idempotent", hints.idempotent())))
						.toList()));
		});
	}

	@Test
	void idempotentCallWithAKeyRunsAgainInTheSameSession() {
		record("call", this.pair.client.invoke("idempotent").idempotencyKey("k").toMono(String.class).flux());
		reset(true);
		assertThat(this.runs).hasSize(2);
		answer(1, "done");
		assertThat(this.signals).containsExactly("call=done", "call.");
		this.pair.assertClean();
	}

	@Test
	void keysOfTheOtherSideAreForgottenWithTheSession() {
		List<String> ran = new ArrayList<>();
		this.pair.clientActions.value("pay", (exchange) -> Mono.fromSupplier(() -> {
			ran.add(exchange.idempotencyKey());
			return "paid";
		}));
		record("first", this.pair.server.invoke("pay").idempotencyKey("k").toMono(String.class).flux());
		reset(true);
		record("second", this.pair.server.invoke("pay").idempotencyKey("k").toMono(String.class).flux());
		reset(false);
		record("third", this.pair.server.invoke("pay").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		assertThat(this.signals).containsExactly("first=paid", "first.", "second=paid", "second.", "third=paid",
				"third.");
		assertThat(ran).hasSize(2);
	}

	/** Calls with keys of their own, many or with large results, ran meanwhile. */
	@ParameterizedTest
	@CsvSource({ "1100, 1", "20, 16000" })
	void keyOfACallThatRunsIsNotForgotten(int others, int size) {
		this.pair.serverActions.value("other", (exchange) -> Mono.just("x".repeat(size)));
		record("call", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		for (int i = 0; i < others; i++) {
			this.pair.client.invoke("other").idempotencyKey("o" + i).toMono(String.class).subscribe();
			this.pair.settle();
		}
		record("same", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		assertThat(this.signals).containsExactly("same!6?");
		this.pair.breakCable();
		reset(true);
		assertThat(this.runs).hasSize(1);
		assertThat(this.signals).containsExactly("same!6?", "call!32?");
		this.pair.assertClean();
	}

	/** A result that has no room is forgotten, and the key is not. */
	@Test
	void callWhoseResultHasNoRoomAnyMoreDoesNotRunAgain() {
		this.pair.serverActions.value("other", (exchange) -> Mono.just("x".repeat(16_000)));
		record("call", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		answer(0, "once");
		for (int i = 0; i < 20; i++) {
			this.pair.client.invoke("other").idempotencyKey("o" + i).toMono(String.class).subscribe();
			this.pair.settle();
		}
		record("same", this.pair.client.invoke("none").idempotencyKey("k").toMono(String.class).flux());
		this.pair.settle();
		assertThat(this.signals).containsExactly("call=once", "call.", "same!6?");
		assertThat(this.runs).hasSize(1);
	}

	@Test
	void streamThatHasDeliveredSomethingIsNotBegunAgain() {
		record("some", this.pair.client.invoke("items").idempotent(true).toFlux(String.class));
		record("none", this.pair.client.invoke("items").idempotent(true).toFlux(String.class));
		this.pair.settle();
		this.runs.get(0).tryEmitNext("a");
		reset(false);
		assertThat(this.signals).containsExactly("some=a", "some!37?");
		assertThat(this.runs).hasSize(3);
		answer(2, "b");
		assertThat(this.signals).containsExactly("some=a", "some!37?", "none=b", "none.");
		this.pair.assertClean();
	}

	@Test
	void valueThatWasCollectedInPartIsCollectedAnew() {
		record("joined", this.pair.client.invoke("text").toMono(String.class).flux());
		record("last", this.pair.client.invoke("items").toMono(String.class).flux());
		this.pair.settle();
		this.runs.get(0).tryEmitNext("Hello ");
		this.runs.get(1).tryEmitNext("early");
		reset(false);
		this.runs.get(2).tryEmitNext("Good ");
		this.runs.get(2).tryEmitNext("day");
		this.runs.get(2).tryEmitComplete();
		this.runs.get(3).tryEmitComplete();
		this.pair.settle();
		assertThat(this.signals).containsExactly("joined=Good day", "joined.", "last.");
		this.pair.assertClean();
	}

	@Test
	void creditIsGivenAnew() {
		List<String> items = new ArrayList<>();
		BaseSubscriber<String> subscriber = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
				subscription.request(1);
			}

			@Override
			protected void hookOnNext(String item) {
				items.add(item);
			}

		};
		this.pair.client.invoke("items").toFlux(String.class).subscribe(subscriber);
		this.pair.settle();
		subscriber.request(1);
		this.pair.cut();
		subscriber.request(1);
		reset(false);
		for (int i = 0; i < 6; i++) {
			this.runs.get(1).tryEmitNext("i" + i);
		}
		this.pair.settle();
		assertThat(items).containsExactly("i0", "i1", "i2");
		subscriber.request(2);
		this.pair.settle();
		assertThat(items).hasSize(5);
	}

	@Test
	void callWithItemsOfTheCallerFails() {
		this.pair.serverActions.taking("collect", ResultShape.VALUE,
				(exchange) -> exchange.inbound(String.class).count());
		Sinks.Many<String> items = Sinks.many().unicast().onBackpressureBuffer();
		record("call",
				this.pair.client.invoke("collect")
					.items(items.asFlux())
					.idempotent(true)
					.idempotencyKey("k")
					.toMono(Long.class)
					.flux());
		reset(true);
		assertThat(this.signals).containsExactly("call!37?");
		assertThat(items.currentSubscriberCount()).isZero();
		this.pair.assertClean();
	}

	@Test
	void deadlineGoesOn() {
		RawPeer raw = RawPeer.ofClient();
		record("call",
				raw.peer.invoke("a").timeout(Duration.ofSeconds(10)).idempotent(true).toMono(String.class).flux());
		raw.settle();
		assertThat(deadline(raw)).isEqualTo(10_000);
		raw.advance(Duration.ofSeconds(4));
		raw.peer.detached(raw.transport, 1006);
		raw.peer.reset(RESET, "log", false);
		raw.advance(Duration.ofSeconds(2));
		raw.attach();
		assertThat(deadline(raw)).isEqualTo(4000);
		raw.advance(Duration.ofSeconds(4));
		assertThat(this.signals).containsExactly("call!4?");
	}

	private static long deadline(RawPeer raw) {
		return raw.codec.decodeMetadata(raw.only(Frame.Invoke.class).metadata()).deadline();
	}

	@Test
	void deadlinePassesWhileTheCallWaits() {
		record("call",
				this.pair.client.invoke("none")
					.timeout(Duration.ofSeconds(10))
					.idempotent(true)
					.toMono(String.class)
					.flux());
		record("asked", this.pair.client.invoke("none").timeout(Duration.ofSeconds(10)).toMono(String.class).flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", false);
		this.pair.advance(Duration.ofSeconds(10));
		assertThat(this.signals).containsExactlyInAnyOrder("call!4?", "asked!4?");
		this.pair.replaceServer();
		this.pair.connect();
		this.pair.settle();
		assertThat(this.runs).hasSize(2);
		this.pair.assertClean();
	}

	@Test
	void cancelledCallIsNotMadeAgain() {
		Disposable sure = record("sure", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		Disposable asked = record("asked", this.pair.client.invoke("idempotent").toMono(String.class).flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", false);
		this.pair.settle();
		sure.dispose();
		asked.dispose();
		this.pair.replaceServer();
		this.pair.connect();
		this.pair.settle();
		assertThat(this.runs).hasSize(2);
		assertThat(this.signals).isEmpty();
		this.pair.assertClean();
	}

	@Test
	void callThatTheEndOfAnotherOneCancelsIsNotMadeAgain() {
		Disposable sure = record("sure", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		Disposable asked = record("asked", this.pair.client.invoke("idempotent").toMono(String.class).flux());
		this.pair.client.invoke("none").idempotent(false).toMono(String.class).subscribe(null, (error) -> {
			sure.dispose();
			asked.dispose();
		});
		reset(false);
		assertThat(this.runs).hasSize(3);
		assertThat(this.signals).isEmpty();
		this.pair.assertClean();
	}

	@Test
	void callIsMadeThreeTimesAgainAndNotMore() {
		record("call", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		for (int i = 1; i <= 3; i++) {
			reset(false);
			assertThat(this.runs).hasSize(i + 1);
			assertThat(this.signals).isEmpty();
		}
		reset(false);
		assertThat(this.runs).hasSize(4);
		assertThat(this.signals).containsExactly("call!37?");
		this.pair.assertClean();
	}

	@Test
	void whatFailsAtASecondAttemptMayHaveRunAtTheFirst() {
		record("call", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		record("unavailable", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		record("asked", this.pair.client.invoke("idempotent").toMono(String.class).flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", false);
		this.pair.client.execute(
				() -> this.pair.client.failWaiting(0, 0, new ActionException(ErrorCode.UNAVAILABLE, "no connection")));
		this.pair.settle();
		assertThat(this.signals).containsExactly("call!14?", "unavailable!14?", "asked!37?");
		this.pair.replaceServer();
		this.pair.connect();
		this.pair.settle();
		this.signals.clear();
		record("refused", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		this.pair.settle();
		this.pair.serverActions.value("none", (exchange) -> {
			throw new ActionException(ErrorCode.REFUSED, "not now").notRun();
		});
		reset(false);
		assertThat(this.signals).containsExactly("refused!33?");
		this.pair.assertClean();
	}

	@Test
	void whatCertainlyHasNotRunIsSentAgainThreeTimes() {
		RawPeer raw = RawPeer.ofClient();
		record("lost", raw.peer.invoke("a").toMono(String.class).flux());
		record("final", raw.peer.invoke("a").toMono(String.class).flux());
		raw.settle();
		assertThat(raw.frames()).hasSize(2);
		raw.send(new Frame.Error(3, ErrorCode.REFUSED.code(), false, false, Bytes.EMPTY, ""));
		assertThat(this.signals).containsExactly("final!33");
		this.signals.clear();
		for (int stream : new int[] { 1, 5, 7 }) {
			raw.send(new Frame.Error(stream, ErrorCode.REFUSED.code(), true, false, Bytes.EMPTY, ""));
			assertThat(raw.only(Frame.Invoke.class).streamId()).isEqualTo(Math.max(5, stream + 2));
			assertThat(this.signals).isEmpty();
		}
		raw.send(new Frame.Error(9, ErrorCode.REFUSED.code(), true, false, Bytes.EMPTY, ""));
		assertThat(this.signals).hasSize(1).first().asString().startsWith("lost!33");
	}

	@Test
	void whoIsAskedAndGivesNoAnswerLeavesTheCallFailed() {
		RawPeer raw = RawPeer.ofClient();
		record("call", raw.peer.invoke("a").toMono(String.class).flux());
		raw.settle();
		raw.frames();
		raw.peer.reset(RESET, "log", false);
		raw.settle();
		assertThat(raw.only(Frame.Invoke.class).ref().alias()).isEqualTo(3);
		raw.advance(Duration.ofSeconds(29));
		assertThat(this.signals).isEmpty();
		raw.advance(Duration.ofSeconds(2));
		assertThat(this.signals).containsExactly("call!37?");
	}

	@Test
	void everythingFailsWhenTheClientGivesUp() {
		record("sure", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		record("asked", this.pair.client.invoke("idempotent").toMono(String.class).flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", false);
		ActionException refused = new ActionException(ErrorCode.UNAVAILABLE, "refused");
		this.pair.client.abandon(refused);
		this.pair.client.unavailable(refused);
		this.pair.settle();
		assertThat(this.signals).containsExactlyInAnyOrder("sure!14?", "asked!14?");
		this.pair.replaceServer();
		this.pair.connect();
		this.pair.settle();
		assertThat(this.runs).hasSize(2);
		this.pair.assertClean();
	}

	@Test
	void everythingFailsWhenTheSessionEnds() {
		record("sure", this.pair.client.invoke("none").idempotent(true).toMono(String.class).flux());
		record("asked", this.pair.client.invoke("idempotent").toMono(String.class).flux());
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", false);
		this.pair.client.end(1000, new ActionException(ErrorCode.CANCELLED, "closed"));
		this.pair.settle();
		assertThat(this.signals).containsExactlyInAnyOrder("sure!1?", "asked!1?");
		TestPeers.assertClean(this.pair.client);
	}

	@Test
	void requestToStopIsMadeAgain() {
		List<Boolean> stopped = new ArrayList<>();
		this.pair.serverActions.items("stoppable", (exchange) -> exchange.stopRequested().doOnSuccess((nothing) -> {
			stopped.add(exchange.isStopRequested());
		}).then(Mono.never()));
		Sinks.One<Boolean> stop = Sinks.one();
		record("call",
				this.pair.client.invoke("stoppable").stopWhen(stop.asMono()).idempotent(true).toFlux(String.class));
		this.pair.settle();
		this.pair.cut();
		this.pair.client.reset(RESET, "log", false);
		stop.tryEmitValue(true);
		this.pair.replaceServer();
		this.pair.connect();
		this.pair.settle();
		// The first run was stopped by the reset.
		assertThat(stopped).containsExactly(true);
	}

	@Test
	void questionThatWasOpenIsWithdrawnAndAskedAgain() {
		List<String> asked = new ArrayList<>();
		Sinks.One<String> answer = Sinks.one();
		this.pair.clientActions.value("ask",
				(exchange) -> answer.asMono()
					.doOnSubscribe((subscription) -> asked.add("asked"))
					.doOnCancel(() -> asked.add("withdrawn")));
		this.pair.serverActions.add("asking", ResultShape.VALUE, false, IDEMPOTENT,
				(exchange) -> exchange.invoke("ask").toMono(String.class));
		record("call", this.pair.client.invoke("asking").toMono(String.class).flux());
		reset(false);
		assertThat(asked).containsExactly("asked", "withdrawn", "asked");
		answer.tryEmitValue("yes");
		this.pair.settle();
		assertThat(this.signals).containsExactly("call=yes", "call.");
		this.pair.assertClean();
	}

	@Test
	void serverTreatsItsCallsInTheSameWay() {
		List<String> ran = new ArrayList<>();
		for (ActionHints hints : List.of(ActionHints.NONE, READ_ONLY)) {
			String name = hints.readOnly() ? "look" : "change";
			this.pair.clientActions.add(name, ResultShape.VALUE, false, hints, (exchange) -> {
				ran.add(name);
				return (ran.size() > 2) ? Mono.just("again") : Mono.never();
			});
			record(name, this.pair.server.invoke(name).toMono(String.class).flux());
		}
		reset(true);
		assertThat(ran).containsExactly("change", "look", "look");
		assertThat(this.signals).containsExactlyInAnyOrder("change!37?", "look=again", "look.");
		this.pair.assertClean();
	}

	@Test
	void largeArgumentsAreSentAgain() {
		record("call",
				this.pair.client.invoke("idempotent")
					.arguments(Map.of("x", "y".repeat(100_000)))
					.toMono(String.class)
					.flux());
		reset(false);
		assertThat(this.arguments).hasSize(2);
		assertThat(this.arguments.get(1)).isEqualTo(Map.of("x", "y".repeat(100_000)));
		answer(1, "done");
		assertThat(this.signals).containsExactly("call=done", "call.");
		this.pair.assertClean();
	}

}
