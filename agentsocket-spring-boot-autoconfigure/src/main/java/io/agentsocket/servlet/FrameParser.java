package io.agentsocket.servlet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.transport.FrameException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of a client apart into WebSocket frames, and puts messages together, as
 * RFC 6455 (section 5) demands it, without extensions. Holds only what has arrived of an
 * unfinished message. Not thread-safe: belongs to the loop of a socket.
 */
final class FrameParser {

	private static final int PROTOCOL_ERROR = 1002;

	private static final int INVALID_TEXT = 1007;

	private static final int TOO_BIG = 1009;

	private static final int NO_CODE = 1005;

	private static final int FIN = 0x80;

	private static final int RESERVED = 0x70;

	private static final int OPCODE = 0x0F;

	private static final int MASKED = 0x80;

	private static final int LENGTH = 0x7F;

	private static final int CONTINUATION = 0;

	private static final int TEXT = 1;

	private static final int BINARY = 2;

	private static final int CONTROL = 8;

	private static final int PING = 9;

	private static final int PONG = 10;

	private static final int LENGTH_16 = 126;

	private static final int LENGTH_64 = 127;

	private static final int MASK = 4;

	/** Two bytes, a length of eight and a mask. */
	private static final int MAX_HEADER = 14;

	/** The first array of a message of which not all is there yet. */
	private static final int FIRST_BYTES = 1024;

	private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

	private static final byte[] NOTHING = {};

	private final int maxMessage;

	private final byte[] header = new byte[MAX_HEADER];

	private int headerFilled;

	private int headerSize = 2;

	private boolean inPayload;

	/** Bytes of the frame that have not come yet. */
	private int left;

	/** Bytes of the frame that have come, for its mask. */
	private int masked;

	/** The unfinished message, or {@code null} between two messages. */
	private byte @Nullable [] message;

	private int filled;

	/** Whether a message has begun, and its last frame has not come. */
	private boolean fragmented;

	/** Whether the message is a text, and not kept. */
	private boolean skipped;

	/** A control frame, which may come between the frames of a message. */
	private byte @Nullable [] control;

	private boolean over;

	/**
	 * Create a parser.
	 * @param maxMessage bytes of the largest message
	 */
	FrameParser(int maxMessage) {
		this.maxMessage = maxMessage;
	}

	/** Whether a CLOSE frame has come, or one that is not allowed. */
	boolean isOver() {
		return this.over;
	}

	/**
	 * Take bytes apart.
	 * @param bytes all of them are read
	 * @param listener told of complete frames and messages
	 * @throws FrameException if the client breaks a rule; nothing is read after that
	 */
	void parse(ByteBuffer bytes, FrameListener listener) {
		try {
			while (bytes.hasRemaining() && !this.over) {
				if (this.inPayload) {
					payload(bytes, listener);
				}
				else {
					header(bytes, listener);
				}
			}
		}
		catch (FrameException ex) {
			this.over = true;
			this.message = null;
			throw ex;
		}
		bytes.position(bytes.limit());
	}

	private void header(ByteBuffer bytes, FrameListener listener) {
		int taken = Math.min(bytes.remaining(), this.headerSize - this.headerFilled);
		bytes.get(this.header, this.headerFilled, taken);
		this.headerFilled += taken;
		if (this.headerFilled < this.headerSize) {
			return;
		}
		if (this.headerSize == 2) {
			check(this.header[0] & 0xFF, this.header[1] & 0xFF);
			int length = this.header[1] & LENGTH;
			this.headerSize += MASK + ((length == LENGTH_16) ? Short.BYTES : (length == LENGTH_64) ? Long.BYTES : 0);
			return;
		}
		begin(length(), listener);
		if (this.left == 0) {
			end(listener);
		}
	}

	private void check(int first, int second) {
		int opcode = first & OPCODE;
		require((first & RESERVED) == 0, "A reserved bit is set");
		require((second & MASKED) != 0, "A frame of a client is not masked");
		if (opcode >= CONTROL) {
			require(opcode <= PONG, "The opcode is reserved");
			require((first & FIN) != 0, "A control frame is in pieces");
			require((second & LENGTH) < LENGTH_16, "A control frame is too long");
		}
		else {
			require(opcode <= BINARY, "The opcode is reserved");
			require((opcode == CONTINUATION) == this.fragmented,
					"A message begins in the middle of another, or in none");
		}
	}

	private static void require(boolean condition, String rule) {
		if (!condition) {
			throw new FrameException(PROTOCOL_ERROR, rule);
		}
	}

	private int length() {
		int length = this.header[1] & LENGTH;
		if (length < LENGTH_16) {
			return length;
		}
		ByteBuffer header = ByteBuffer.wrap(this.header);
		long extended = (length == LENGTH_16) ? header.getShort(2) & 0xFFFF : header.getLong(2);
		require(extended >= ((length == LENGTH_16) ? LENGTH_16 : 1 << Short.SIZE),
				"A length is not in its shortest form");
		// The parts that are kept so far count as well.
		if (extended > this.maxMessage - this.filled) {
			throw new FrameException(TOO_BIG, "The message is too long");
		}
		return (int) extended;
	}

	private void begin(int length, FrameListener listener) {
		int opcode = this.header[0] & OPCODE;
		this.inPayload = true;
		this.left = length;
		this.masked = 0;
		if (opcode >= CONTROL) {
			this.control = (length == 0) ? NOTHING : new byte[length];
			return;
		}
		if (length > this.maxMessage - this.filled) {
			throw new FrameException(TOO_BIG, "The message is too long");
		}
		this.fragmented = true;
		if (opcode == TEXT) {
			this.skipped = true;
			listener.text();
		}
	}

	private void payload(ByteBuffer bytes, FrameListener listener) {
		int taken = Math.min(bytes.remaining(), this.left);
		if (this.control != null) {
			int offset = this.control.length - this.left;
			bytes.get(this.control, offset, taken);
			unmask(this.control, offset, taken);
		}
		else if (this.skipped) {
			bytes.position(bytes.position() + taken);
		}
		else {
			byte[] kept = room(taken);
			bytes.get(kept, this.filled, taken);
			unmask(kept, this.filled, taken);
			this.filled += taken;
		}
		this.masked += taken;
		this.left -= taken;
		if (this.left == 0) {
			end(listener);
		}
	}

	/** An array with room for more bytes of the message, which have arrived. */
	private byte[] room(int more) {
		byte[] present = this.message;
		if (present == null) {
			boolean whole = more == this.left && isLast();
			present = new byte[whole ? more : Math.min(this.left, Math.max(FIRST_BYTES, more))];
		}
		else if (present.length - this.filled < more) {
			int needed = this.filled + more;
			int most = isLast() ? this.filled + this.left : this.maxMessage;
			present = Arrays.copyOf(present, Math.max(needed, Math.min(most, 2 * present.length)));
		}
		this.message = present;
		return present;
	}

	private boolean isLast() {
		return (this.header[0] & FIN) != 0;
	}

	private void unmask(byte[] array, int offset, int length) {
		int first = this.headerSize - MASK;
		long mask = 0;
		for (int i = 0; i < Long.BYTES; i++) {
			mask = mask << Byte.SIZE | this.header[first + (this.masked + i) % MASK] & 0xFF;
		}
		int end = offset + length;
		int at = offset;
		for (; at <= end - Long.BYTES; at += Long.BYTES) {
			LONGS.set(array, at, (long) LONGS.get(array, at) ^ mask);
		}
		for (int shift = Long.SIZE - Byte.SIZE; at < end; at++, shift -= Byte.SIZE) {
			array[at] ^= (byte) (mask >>> shift);
		}
	}

	private void end(FrameListener listener) {
		this.inPayload = false;
		this.headerFilled = 0;
		this.headerSize = 2;
		byte[] payload = this.control;
		if (payload != null) {
			this.control = null;
			int opcode = this.header[0] & OPCODE;
			if (opcode == CONTROL) {
				close(payload, listener);
			}
			else {
				listener.control(payload, opcode == PING);
			}
		}
		else if (isLast()) {
			this.fragmented = false;
			message(listener);
		}
	}

	private void message(FrameListener listener) {
		byte[] whole = this.message;
		int length = this.filled;
		boolean kept = !this.skipped;
		this.message = null;
		this.filled = 0;
		this.skipped = false;
		if (kept) {
			byte[] exact = (whole == null) ? NOTHING : (whole.length == length) ? whole : Arrays.copyOf(whole, length);
			listener.message(Bytes.of(exact));
		}
	}

	private void close(byte[] payload, FrameListener listener) {
		this.over = true;
		if (payload.length == 0) {
			listener.peerClosed(NO_CODE, "");
			return;
		}
		require(payload.length > 1, "A close code has two bytes");
		int code = (payload[0] & 0xFF) << Byte.SIZE | payload[1] & 0xFF;
		require(isCode(code), "The close code is reserved");
		if (!Utf8.isValid(payload, 2, payload.length - 2)) {
			throw new FrameException(INVALID_TEXT, "The reason is not UTF-8");
		}
		listener.peerClosed(code, new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
	}

	/** Whether a peer may send a close code, section 7.4 of RFC 6455 and its registry. */
	private static boolean isCode(int code) {
		return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
	}

}
