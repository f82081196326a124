package io.agentsocket.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

import io.agentsocket.protocol.Frame.Ref;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Written frames are read again, alone and among others.
 */
class FrameTests {

	static final Bytes METADATA = Bytes.of(new byte[] { (byte) 0xA1, 2, 5 });

	static final Bytes BODY = Bytes.utf8("body ü");

	static final Bytes LARGE = Bytes.of(new byte[16_000]);

	static Stream<Frame> frames() {
		List<Frame> frames = new ArrayList<>();
		frames.add(new Frame.Hello(Bytes.EMPTY));
		frames.add(new Frame.Hello(BODY));
		frames.add(new Frame.Welcome(BODY));
		frames.add(new Frame.Ack(0, -1, false));
		frames.add(new Frame.Ack(127, 128, true));
		frames.add(new Frame.Ack(Varint.MAX_COUNTER, Varint.MAX_COUNTER, false));
		frames.add(new Frame.GoAway(0, 0, 0, ""));
		frames.add(new Frame.GoAway(4000, Varint.MAX_INT, 2000, "füße 🌍"));
		for (Bytes metadata : List.of(Bytes.EMPTY, METADATA, Bytes.of(new byte[4096]))) {
			frames.add(new Frame.Define(16, "weather.current", metadata, Bytes.EMPTY));
			frames.add(new Frame.Define(0, "n".repeat(128), metadata, BODY));
			frames.add(new Frame.Define(Varint.MAX_INT, "", metadata, Bytes.EMPTY));
			frames.add(new Frame.Event(Ref.name("a"), metadata, Bytes.EMPTY));
			frames.add(new Frame.Event(Ref.alias(1), metadata, BODY));
			for (boolean end : new boolean[] { true, false }) {
				frames.add(new Frame.Invoke(1, end, Ref.alias(63), metadata, BODY));
				frames.add(new Frame.Invoke(128, end, Ref.alias(Varint.MAX_INT >>> 1), metadata, Bytes.EMPTY));
				frames.add(new Frame.Invoke(Varint.MAX_INT, end, Ref.name("n".repeat(128)), metadata, BODY));
				for (FrameType type : List.of(FrameType.DATA, FrameType.TEXT, FrameType.BYTES)) {
					frames.add(new Frame.Item(type, 5, end, metadata, BODY));
					frames.add(new Frame.Item(type, 5, end, metadata, Bytes.EMPTY));
				}
			}
			frames.add(new Frame.Error(7, 13, false, false, metadata, ""));
			frames.add(new Frame.Error(7, Varint.MAX_INT, true, true, metadata, "zu groß"));
			frames.add(new Frame.Error(7, 256, false, true, metadata, "x"));
			frames.add(new Frame.Interrupt(9, Frame.Interrupt.NOW, metadata, ""));
			frames.add(new Frame.Interrupt(9, Frame.Interrupt.AFTER_STEP, metadata, "genug"));
		}
		frames.add(new Frame.Item(FrameType.BYTES, 5, false, Bytes.EMPTY, LARGE));
		frames.add(new Frame.Credit(3, 1));
		frames.add(new Frame.Credit(3, Varint.MAX_COUNTER));
		frames.add(new Frame.Part(0, BODY));
		frames.add(new Frame.Part(3, LARGE));
		for (int code = FrameType.FIRST_EXTENSION; code < 32; code++) {
			frames.add(new Frame.Extension(code, 0, true, Bytes.of(new byte[] { 2, 7, 7, 9 })));
			frames.add(new Frame.Extension(code, 77, false, Bytes.EMPTY));
		}
		return frames.stream();
	}

	static List<Frame> read(Bytes message) {
		FrameReader reader = new FrameReader(message, Limits.SERVER);
		List<Frame> frames = new ArrayList<>();
		for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
			frames.add(frame);
		}
		return frames;
	}

	@ParameterizedTest
	@MethodSource("frames")
	void isReadAsWrittenAlone(Frame frame) {
		FrameWriter writer = new FrameWriter(0);
		int size = writer.write(frame, true);
		Bytes message = writer.take();
		assertThat(message.length()).isEqualTo(size);
		assertThat(size).isLessThanOrEqualTo(FrameWriter.bound(frame));
		assertThat(read(message)).containsExactly(frame);
	}

	@ParameterizedTest
	@MethodSource("frames")
	void isReadAsWrittenAmongOthers(Frame frame) {
		Frame other = new Frame.Ack(5, 6, true);
		FrameWriter writer = new FrameWriter(0);
		writer.write(other, false);
		int size = writer.write(frame, false);
		assertThat(size).isLessThanOrEqualTo(FrameWriter.bound(frame));
		writer.write(frame, false);
		writer.write(other, true);
		assertThat(read(writer.take())).containsExactly(other, frame, frame, other);
	}

	@ParameterizedTest
	@MethodSource("frames")
	void readerTellsWhereTheFrameIs(Frame frame) {
		FrameWriter writer = new FrameWriter(0);
		int first = writer.write(new Frame.Credit(1, 1), false);
		int size = writer.write(frame, true);
		FrameReader reader = new FrameReader(writer.take(), Limits.SERVER);
		reader.next();
		assertThat(reader.frameSize()).isEqualTo(first);
		reader.next();
		assertThat(reader.frameStart()).isEqualTo(first);
		assertThat(reader.frameSize()).isEqualTo(size);
	}

	@Test
	void readsFromTheMiddleOfAnArray() {
		byte[] array = { 0x7F, 0x7F, 0x50, 0x05, 'a', 'b', 0x7F };
		FrameReader reader = new FrameReader(Bytes.of(array, 2, 4), Limits.SERVER);
		assertThat(reader.next()).isEqualTo(new Frame.Item(FrameType.TEXT, 5, false, Bytes.EMPTY, Bytes.utf8("ab")));
		assertThat(reader.next()).isNull();
	}

	@Test
	void takenMessagesAreIndependent() {
		FrameWriter writer = new FrameWriter(64);
		writer.write(new Frame.Credit(1, 1), true);
		Bytes first = writer.take();
		assertThat(writer.position()).isZero();
		writer.write(new Frame.Credit(3, 3), true);
		assertThat(read(first)).containsExactly(new Frame.Credit(1, 1));
		assertThat(read(writer.take())).containsExactly(new Frame.Credit(3, 3));
	}

	@Test
	void manyFramesFitIntoOneMessage() {
		FrameWriter writer = new FrameWriter(0);
		Frame frame = new Frame.Item(FrameType.TEXT, 5, false, Bytes.EMPTY, Bytes.utf8("token"));
		for (int i = 0; i < 500; i++) {
			writer.write(frame, i == 499);
		}
		assertThat(read(writer.take())).isEqualTo(Collections.nCopies(500, frame));
	}

	@Test
	void keepsTheByteBudget() {
		Bytes arguments = Bytes.of(new byte[14]);
		Bytes result = Bytes.of(new byte[12]);
		assertThat(size(new Frame.Invoke(1, true, Ref.alias(16), Bytes.EMPTY, arguments))).isEqualTo(17);
		assertThat(size(new Frame.Invoke(1, true, Ref.name("weather.current"), Bytes.EMPTY, arguments))).isEqualTo(32);
		assertThat(size(new Frame.Item(FrameType.DATA, 1, true, Bytes.EMPTY, result))).isEqualTo(14);
		assertThat(size(new Frame.Ack(100, 100, true))).isEqualTo(3);
	}

	private static int size(Frame frame) {
		return new FrameWriter(0).write(frame, true);
	}

	@Test
	void anItemEndsWithTheSameContent() {
		Frame.Item item = new Frame.Item(FrameType.TEXT, 5, false, METADATA, BODY);
		assertThat(item.withEnd()).isEqualTo(new Frame.Item(FrameType.TEXT, 5, true, METADATA, BODY));
	}

	@Test
	void itemsHaveTheirThreeTypesOnly() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new Frame.Item(FrameType.ERROR, 5, false, Bytes.EMPTY, BODY));
	}

	@Test
	void typesFollowTheRulesToRemember() {
		for (FrameType type : FrameType.values()) {
			assertThat(type.isNumbered()).isEqualTo(type.code() >= 4);
			assertThat(type.hasStream()).isEqualTo(type.code() >= 8);
			assertThat(FrameType.of(type.code())).isEqualTo(type);
		}
		for (int code : new int[] { 6, 7, 16, 17, 18, 19, 20, 21, 22, 23 }) {
			assertThat(FrameType.of(code)).isNull();
		}
	}

}
