package io.agentsocket.protocol;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Any bytes give frames or a {@link ProtocolException}; frames never refer beyond their
 * message; what was read is written and read again as the same.
 */
class FrameFuzzTests {

	private static final int ROUNDS = 200_000;

	private final long seed = Long.getLong("fuzz.seed", System.nanoTime());

	private final Random random = new Random(this.seed);

	@Test
	void randomBytes() {
		for (int i = 0; i < ROUNDS; i++) {
			byte[] bytes = new byte[1 + this.random.nextInt(64)];
			this.random.nextBytes(bytes);
			check(bytes, 0, bytes.length);
		}
	}

	@Test
	void mutatedMessages() {
		List<Frame> frames = FrameTests.frames().filter((frame) -> FrameWriter.bound(frame) < 200).toList();
		for (int i = 0; i < ROUNDS; i++) {
			FrameWriter writer = new FrameWriter(0);
			for (int count = this.random.nextInt(4); count >= 0; count--) {
				writer.write(frames.get(this.random.nextInt(frames.size())), count == 0);
			}
			byte[] bytes = writer.take().toArray();
			for (int change = this.random.nextInt(4); change > 0; change--) {
				bytes[this.random.nextInt(bytes.length)] = (byte) this.random.nextInt(256);
			}
			int from = this.random.nextInt(Math.min(4, bytes.length));
			check(bytes, from, bytes.length - from - this.random.nextInt(Math.min(3, bytes.length - from)));
		}
	}

	private void check(byte[] bytes, int offset, int length) {
		Bytes message = Bytes.of(bytes, offset, length);
		try {
			List<Frame> frames = new ArrayList<>();
			FrameReader reader = new FrameReader(message, Limits.SERVER);
			int expectedStart = offset;
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				assertThat(reader.frameStart()).isEqualTo(expectedStart);
				expectedStart += reader.frameSize();
				within(frame.metadata(), bytes, reader);
				within(payload(frame), bytes, reader);
				frames.add(frame);
			}
			assertThat(expectedStart).isEqualTo(offset + length);
			assertThat(frames).isNotEmpty();
			FrameWriter writer = new FrameWriter(0);
			for (int i = 0; i < frames.size(); i++) {
				writer.write(frames.get(i), i == frames.size() - 1);
			}
			if (frames.stream().noneMatch(FrameFuzzTests::hasInvalidText)) {
				assertThat(FrameTests.read(writer.take())).isEqualTo(frames);
			}
		}
		catch (ProtocolException ex) {
			assertThat(ex.closeCode()).isIn(CloseCode.PROTOCOL, CloseCode.TOO_LARGE);
		}
		catch (RuntimeException | AssertionError ex) {
			throw new AssertionError("-Dfuzz.seed=" + this.seed + ", message " + HexFormat.of().formatHex(bytes)
					+ " from " + offset + ", length " + length, ex);
		}
	}

	private static void within(Bytes part, byte[] message, FrameReader reader) {
		if (!part.isEmpty()) {
			assertThat(part.array()).isSameAs(message);
			assertThat(part.offset()).isGreaterThan(reader.frameStart());
			assertThat(part.offset() + part.length()).isLessThanOrEqualTo(reader.frameStart() + reader.frameSize());
		}
	}

	private static Bytes payload(Frame frame) {
		if (frame instanceof Frame.Hello hello) {
			return hello.body();
		}
		if (frame instanceof Frame.Welcome welcome) {
			return welcome.body();
		}
		if (frame instanceof Frame.Define define) {
			return define.descriptor();
		}
		if (frame instanceof Frame.Event event) {
			return event.payload();
		}
		if (frame instanceof Frame.Invoke invoke) {
			return invoke.arguments();
		}
		if (frame instanceof Frame.Item item) {
			return item.body();
		}
		if (frame instanceof Frame.Part part) {
			return part.body();
		}
		return (frame instanceof Frame.Extension extension) ? extension.content() : Bytes.EMPTY;
	}

	/** Replacement characters take more bytes than what they stand for. */
	private static boolean hasInvalidText(Frame frame) {
		return frame.toString().indexOf('\uFFFD') >= 0;
	}

}
