package io.agentsocket.servlet;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Makes the WebSocket frames of a server, which are not masked (RFC 6455, section 5).
 */
final class ServerFrames {

	/** Opcode of a binary message, in one frame. */
	static final int BINARY = 0x82;

	private static final int CLOSE = 0x88;

	private static final int PONG = 0x8A;

	private static final int LENGTH_16 = 126;

	private static final int LENGTH_64 = 127;

	/** Flags and opcode in one byte, and a length of up to nine. */
	private static final int MAX_HEADER = 10;

	/** Bytes of a reason, of the 125 that a control frame has. */
	private static final int MAX_REASON = 123;

	/** Codes that no frame has, section 7.4.1. */
	private static final int NO_CODE = 1005;

	private static final int ABNORMAL = 1006;

	/** A payload up to this length is copied behind its header; a longer one is not. */
	private static final int COPIED_BYTES = 1024;

	private ServerFrames() {
	}

	/** Add a message to those that are sent. */
	static void message(Bytes message, List<ByteBuffer> target) {
		int length = message.length();
		if (length <= COPIED_BYTES) {
			ByteBuffer frame = header(BINARY, length, MAX_HEADER + length);
			target.add(frame.put(message.array(), message.offset(), length).flip());
		}
		else {
			target.add(header(BINARY, length, MAX_HEADER).flip());
			target.add(ByteBuffer.wrap(message.array(), message.offset(), length));
		}
	}

	static ByteBuffer pong(byte[] payload) {
		return header(PONG, payload.length, MAX_HEADER + payload.length).put(payload).flip();
	}

	/** A CLOSE frame; without a code if that is none that may be sent. */
	static ByteBuffer close(int code, @Nullable String reason) {
		if (code == NO_CODE || code == ABNORMAL) {
			return header(CLOSE, 0, MAX_HEADER).flip();
		}
		Bytes text = Bytes.of(((reason != null) ? reason : "").getBytes(StandardCharsets.UTF_8));
		int length = Utf8.cut(text, MAX_REASON);
		ByteBuffer frame = header(CLOSE, Short.BYTES + length, MAX_HEADER + Short.BYTES + length);
		return frame.putShort((short) code).put(text.array(), text.offset(), length).flip();
	}

	private static ByteBuffer header(int first, int length, int capacity) {
		ByteBuffer frame = ByteBuffer.allocate(capacity).put((byte) first);
		if (length < LENGTH_16) {
			return frame.put((byte) length);
		}
		if (length < 1 << Short.SIZE) {
			return frame.put((byte) LENGTH_16).putShort((short) length);
		}
		return frame.put((byte) LENGTH_64).putLong(length);
	}

}
