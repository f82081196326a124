package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.action.Answer;
import io.agentsocket.action.Question;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Varint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Rules of streams that no other test is about: the time of a question, metadata without
 * an item, and frames that cross an INTERRUPT (sections 5.8, 9.5 and 18.1 of the
 * protocol).
 */
class StreamRulesTests {

	private static Frame.Item metadataOnly(RawPeer raw) {
		Bytes metadata = raw.codec.encodeMetadata(Metadata.of(new Progress(1, 2.0, "half")));
		return new Frame.Item(FrameType.DATA, 1, false, metadata, Bytes.EMPTY);
	}

	/** The timers of some languages hold no more than 31 bits of milliseconds. */
	@Test
	void deadlineIsToldUpToTheLargestThatEveryClientTakes() {
		RawPeer raw = RawPeer.ofServer();
		for (Duration time : List.of(Duration.ofMillis(Varint.MAX_INT), Duration.ofDays(25), Duration.ofDays(40_000))) {
			raw.peer.invoke("a").timeout(time).toMono(String.class).subscribe();
			raw.settle();
			Frame.Invoke invoke = raw.only(Frame.Invoke.class);
			assertThat(raw.codec.decodeMetadata(invoke.metadata()).deadline()).as("%s", time).isEqualTo(Varint.MAX_INT);
		}
	}

	@ParameterizedTest
	@CsvSource({ "1, as.ask", "2, as.find", "3, as.describe", "4, as.approve", "5, as.subscribe" })
	void reservedAliasIsItsNameInBothDirectionsAndNeedsNoDefinition(int alias, String name) {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value(name, (exchange) -> Mono.just("done"));
		// Without effect.
		raw.send(new Frame.Define(alias, name, Bytes.EMPTY, Bytes.EMPTY));
		raw.send(new Frame.Invoke(1, true, Frame.Ref.alias(alias), Bytes.EMPTY, Bytes.EMPTY));
		assertThat(raw.allFrames()).filteredOn((frame) -> frame.type() != FrameType.ACK)
			.containsExactly(raw.data(1, "done", true));
		raw.peer.invoke(name).toMono(String.class).subscribe();
		raw.settle();
		assertThat(raw.only(Frame.Invoke.class).ref()).isEqualTo(Frame.Ref.alias(alias));
	}

	@Test
	void questionWithoutATimeOfItsOwnIsAskedForFiveMinutes() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("book",
				(exchange) -> exchange.ask(Question.of("Which day?", String.class)).map(Answer::value));
		raw.send(RawPeer.invoke(1, "book"));
		Frame.Invoke question = raw.only(Frame.Invoke.class);
		assertThat(question.ref()).isEqualTo(Frame.Ref.alias(1));
		long asked = Duration.ofMinutes(5).toMillis();
		// Measured by the clock of the machine, so that a moment of it is gone.
		assertThat(raw.codec.decodeMetadata(question.metadata()).deadline()).isBetween(asked / 2, asked);
	}

	@ParameterizedTest
	@EnumSource(ResultShape.class)
	void metadataOfACallerWithoutAnItemIsNoItem(ResultShape shape) {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.add("open", shape, false, (exchange) -> Mono.never());
		raw.send(RawPeer.invokeOpen(1, "open"), metadataOnly(raw), metadataOnly(raw));
		assertThat(raw.frames()).isEmpty();
		raw.send(RawPeer.end(1));
		assertThat(raw.frames()).isEmpty();
		raw.send(metadataOnly(raw));
		raw.assertError(1, ErrorCode.FAILED_PRECONDITION.code());
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void metadataOfACallerWithoutAnItemCostsNoCredit() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.taking("upload", ResultShape.VALUE,
				(exchange) -> Mono.never().doOnSubscribe((subscription) -> exchange.inbound(String.class)));
		raw.send(RawPeer.invokeOpen(1, "upload"));
		for (int i = 0; i < 100; i++) {
			raw.send(metadataOnly(raw));
		}
		for (int i = 0; i < 32; i++) {
			raw.send(raw.data(1, "item", false));
		}
		assertThat(raw.frames()).isEmpty();
		raw.send(raw.data(1, "one too many", false));
		raw.assertError(1, ErrorCode.RESOURCE_EXHAUSTED.code());
	}

	private static RawPeer cancelled(List<Object> signals) {
		RawPeer raw = RawPeer.ofClient();
		Disposable call = raw.peer.invoke("a")
			.onProgress(signals::add)
			.toFlux(Integer.class)
			.limitRate(1)
			.subscribe(signals::add, signals::add, () -> signals.add("completed"));
		raw.settle();
		assertThat(raw.codec.decodeMetadata(raw.only(Frame.Invoke.class).metadata()).credit()).isOne();
		call.dispose();
		raw.settle();
		assertThat(raw.only(Frame.Interrupt.class).mode()).isZero();
		return raw;
	}

	@Test
	void itemsThatCrossAnInterruptAreNeitherDecodedNorCharged() {
		List<Object> signals = new ArrayList<>();
		RawPeer raw = cancelled(signals);
		Bytes garbage = Bytes.of(new byte[] { (byte) 0xFF, 0x1C });
		raw.send(raw.data(1, 1, false), raw.data(1, 2, false), raw.data(1, 3, false), metadataOnly(raw),
				new Frame.Item(FrameType.DATA, 1, false, Bytes.EMPTY, garbage),
				new Frame.Item(FrameType.TEXT, 1, false, Bytes.EMPTY, garbage));
		assertThat(raw.frames()).isEmpty();
		assertThat(raw.transport.closeCode).isZero();
		assertThat(TestPeers.openStreams(raw.peer)).isOne();
		raw.send(new Frame.Error(1, ErrorCode.CANCELLED.code(), false, true, Bytes.EMPTY, ""));
		assertThat(raw.frames()).isEmpty();
		assertThat(signals).isEmpty();
		TestPeers.assertClean(raw.peer);
	}

	@Test
	void partsThatCrossAnInterruptAreBoundedAllTheSame() {
		List<Object> signals = new ArrayList<>();
		RawPeer raw = cancelled(signals);
		Bytes part = Bytes.of(new byte[16_000]);
		List<Frame> answers = new ArrayList<>();
		for (int i = 0; i < 70 && answers.isEmpty(); i++) {
			raw.send(new Frame.Part(1, part));
			answers.addAll(raw.frames());
		}
		assertThat(answers).singleElement()
			.isInstanceOfSatisfying(Frame.Error.class,
					(error) -> assertThat(error.code()).isEqualTo(ErrorCode.TOO_LARGE.code()));
		assertThat(signals).isEmpty();
		TestPeers.assertClean(raw.peer);
	}

}
