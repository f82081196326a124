package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.Context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A session across connections: what is lost with one is sent again on the next.
 */
class ResumeTests {

	private static final ActionException RESET = new ActionException(ErrorCode.SESSION_RESET, "reset");

	/** Everything that a conversation has delivered in the end. */
	private record Outcome(List<Object> signals, List<String> serverItems, List<String> clientEvents,
			List<String> serverEvents) {

	}

	private static void prepare(Pair pair, List<String> serverItems) {
		pair.serverActions.text("chat", (exchange) -> Flux.range(0, 40).map((n) -> "t" + n));
		pair.serverActions.value("large", (exchange) -> Mono.just("y".repeat(70_000)));
		pair.serverActions.taking("collect", ResultShape.VALUE,
				(exchange) -> exchange.inbound(String.class).doOnNext(serverItems::add).count());
		pair.clientActions.value("name", (exchange) -> Mono.just("agent"));
		pair.serverActions.value("greet",
				(exchange) -> exchange.invoke("name").toMono(String.class).map((name) -> "Hello " + name));
	}

	private static Outcome play(Pair pair, List<String> serverItems, int cutAfter, int cuts) {
		List<Object> signals = new ArrayList<>();
		pair.connect();
		record("chat", pair.client.invoke("chat").toFlux(String.class).map((text) -> "chat " + text), signals);
		record("large",
				pair.client.invoke("large")
					.arguments(Map.of("text", "x".repeat(40_000)))
					.toMono(String.class)
					.map(String::length)
					.flux(),
				signals);
		record("collect",
				pair.client.invoke("collect").items(Flux.range(0, 70).map((n) -> "i" + n)).toMono(Long.class).flux(),
				signals);
		record("greet", pair.client.invoke("greet").toMono(String.class).flux(), signals);
		record("no", pair.client.invoke("nothing").toMono(String.class).flux(), signals);
		for (int i = 0; i < 40; i++) {
			pair.server.events().send("e" + i, null);
			pair.client.events().send("c" + i, null);
		}
		int step = 0;
		int done = 0;
		while (true) {
			boolean active = pair.step();
			step++;
			if (done < cuts && step % cutAfter == 0) {
				done++;
				pair.cut();
				pair.connect();
			}
			else if (!active) {
				break;
			}
		}
		pair.settle();
		List<Object> sorted = new ArrayList<>(signals);
		return new Outcome(sorted, serverItems, pair.clientListener.events, pair.serverListener.events);
	}

	private static void record(String name, Flux<?> call, List<Object> signals) {
		call.subscribe((item) -> signals.add(name + "=" + item),
				(error) -> signals.add(name + "!" + ((ActionException) error).code()), () -> signals.add(name + "."));
	}

	private static List<Object> of(List<Object> signals, String name) {
		return signals.stream().filter((signal) -> signal.toString().startsWith(name)).toList();
	}

	private static void assertComplete(Outcome outcome, String when) {
		List<Object> chat = new ArrayList<>(IntStream.range(0, 40).mapToObj((n) -> "chat=chat t" + n).toList());
		chat.add("chat.");
		assertThat(of(outcome.signals, "chat")).as(when).isEqualTo(chat);
		assertThat(of(outcome.signals, "large")).as(when).containsExactly("large=70000", "large.");
		assertThat(of(outcome.signals, "collect")).as(when).containsExactly("collect=70", "collect.");
		assertThat(of(outcome.signals, "greet")).as(when).containsExactly("greet=Hello agent", "greet.");
		assertThat(of(outcome.signals, "no")).as(when).containsExactly("no!5");
		assertThat(outcome.serverItems).as(when).isEqualTo(IntStream.range(0, 70).mapToObj((n) -> "i" + n).toList());
		assertThat(outcome.clientEvents).as(when)
			.isEqualTo(IntStream.range(0, 40).mapToObj((n) -> "e" + n + "0").toList());
		assertThat(outcome.serverEvents).as(when)
			.isEqualTo(IntStream.range(0, 40).mapToObj((n) -> "c" + n + "0").toList());
	}

	@Test
	void nothingIsLostOrRepeatedWhereverTheConnectionIsCut() {
		for (int cutAfter = 1; cutAfter < 150; cutAfter++) {
			Pair pair = new Pair();
			List<String> serverItems = new ArrayList<>();
			prepare(pair, serverItems);
			assertComplete(play(pair, serverItems, cutAfter, 1), "cut after " + cutAfter);
			pair.assertClean();
		}
	}

	@Test
	void nothingIsLostOrRepeatedOverManyCuts() {
		for (int cutAfter = 2; cutAfter < 40; cutAfter++) {
			Pair pair = new Pair();
			List<String> serverItems = new ArrayList<>();
			prepare(pair, serverItems);
			assertComplete(play(pair, serverItems, cutAfter, 200), "cut after every " + cutAfter);
			pair.assertClean();
		}
	}

	@Test
	void messagesLostInOneDirectionAreSentAgain() {
		for (int keep = 0; keep < 12; keep++) {
			Pair pair = new Pair();
			prepare(pair, new ArrayList<>());
			List<Object> signals = new ArrayList<>();
			pair.connect();
			pair.settle();
			lose(pair, keep);
			record("chat", pair.client.invoke("chat").toFlux(String.class), signals);
			pair.client.events().send("after", null);
			pair.settle();
			pair.cut();
			pair.connect();
			pair.settle();
			assertThat(signals).as("kept " + keep).hasSize(41);
			assertThat(pair.serverListener.events).containsExactly("after0");
			pair.assertClean();
		}
	}

	/** The network delivers some messages of the server and then none, silently. */
	private static void lose(Pair pair, int keep) {
		java.util.function.Consumer<Bytes> deliver = pair.serverSide.onWrite;
		int[] count = { 0 };
		pair.serverSide.onWrite = (message) -> {
			if (count[0]++ < keep) {
				deliver.accept(message);
			}
		};
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8 })
	void nothingIsLostOrRepeatedOnRandomOccasions(long seed) {
		Random random = new Random(seed);
		for (int round = 0; round < 20; round++) {
			Pair pair = new Pair();
			List<String> serverItems = new ArrayList<>();
			prepare(pair, serverItems);
			int cutAfter = 1 + random.nextInt(60);
			assertComplete(play(pair, serverItems, cutAfter, 1 + random.nextInt(10)),
					"seed " + seed + " round " + round);
			pair.assertClean();
		}
	}

	@ParameterizedTest
	@CsvSource({ "0,0,1, 0,0,1, true", "5,7,3, 7,5,1, true", "5,7,3, 2,5,1, true", "5,7,3, 1,5,1, false",
			"5,7,3, 8,5,1, false", "5,7,3, 7,4,1, false", "5,7,3, 7,9,6, true", "5,7,3, 7,9,7, false",
			"5,7,8, 7,5,6, true", "5,7,8, 6,5,6, false" })
	void sessionGoesOnOnlyIfNeitherSideLacksAnything(long received, long sent, long first, long otherReceived,
			long otherSent, long otherFirst, boolean expected) {
		Position position = new Position(received, sent, first);
		assertThat(position.canResume(new Position(otherReceived, otherSent, otherFirst))).isEqualTo(expected);
	}

	@Test
	void lowestFrameHeldIsTheOneBehindTheAcknowledgement() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("chat", (exchange) -> Flux.range(0, 10).map((n) -> "t" + n));
		raw.send(RawPeer.invoke(1, "chat"));
		raw.send(RawPeer.ack(4));
		assertThat(raw.peer.position()).isEqualTo(new Position(1, 11, 5));
		raw.send(RawPeer.ack(11));
		assertThat(raw.peer.position()).isEqualTo(new Position(1, 11, 12));
	}

	@Test
	void replayStartsBehindWhatTheOtherSideHas() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("chat", (exchange) -> Flux.range(0, 10).map((n) -> "t" + n));
		raw.send(RawPeer.invoke(1, "chat"));
		raw.allFrames();
		raw.peer.detached(raw.transport, 1006);
		raw.settle();
		raw.attach(Limits.CLIENT, 8);
		assertThat(raw.allFrames()).containsExactly(RawPeer.text(1, "t7", false), RawPeer.text(1, "t8", false),
				RawPeer.text(1, "t9", true));
	}

	@Test
	void firstMessageGoesAheadOfTheReplay() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("a", (exchange) -> Mono.just("a"));
		raw.send(RawPeer.invoke(1, "a"));
		raw.peer.detached(raw.transport, 1006);
		raw.settle();
		raw.transport = new MemoryTransport(raw.loop, false);
		Bytes welcome = Bytes.of(new byte[] { 8, (byte) 0xa0 });
		raw.peer
			.attach(new Attachment(raw.transport, Limits.CLIENT, welcome, 0, TestPeers.KEEP_ALIVE, Context.empty()));
		raw.settle();
		assertThat(raw.transport.written.get(0)).isEqualTo(welcome);
		assertThat(raw.transport.written).hasSize(2);
	}

	@Test
	void attachmentThatContradictsAnAcknowledgementIsClosed() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("chat", (exchange) -> Flux.range(0, 10).map((n) -> "t" + n));
		raw.send(RawPeer.invoke(1, "chat"));
		raw.send(RawPeer.ack(5));
		raw.peer.detached(raw.transport, 1006);
		raw.settle();
		raw.attach(Limits.CLIENT, 4);
		raw.assertClosed(4003);
		assertThat(raw.transport.written).isEmpty();
		raw.attach(Limits.CLIENT, 12);
		raw.assertClosed(4003);
		raw.attach(Limits.CLIENT, 5);
		raw.assertClosed(0);
		assertThat(raw.allFrames()).hasSize(6);
	}

	@Test
	void newerConnectionTakesOver() {
		RawPeer raw = RawPeer.ofServer();
		MemoryTransport before = raw.transport;
		raw.attach(Limits.CLIENT, 0);
		assertThat(before.closeCode).isEqualTo(CloseCode.SUPERSEDED.code());
		raw.peer.receive(before, Bytes.of(new byte[] { 0x30 }));
		raw.peer.detached(before, 1006);
		raw.peer.close(before, CloseCode.INTERNAL, "late");
		raw.settle();
		assertThat(raw.peer.isAttached()).isTrue();
		raw.assertClosed(0);
		assertThat(raw.listener.detached).isEmpty();
	}

	@Test
	void firstAcknowledgementConfirmsAnAttachment() {
		RawPeer raw = RawPeer.ofServer();
		raw.send(RawPeer.ack(0), RawPeer.ack(0));
		assertThat(raw.listener.confirmed).isEqualTo(1);
		raw.attach(Limits.CLIENT, 0);
		raw.send(RawPeer.ack(0));
		assertThat(raw.listener.confirmed).isEqualTo(2);
	}

	@Test
	void noticeOfAnEarlierConnectionIsNotSentOnTheNext() {
		RawPeer raw = RawPeer.ofServer();
		raw.transport.writable = false;
		raw.peer.goAway(new Frame.GoAway(4000, 1, 1, ""));
		raw.settle();
		raw.peer.detached(raw.transport, 1006);
		raw.settle();
		raw.peer.goAway(new Frame.GoAway(4000, 2, 2, ""));
		raw.settle();
		raw.attach();
		assertThat(raw.allFrames()).isEmpty();
	}

	@Test
	void callsMadeWithoutAConnectionRunOnTheNext() {
		Pair pair = new Pair();
		pair.serverActions.value("a", (exchange) -> Mono.just("a"));
		List<String> results = new ArrayList<>();
		pair.client.invoke("a").toMono(String.class).subscribe(results::add);
		Disposable cancelled = pair.client.invoke("a").toMono(String.class).subscribe(results::add);
		pair.client.events().send("e", null);
		pair.settle();
		cancelled.dispose();
		pair.connect();
		pair.settle();
		assertThat(results).containsExactly("a");
		assertThat(pair.serverListener.events).containsExactly("e0");
		pair.assertClean();
	}

	@Test
	void resetFailsWhatIsOpenAndKeepsWhatWaits() {
		Pair pair = new Pair().connect();
		pair.serverActions.value("never", (exchange) -> Mono.never());
		pair.serverActions.value("a", (exchange) -> Mono.just("a"));
		List<Object> signals = new ArrayList<>();
		record("never", pair.client.invoke("never").idempotent(false).toMono(String.class).flux(), signals);
		record("a", pair.client.invoke("a").toMono(String.class).flux(), signals);
		pair.settle();
		pair.cut();
		record("later", pair.client.invoke("a").toMono(String.class).flux(), signals);
		pair.settle();
		pair.client.reset(RESET, "log", true);
		pair.server.reset(RESET, "log", true);
		pair.settle();
		assertThat(signals).containsExactly("a=a", "a.", "never!37");
		assertThat(pair.client.position()).isEqualTo(new Position(0, 0, 1));
		assertThat(pair.server.position()).isEqualTo(new Position(0, 0, 1));
		pair.connect();
		pair.settle();
		assertThat(signals).containsExactly("a=a", "a.", "never!37", "later=a", "later.");
		pair.assertClean();
	}

	@Test
	void callRepeatedWithinTheSignalOfAResetRunsAfterwards() {
		RawPeer raw = RawPeer.ofClient();
		List<Object> signals = new ArrayList<>();
		Mono<String> call = raw.peer.invoke("a").idempotent(false).toMono(String.class);
		record("call", call.onErrorResume((error) -> call).flux(), signals);
		record("other", raw.peer.invoke("b").idempotent(false).toMono(String.class).flux(), signals);
		raw.settle();
		raw.frames();
		raw.peer.reset(RESET, "log", true);
		raw.settle();
		Frame.Invoke again = raw.only(Frame.Invoke.class);
		assertThat(again.streamId()).isEqualTo(1);
		assertThat(raw.peer.position()).isEqualTo(new Position(0, 1, 1));
		raw.send(new Frame.Item(FrameType.TEXT, 1, true, Bytes.EMPTY, Bytes.utf8("done")));
		assertThat(signals).containsExactlyInAnyOrder("other!37", "call=done", "call.");
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void resetSendsNothingForStreamsOfBefore() {
		RawPeer raw = RawPeer.ofServer();
		Sinks.Many<String> tokens = Sinks.many().unicast().onBackpressureBuffer();
		raw.actions.text("chat", (exchange) -> tokens.asFlux().mergeWith(exchange.invoke("ask").toMono(String.class)));
		raw.send(RawPeer.invoke(1, "chat"));
		raw.frames();
		raw.transport.writable = false;
		raw.peer.reset(RESET, "log", true);
		tokens.tryEmitNext("late");
		raw.settle();
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(raw.allFrames()).isEmpty();
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void aliasesSurviveAResumeAndNotAReset() {
		Pair pair = new Pair().connect();
		pair.serverActions.value("a", (exchange) -> Mono.just("a"));
		pair.client.invoke("a").toMono(String.class).subscribe();
		pair.settle();
		pair.cut();
		pair.connect();
		pair.settle();
		pair.clientSide.takeWireBytes();
		pair.client.invoke("a").toMono(String.class).subscribe();
		pair.settle();
		assertThat(pair.clientSide.takeWireBytes()).isEqualTo(9);
		pair.cut();
		pair.client.reset(RESET, "log", true);
		pair.server.reset(RESET, "log", true);
		pair.connect();
		pair.settle();
		pair.clientSide.takeWireBytes();
		pair.client.invoke("a").toMono(String.class).subscribe();
		pair.settle();
		assertThat(pair.clientSide.takeWireBytes()).isEqualTo(10);
		pair.assertClean();
	}

	@Test
	void endFailsEverythingAndClosesForGood() {
		Pair pair = new Pair().connect();
		pair.serverActions.value("never", (exchange) -> Mono.never());
		List<Object> signals = new ArrayList<>();
		record("open", pair.client.invoke("never").toMono(String.class).flux(), signals);
		pair.settle();
		pair.clientSide.writable = false;
		record("queued", pair.client.invoke("never").toMono(String.class).flux(), signals);
		pair.settle();
		pair.client.end(1000, new ActionException(ErrorCode.CANCELLED, "over"));
		pair.settle();
		record("late", pair.client.invoke("never").toMono(String.class).flux(), signals);
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> pair.client.events().send("late", null))
			.withMessage("over");
		pair.client.events().sendEncoded("late", Bytes.EMPTY);
		pair.client.announcer().announce("late", java.util.Map.of(), "h");
		pair.client.announcer().withdraw("late", "h");
		pair.settle();
		assertThat(signals).containsExactlyInAnyOrder("open!1", "queued!1", "late!1");
		assertThat(pair.clientSide.closeCode).isEqualTo(1000);
		assertThat(pair.serverListener.detached).containsExactly(1000);
		TestPeers.assertClean(pair.client);
		MemoryTransport next = new MemoryTransport(pair.clientLoop, true);
		pair.client.attach(new Attachment(next, Limits.SERVER, Bytes.EMPTY, 0, TestPeers.KEEP_ALIVE, Context.empty()));
		pair.settle();
		assertThat(next.closeCode).isEqualTo(4503);
		assertThat(pair.client.isAttached()).isFalse();
		pair.server.end(1000, RESET);
		pair.settle();
		assertThat(pair.timer.pending()).isZero();
	}

	@Test
	void actionsGoOnWithoutAConnectionAndDeliverOnTheNext() {
		Pair pair = new Pair().connect();
		Sinks.Many<String> tokens = Sinks.many().unicast().onBackpressureBuffer();
		pair.serverActions.text("chat", (exchange) -> tokens.asFlux());
		List<String> received = new ArrayList<>();
		pair.client.invoke("chat").toFlux(String.class).subscribe(received::add);
		pair.settle();
		pair.cut();
		tokens.tryEmitNext("a");
		tokens.tryEmitNext("b");
		tokens.tryEmitComplete();
		pair.advance(Duration.ofSeconds(60));
		assertThat(received).isEmpty();
		assertThat(pair.server.isAttached()).isFalse();
		pair.connect();
		pair.settle();
		assertThat(received).containsExactly("a", "b");
		pair.assertClean();
	}

	@Test
	void sessionWhoseStreamIdsAreUsedUpEnds() {
		RawPeer raw = RawPeer.ofServer();
		raw.peer.core.state.streams().restore(0x7FFFFFFE, 0);
		List<Object> signals = new ArrayList<>();
		record("last", raw.peer.invoke("a").toMono(String.class).flux(), signals);
		raw.settle();
		assertThat(raw.only(Frame.Invoke.class).streamId()).isEqualTo(0x7FFFFFFE);
		raw.send(RawPeer.text(0x7FFFFFFE, "ok", true));
		record("none", raw.peer.invoke("a").toMono(String.class).flux(), signals);
		raw.settle();
		assertThat(signals).containsExactly("last=ok", "last.", "none!14");
		raw.assertClosed(4503);
		assertThat(raw.listener.detached).containsExactly(4503);
	}

}
