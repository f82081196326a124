package io.agentsocket.servlet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.transport.FrameException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * WebSocket frames of clients, in pieces of every size, and those that no client may
 * send.
 */
class FrameParserTests {

	private static final int MAX = 100_000;

	private static final int FIN = 0x80;

	private final List<String> heard = new ArrayList<>();

	private final FrameListener listener = new FrameListener() {

		@Override
		public void message(Bytes message) {
			FrameParserTests.this.heard.add("message " + message.length() + " " + message.hashCode());
		}

		@Override
		public void text() {
			FrameParserTests.this.heard.add("text");
		}

		@Override
		public void control(byte[] payload, boolean ping) {
			FrameParserTests.this.heard
				.add((ping ? "ping " : "pong ") + new String(payload, StandardCharsets.ISO_8859_1));
		}

		@Override
		public void peerClosed(int code, String reason) {
			FrameParserTests.this.heard.add("close " + code + " " + reason);
		}

	};

	private static byte[] bytes(int length) {
		byte[] bytes = new byte[length];
		new Random(length).nextBytes(bytes);
		return bytes;
	}

	/** A masked frame. */
	private static byte[] frame(int first, byte[] payload) {
		ByteBuffer frame = ByteBuffer.allocate(14 + payload.length).put((byte) first);
		if (payload.length < 126) {
			frame.put((byte) (0x80 | payload.length));
		}
		else if (payload.length < 65_536) {
			frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
		}
		else {
			frame.put((byte) (0x80 | 127)).putLong(payload.length);
		}
		byte[] mask = bytes(4);
		frame.put(mask);
		for (int i = 0; i < payload.length; i++) {
			frame.put((byte) (payload[i] ^ mask[i % 4]));
		}
		return Arrays.copyOf(frame.array(), frame.position());
	}

	private static byte[] close(int code, String reason) {
		byte[] text = reason.getBytes(StandardCharsets.UTF_8);
		return frame(FIN | 8, ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array());
	}

	private static String message(byte[] payload) {
		return "message " + payload.length + " " + Bytes.of(payload).hashCode();
	}

	private void parse(byte[] bytes, int piece) {
		FrameParser parser = new FrameParser(MAX);
		for (int i = 0; i < bytes.length; i += piece) {
			ByteBuffer buffer = ByteBuffer.wrap(bytes, i, Math.min(piece, bytes.length - i));
			parser.parse(buffer, this.listener);
			assertThat(buffer.hasRemaining()).isFalse();
		}
	}

	private static byte[] join(byte[]... parts) {
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		for (byte[] part : parts) {
			all.writeBytes(part);
		}
		return all.toByteArray();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 5, 7, 8, 13, 125, 1000, 16_384, Integer.MAX_VALUE })
	void messagesInPiecesOfAnySizeArePutTogether(int piece) {
		byte[] whole = bytes(70_000);
		byte[] parts = bytes(3_000);
		parse(join(frame(FIN | 2, bytes(0)), frame(FIN | 2, bytes(1)), frame(FIN | 2, bytes(125)),
				frame(FIN | 2, bytes(126)), frame(FIN | 2, bytes(65_535)), frame(FIN | 2, bytes(65_536)),
				frame(FIN | 2, whole), frame(2, slice(parts, 0, 10)), frame(FIN | 9, "a".getBytes()),
				frame(0, slice(parts, 10, 2_000)), frame(FIN | 10, bytes(0)), frame(0, bytes(0)),
				frame(FIN, slice(parts, 2_000, 3_000)), frame(FIN | 1, "hello".getBytes()), frame(1, "hel".getBytes()),
				frame(FIN, "lo".getBytes()), frame(FIN | 2, bytes(9)), close(1000, "bye"), frame(FIN | 2, bytes(5))),
				piece);
		assertThat(this.heard).containsExactly(message(bytes(0)), message(bytes(1)), message(bytes(125)),
				message(bytes(126)), message(bytes(65_535)), message(bytes(65_536)), message(whole), "ping a", "pong ",
				message(parts), "text", "text", message(bytes(9)), "close 1000 bye");
	}

	private static byte[] slice(byte[] bytes, int from, int to) {
		return Arrays.copyOfRange(bytes, from, to);
	}

	@Test
	void aCloseWithoutACodeHasNone() {
		parse(frame(FIN | 8, bytes(0)), 1);
		assertThat(this.heard).containsExactly("close 1005 ");
	}

	@ParameterizedTest
	@CsvSource({ "0xC2,0x80,1002", "0xA2,0x80,1002", "0x92,0x80,1002", "0x82,0x00,1002", "0x83,0x80,1002",
			"0x87,0x80,1002", "0x8B,0x80,1002", "0x8F,0x80,1002", "0x08,0x80,1002", "0x09,0x80,1002", "0x89,0xFE,1002",
			"0x88,0xFF,1002", "0x80,0x80,1002", "0x00,0x81,1002" })
	void framesThatNobodyMaySendAreRefused(String first, String second, int code) {
		refused(code, new byte[] { (byte) (int) Integer.decode(first), (byte) (int) Integer.decode(second) });
	}

	private void refused(int code, byte[] bytes) {
		for (int piece : new int[] { 1, 3, Integer.MAX_VALUE }) {
			FrameParser parser = new FrameParser(MAX);
			assertThatExceptionOfType(FrameException.class).isThrownBy(() -> {
				for (int i = 0; i < bytes.length; i += piece) {
					parser.parse(ByteBuffer.wrap(bytes, i, Math.min(piece, bytes.length - i)), this.listener);
				}
			}).satisfies((ex) -> assertThat(ex.closeCode()).isEqualTo(code));
			assertThat(parser.isOver()).isTrue();
		}
	}

	@Test
	void lengthsThatAreNotInTheirShortestFormAreRefused() {
		refused(1002, new byte[] { (byte) 0x82, (byte) 0xFE, 0, 125, 0, 0, 0, 0 });
		refused(1002, new byte[] { (byte) 0x82, (byte) 0xFF, 0, 0, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF, 0, 0, 0, 0 });
		refused(1002, new byte[] { (byte) 0x82, (byte) 0xFF, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0 });
	}

	@Test
	void aMessageThatIsTooLongIsRefusedAtItsHeader() {
		refused(1009, slice(frame(FIN | 2, bytes(MAX + 1)), 0, 14));
		refused(1009, join(frame(2, bytes(60_000)), slice(frame(FIN, bytes(40_001)), 0, 8)));
		refused(1009, join(frame(2, bytes(MAX)), frame(FIN, bytes(1))));
		refused(1009, new byte[] { (byte) 0x82, (byte) 0xFF, 0x7F, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0 });
		parse(join(frame(2, bytes(60_000)), frame(FIN, bytes(40_000))), 16_384);
		assertThat(this.heard).hasSize(1);
	}

	@Test
	void aMessageInAMessageIsRefused() {
		refused(1002, join(frame(2, bytes(3)), frame(FIN | 2, bytes(3))));
		refused(1002, join(frame(2, bytes(3)), frame(FIN | 1, bytes(3))));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535 })
	void reservedCloseCodesAreRefused(int code) {
		refused(1002, close(code, ""));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1000, 1003, 1007, 1014, 3000, 4999 })
	void otherCloseCodesAreTold(int code) {
		parse(close(code, "x"), 2);
		assertThat(this.heard).containsExactly("close " + code + " x");
	}

	@Test
	void aCloseThatIsCutOrNoTextIsRefused() {
		refused(1002, frame(FIN | 8, bytes(1)));
		refused(1007, frame(FIN | 8, new byte[] { 3, (byte) 0xE8, (byte) 0xC3, 0x28 }));
	}

	/** Whatever comes: frames, or one refusal, and never more memory than came. */
	@Test
	void anyBytesAreFramesOrARefusal() {
		Random random = new Random(1);
		for (int i = 0; i < 20_000; i++) {
			byte[] bytes = new byte[random.nextInt(40)];
			random.nextBytes(bytes);
			if (bytes.length > 1) {
				bytes[0] = (byte) (random.nextInt(4) << 6 | random.nextInt(11));
				bytes[1] |= (byte) 0x80;
			}
			FrameParser parser = new FrameParser(MAX);
			try {
				parser.parse(ByteBuffer.wrap(bytes), this.listener);
			}
			catch (FrameException ex) {
				assertThat(ex.closeCode()).isIn(1002, 1007, 1009);
			}
		}
	}

}
