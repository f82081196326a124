package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Fragmenter, window, acknowledgement, keepalive and the two lanes of the send queue.
 */
class SequenceTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final Limits SMALL = new Limits(32 << 10, 4 << 10, 64 << 10, 128 << 10, 4, 32, 32 << 10, 2, 128,
			4096, 32);

	private static List<Frame> untilQuiet(RawPeer raw) {
		List<Frame> all = new ArrayList<>();
		long received = 0;
		List<Frame> frames = raw.allFrames();
		while (!frames.isEmpty()) {
			all.addAll(frames);
			received += frames.stream().filter((frame) -> frame.type().isNumbered()).count();
			raw.send(RawPeer.ack(received));
			frames = raw.allFrames();
		}
		return all;
	}

	@Test
	void largePayloadsTravelInParts() {
		Pair pair = new Pair().connect();
		String large = "Köln ".repeat(170_000);
		pair.serverActions.value("echo",
				(exchange) -> Mono.just(((Map<?, ?>) exchange.arguments(Map.class)).get("text")));
		pair.serverActions.text("text", (exchange) -> Flux.just(large, "end"));
		StepVerifier.create(pair.client.invoke("echo").arguments(Map.of("text", large)).toMono(String.class))
			.then(pair::settle)
			.expectNext(large)
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(pair.client.invoke("text").toFlux(String.class))
			.then(pair::settle)
			.expectNext(large, "end")
			.expectComplete()
			.verify(TIMEOUT);
		pair.server.events().send("big", large);
		pair.server.announcer().announce("big", Map.of("description", large), "h1");
		pair.settle();
		assertThat(pair.clientListener.events).hasSize(1).first().asString().startsWith("big10");
		assertThat(pair.clientListener.defined).contains("+big*@h1");
		pair.assertClean();
	}

	@Test
	void noFrameExceedsWhatTheOtherSideAccepts() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		raw.actions.value("large", (exchange) -> Mono.just("x".repeat(60_000)));
		raw.actions.value("fail", (exchange) -> Mono
			.error(new io.agentsocket.protocol.ActionException(300, "\uD83D\uDE00".repeat(5000))));
		raw.send(RawPeer.invoke(1, "large"), RawPeer.invoke(3, "fail"));
		raw.transport.written.forEach((message) -> {
			assertThat(message.length()).isLessThanOrEqualTo(SMALL.message());
			io.agentsocket.protocol.FrameReader reader = new io.agentsocket.protocol.FrameReader(message, SMALL);
			while (reader.next() != null) {
				assertThat(reader.frameSize()).isLessThanOrEqualTo(SMALL.frame());
			}
		});
		assertThat(untilQuiet(raw)).hasSizeGreaterThan(15);
	}

	@Test
	void payloadsThatTheOtherSideDoesNotAcceptAreNotSent() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		String large = "x".repeat(SMALL.item());
		raw.actions.value("large", (exchange) -> Mono.just(large));
		raw.send(RawPeer.invoke(1, "large"));
		raw.assertError(1, ErrorCode.TOO_LARGE.code());
		StepVerifier.create(raw.peer.invoke("a").arguments(large).toMono(String.class))
			.then(raw::settle)
			.expectErrorSatisfies((error) -> assertThat(((io.agentsocket.protocol.ActionException) error).errorCode())
				.isEqualTo(ErrorCode.TOO_LARGE))
			.verify(TIMEOUT);
		assertThatExceptionOfType(io.agentsocket.protocol.ActionException.class)
			.isThrownBy(() -> raw.peer.events().send("a", large));
		assertThat(raw.frames()).isEmpty();
	}

	@Test
	void callersWaitForAFreeStreamAndThenRun() {
		Pair pair = new Pair(Limits.CLIENT, SMALL).connect();
		List<reactor.core.publisher.MonoSink<String>> running = new ArrayList<>();
		pair.serverActions.value("work", (exchange) -> Mono.<String>create(running::add));
		List<String> results = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			pair.client.invoke("work").toMono(String.class).subscribe(results::add);
		}
		pair.settle();
		assertThat(running).hasSize(4);
		for (int i = 0; i < 10; i++) {
			running.get(i).success("r" + i);
			pair.settle();
			assertThat(running).hasSize(Math.min(10, 5 + i));
		}
		assertThat(results).hasSize(10);
		pair.assertClean();
	}

	@Test
	void senderStopsAtTheWindowAndGoesOnWithTheAcknowledgement() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 200).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		List<Frame> first = raw.allFrames();
		assertThat(TestPeers.unacknowledged(raw.peer)).isBetween(SMALL.window() - 1100, SMALL.window());
		raw.send(RawPeer.ack(first.size()));
		assertThat(raw.allFrames()).hasSizeGreaterThan(20);
		assertThat(TestPeers.unacknowledged(raw.peer)).isLessThanOrEqualTo(SMALL.window());
	}

	@Test
	void controlFramesUseTheReserveOfTheWindow() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 200).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		raw.allFrames();
		raw.send(RawPeer.invoke(3, "nothing"));
		raw.assertError(3, ErrorCode.NOT_FOUND.code());
		raw.send(new Frame.Interrupt(1, Frame.Interrupt.NOW, Bytes.EMPTY, ""));
		raw.assertError(1, ErrorCode.CANCELLED.code());
	}

	@Test
	void largeErrorIsNotStarvedByItems() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 2000).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		long received = raw.allFrames().size();
		for (int i = 0; i < 8; i++) {
			raw.peer.execute(() -> raw.peer.core.state.sendQueue()
				.addPrompt(new Frame.Error(1, 300, false, false, Bytes.of(new byte[1000]), "e".repeat(300)), null));
		}
		raw.settle();
		List<Frame> sent = new ArrayList<>(raw.allFrames());
		received += sent.size();
		// Acknowledged singly, so that the window never opens wide.
		while (sent.stream().filter((frame) -> frame.type() == FrameType.ERROR).count() < 8) {
			long before = sent.size();
			raw.send(RawPeer.ack(received));
			List<Frame> more = raw.allFrames();
			sent.addAll(more);
			received += more.size();
			assertThat(sent.size()).isGreaterThan((int) before);
			assertThat(sent).hasSizeLessThan(200);
		}
	}

	@Test
	void receiverOfMoreThanTheWindowCloses() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER, SMALL, Pair.CBOR).attach();
		raw.transport.writable = false;
		for (int i = 0; i < 18; i++) {
			raw.send(new Frame.Event(Frame.Ref.name("e"), Bytes.EMPTY, Bytes.of(new byte[2000])));
			raw.assertClosed(0);
		}
		raw.send(new Frame.Event(Frame.Ref.name("e"), Bytes.EMPTY, Bytes.of(new byte[2000])));
		raw.assertClosed(4500);
	}

	@Test
	void answersOvertakeAFullQueue() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("chat", (exchange) -> Flux.range(0, 10_000).map((n) -> "token"));
		raw.send(RawPeer.ack(0));
		raw.transport.writable = false;
		raw.send(RawPeer.invoke(1, "chat"));
		raw.send(RawPeer.invoke(3, "nothing"));
		raw.peer.goAway(new Frame.GoAway(4000, 1000, 0, ""));
		raw.peer.invoke("a").toMono(String.class).subscribe();
		raw.send(new Frame.Ack(0, 2, true));
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(raw.allFrames().stream().limit(3).map(Frame::type)).containsExactly(FrameType.ACK, FrameType.GOAWAY,
				FrameType.ERROR);
	}

	@Test
	void interruptIsNotBehindMoreThanOneMessage() {
		RawPeer raw = RawPeer.ofClient();
		reactor.core.Disposable call = raw.peer.invoke("a").toMono(String.class).subscribe();
		raw.settle();
		raw.transport.writable = false;
		raw.peer.invoke("b").items(Flux.range(0, 1000).map((n) -> "x".repeat(1000))).toMono(String.class).subscribe();
		raw.settle();
		call.dispose();
		raw.frames();
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(raw.frames().get(0).type()).isEqualTo(FrameType.INTERRUPT);
	}

	@Test
	void acknowledgesAfter32FramesAQuarterOfTheWindowOrASecond() {
		RawPeer raw = RawPeer.ofServer();
		Frame event = new Frame.Event(Frame.Ref.name("e"), Bytes.EMPTY, Bytes.EMPTY);
		for (int i = 0; i < 31; i++) {
			raw.send(event);
		}
		assertThat(raw.allFrames()).isEmpty();
		raw.send(event);
		assertThat(raw.allFrames()).containsExactly(new Frame.Ack(32, 0, false));
		for (int i = 0; i < 4; i++) {
			raw.send(new Frame.Event(Frame.Ref.name("e"), Bytes.EMPTY, Bytes.of(new byte[15_000])));
		}
		assertThat(raw.allFrames()).isEmpty();
		raw.send(new Frame.Event(Frame.Ref.name("e"), Bytes.EMPTY, Bytes.of(new byte[7_000])));
		assertThat(raw.allFrames()).containsExactly(new Frame.Ack(37, 0, false));
		raw.send(event);
		raw.advance(Duration.ofMillis(999));
		assertThat(raw.allFrames()).isEmpty();
		raw.advance(Duration.ofMillis(1));
		assertThat(raw.allFrames()).containsExactly(new Frame.Ack(38, 0, false));
		raw.advance(Duration.ofSeconds(5));
		assertThat(raw.allFrames()).isEmpty();
	}

	@Test
	void extensionsAndIgnoredFramesAreCounted() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("done", (exchange) -> Mono.just("done"));
		raw.send(RawPeer.invoke(1, "done"), RawPeer.text(1, "late", false));
		raw.send(new Frame.Extension(24, 0, false, Bytes.of(new byte[] { 1, 2, 3 })));
		raw.send(new Frame.Extension(31, 9999, true, Bytes.of(new byte[] { 1, 7 })));
		raw.send(new Frame.Ack(0, 4, true));
		assertThat(raw.transport.closeCode).isZero();
		assertThat(raw.allFrames()).contains(new Frame.Ack(4, 2, false));
	}

	@Test
	void answerToWhatWasNotSentYetIsAProtocolError() {
		RawPeer raw = RawPeer.ofClient();
		raw.transport.writable = false;
		raw.peer.invoke("a").toMono(String.class).onErrorComplete().subscribe();
		raw.settle();
		raw.send(RawPeer.text(1, "guessed", true));
		raw.assertClosed(4500);
	}

	@Test
	void framesBehindAVoluntaryCloseAreLeftForTheNextConnection() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("close", (exchange) -> {
			raw.peer.close(CloseCode.DRAIN, "drained");
			return Mono.just("done");
		});
		raw.actions.value("next", (exchange) -> Mono.just("next"));
		raw.send(RawPeer.invoke(1, "close"), RawPeer.invoke(3, "next"));
		raw.assertClosed(4000);
		assertThat(raw.peer.position().received()).isEqualTo(1);
		raw.attach(Limits.CLIENT, 0);
		raw.send(RawPeer.invoke(3, "next"));
		assertThat(raw.frames()).extracting(Frame::streamId).containsExactly(1, 3);
	}

	@Test
	void impossibleAcknowledgementsClose() {
		for (Frame.Ack ack : List.of(RawPeer.ack(1), new Frame.Ack(0, 1, false))) {
			RawPeer raw = RawPeer.ofServer();
			raw.send(ack);
			raw.assertClosed(4003);
			assertThat(raw.listener.detached).containsExactly(4003);
		}
		RawPeer raw = RawPeer.ofServer();
		raw.actions.text("ab", (exchange) -> Flux.just("a", "b"));
		raw.send(RawPeer.invoke(1, "ab"));
		raw.send(RawPeer.ack(3), RawPeer.ack(2));
		raw.assertClosed(4003);
	}

	@Test
	void serverAsksForASignOfLifeAndTakesAny() {
		RawPeer raw = RawPeer.ofServer();
		raw.advance(Duration.ofMillis(24_999));
		assertThat(raw.allFrames()).isEmpty();
		raw.advance(Duration.ofMillis(1));
		assertThat(raw.allFrames()).containsExactly(new Frame.Ack(0, 0, true));
		raw.advance(Duration.ofSeconds(9));
		raw.send(RawPeer.ack(0));
		raw.advance(Duration.ofSeconds(15));
		raw.assertClosed(0);
		assertThat(raw.allFrames()).isEmpty();
		raw.advance(Duration.ofSeconds(1));
		assertThat(raw.allFrames()).hasSize(1);
		raw.advance(Duration.ofMillis(9_999));
		raw.assertClosed(0);
		raw.advance(Duration.ofMillis(1));
		raw.assertClosed(4001);
		assertThat(raw.timer.pending()).isZero();
	}

	@Test
	void clientPresumesDeathAfterSilence() {
		RawPeer raw = RawPeer.ofClient();
		raw.advance(Duration.ofSeconds(34));
		raw.send(new Frame.Ack(0, 0, true));
		assertThat(raw.allFrames()).containsExactly(new Frame.Ack(0, 0, false));
		raw.advance(Duration.ofMillis(34_999));
		raw.assertClosed(0);
		raw.advance(Duration.ofMillis(1));
		raw.assertClosed(4001);
	}

	@Test
	void pingsAreLimited() {
		RawPeer raw = RawPeer.ofServer();
		Frame.Ack ping = new Frame.Ack(0, -1, true);
		for (int i = 0; i < 10; i++) {
			raw.send(ping);
		}
		raw.assertClosed(0);
		assertThat(raw.allFrames()).hasSize(10);
		raw.advance(Duration.ofMillis(500));
		raw.send(ping);
		raw.assertClosed(0);
		raw.send(ping);
		raw.assertClosed(4507);
	}

	@Test
	void consumerThatTakesNothingIsGivenUp() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 2000).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		for (int i = 0; i < 6; i++) {
			raw.advance(Duration.ofSeconds(9));
			raw.assertClosed(0);
			// A sign of life is not progress, nor is what this side acknowledges.
			raw.send(new Frame.Ack(0, -1, true));
		}
		raw.advance(Duration.ofMillis(5_999));
		raw.assertClosed(0);
		raw.advance(Duration.ofMillis(1));
		raw.assertClosed(4002);
	}

	@Test
	void consumerThatTakesLittleByLittleIsNotGivenUp() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 2000).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		long received = 0;
		for (int i = 0; i < 30; i++) {
			raw.advance(Duration.ofSeconds(9));
			received += raw.allFrames().stream().filter((frame) -> frame.type().isNumbered()).count();
			raw.send(RawPeer.ack(received));
		}
		raw.assertClosed(0);
	}

	@Test
	void socketThatTakesNothingIsGivenUpEvenIfThereIsNothingButASignOfLifeToAskFor() {
		RawPeer raw = RawPeer.ofServer();
		raw.transport.writable = false;
		raw.advance(Duration.ofSeconds(80));
		raw.assertClosed(0);
		raw.advance(Duration.ofSeconds(6));
		raw.assertClosed(4002);
	}

	@Test
	void invocationsAreRefusedWhileTooMuchWaitsToBeTaken() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER, Limits.SERVER, Pair.CBOR).attach(Limits.CLIENT, 0);
		raw.actions.value("large", (exchange) -> Mono.just("x".repeat(1 << 19)));
		raw.transport.writable = false;
		for (int i = 0; i < 12; i++) {
			raw.send(RawPeer.invoke(2 * i + 1, "large"));
		}
		assertThat(TestPeers.queued(raw.peer)).isLessThan(5 << 20);
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(untilQuiet(raw).stream().filter((frame) -> frame.type() == FrameType.ERROR).map(Frame::streamId))
			.containsExactly(17, 19, 21, 23);
	}

	@Test
	void refusalsThatNobodyTakesEndTheConnection() {
		RawPeer raw = RawPeer.ofServer();
		int id = 1;
		while (raw.transport.closeCode == 0 && id < 100_000) {
			// The window is never acknowledged, so that the answers pile up.
			raw.send(RawPeer.invoke(id, "no"), RawPeer.invoke(id + 2, "no"), RawPeer.invoke(id + 4, "no"));
			id += 6;
		}
		raw.assertClosed(4002);
		assertThat(TestPeers.queued(raw.peer)).isLessThan(4 << 20);
		assertThat(TestPeers.unacknowledged(raw.peer))
			.isLessThanOrEqualTo(Limits.CLIENT.window() + Limits.CONTROL_RESERVE);
	}

	@Test
	void callThatCrossesTheWithdrawalOfItsAliasIsRepeatedByName() {
		RawPeer raw = RawPeer.ofClient();
		raw.send(new Frame.Define(16, "a", Bytes.EMPTY, Bytes.EMPTY));
		List<String> results = new ArrayList<>();
		raw.peer.invoke("a")
			.arguments(Map.of("n", 1))
			.toMono(String.class)
			.subscribe(results::add,
					(error) -> results.add("error " + ((io.agentsocket.protocol.ActionException) error).code()));
		raw.settle();
		Frame.Invoke first = raw.only(Frame.Invoke.class);
		assertThat(first.ref()).isEqualTo(Frame.Ref.alias(16));
		Frame.Error unknown = new Frame.Error(1, ErrorCode.UNKNOWN_ALIAS.code(), true, false, Bytes.EMPTY, "");
		raw.send(unknown);
		Frame.Invoke second = raw.only(Frame.Invoke.class);
		assertThat(second)
			.isEqualTo(new Frame.Invoke(3, true, Frame.Ref.name("a"), first.metadata(), first.arguments()));
		raw.send(RawPeer.text(3, "done", true));
		assertThat(results).containsExactly("done");
		raw.peer.invoke("a")
			.toMono(String.class)
			.subscribe(results::add,
					(error) -> results.add("error " + ((io.agentsocket.protocol.ActionException) error).code()));
		raw.settle();
		raw.send(new Frame.Error(5, ErrorCode.UNKNOWN_ALIAS.code(), true, false, Bytes.EMPTY, ""));
		raw.send(new Frame.Error(7, ErrorCode.UNKNOWN_ALIAS.code(), true, false, Bytes.EMPTY, ""));
		assertThat(results).containsExactly("done", "error 34");
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void whoLeavesSaysSoOnAConnectionThatTakesNoMore() {
		RawPeer raw = RawPeer.ofClient();
		raw.transport.writable = false;
		raw.peer.goAway(new Frame.GoAway(0, 0, 0, ""));
		raw.peer.end(1000, new io.agentsocket.protocol.ActionException(ErrorCode.CANCELLED, "closed"));
		raw.settle();
		assertThat(raw.allFrames()).containsExactly(new Frame.GoAway(0, 0, 0, ""));
	}

	@Test
	void nothingIsSentOnAConnectionThatBrokeTheRules() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("a", (exchange) -> Mono.just("a"));
		raw.send(RawPeer.invoke(1, "a"), new Frame.Credit(99, 1));
		raw.assertClosed(4500);
		assertThat(raw.allFrames()).isEmpty();
	}

	@Test
	void eventsAreRefusedWhileTooMuchWaitsToBeSent() {
		RawPeer raw = RawPeer.ofServer();
		raw.transport.writable = false;
		assertThatExceptionOfType(io.agentsocket.protocol.ActionException.class).isThrownBy(() -> {
			for (int i = 0; i < 1000; i++) {
				raw.peer.events().send("tick", "x".repeat(100_000));
				raw.settle();
			}
		}).satisfies((error) -> assertThat(error.errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED));
		assertThat(TestPeers.queued(raw.peer)).isLessThan(5 << 20);
	}

	@Test
	void aliasesAreDefinedOnceAndUsed() {
		Pair pair = new Pair().connect();
		pair.serverActions.value("a", (exchange) -> Mono.just("a"));
		pair.settle();
		pair.client.invoke("a").toMono(String.class).subscribe();
		pair.settle();
		pair.serverSide.takeWireBytes();
		pair.client.invoke("a").toMono(String.class).subscribe();
		pair.settle();
		pair.server.announcer().withdraw("a", "h2");
		pair.settle();
		assertThat(pair.clientListener.defined).containsExactly("+a", "-a@h2");
		pair.client.invoke("a").toMono(String.class).subscribe();
		pair.settle();
		assertThat(pair.clientListener.defined).containsExactly("+a", "-a@h2", "+a");
		pair.assertClean();
	}

	@Test
	void noMoreAliasesAreDefinedThanTheOtherSideAccepts() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(SMALL, 0);
		for (String name : List.of("a", "b", "c")) {
			raw.actions.value(name, (exchange) -> Mono.just(name));
		}
		raw.send(RawPeer.invoke(1, "a"), RawPeer.invoke(3, "b"), RawPeer.invoke(5, "c"));
		assertThat(raw.allFrames().stream().filter((frame) -> frame.type() == FrameType.DEFINE)).hasSize(2);
	}

	@Test
	void reservedAliasesWorkBothWaysWithoutDefinition() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("as.find", (exchange) -> Mono.just("found"));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.alias(2), Bytes.EMPTY, Bytes.EMPTY));
		raw.only(Frame.Item.class);
		raw.send(new Frame.Invoke(3, true, Frame.Ref.alias(9), Bytes.EMPTY, Bytes.EMPTY));
		raw.assertError(3, ErrorCode.UNKNOWN_ALIAS.code());
		raw.peer.invoke("as.ask").toMono(String.class).subscribe();
		raw.settle();
		assertThat(raw.only(Frame.Invoke.class).ref()).isEqualTo(Frame.Ref.alias(1));
	}

	@Test
	void nameMayHaveSeveralAliasesAndLosesAllWhenWithdrawn() {
		RawPeer raw = RawPeer.ofServer();
		raw.send(new Frame.Define(16, "a", Bytes.EMPTY, Bytes.EMPTY),
				new Frame.Define(17, "a", Bytes.EMPTY, Bytes.EMPTY));
		raw.send(new Frame.Event(Frame.Ref.alias(16), Bytes.EMPTY, Bytes.EMPTY),
				new Frame.Event(Frame.Ref.alias(17), Bytes.EMPTY, Bytes.EMPTY));
		assertThat(raw.listener.events).containsExactly("a0", "a0");
		raw.send(new Frame.Define(0, "a", Bytes.EMPTY, Bytes.EMPTY));
		raw.send(new Frame.Event(Frame.Ref.alias(16), Bytes.EMPTY, Bytes.EMPTY));
		raw.assertClosed(4500);
	}

	@Test
	void producersAreStoppedByAFullQueueAndAskedAgain() {
		RawPeer raw = RawPeer.ofServer();
		int[] produced = { 0 };
		raw.actions.text("flood", (exchange) -> Flux.range(0, 1000).map((n) -> {
			produced[0]++;
			return "x".repeat(1000);
		}));
		raw.transport.writable = false;
		raw.send(RawPeer.invoke(1, "flood"));
		assertThat(produced[0]).isBetween(60, 90);
		assertThat(TestPeers.queued(raw.peer)).isLessThan(SendQueue.HIGH + 20_000);
		raw.transport.writable = true;
		raw.peer.writable();
		raw.settle();
		assertThat(untilQuiet(raw).stream().filter((frame) -> frame.type() == FrameType.TEXT)).hasSize(1000);
		assertThat(produced[0]).isEqualTo(1000);
	}

}
