package io.agentsocket.relay.answer;

import java.util.Arrays;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes, in chunks of any size, into frames with a length. Holds no more
 * than one unfinished frame and the present chunk. Not thread-safe. Implements section 5
 * of {@code docs/function-protocol.md}.
 */
final class FrameSplitter {

	private static final int LENGTH = 2;

	/** A length of 31 bits. */
	private static final int MAX_VARINT = 5;

	/** Bytes of a frame beside its item: metadata, head fields. */
	private static final int ALLOWANCE = 8 * 1024;

	/** Frames are not larger in any codec. */
	private static final int MAX_FRAME = 1 << 24;

	private final Limits limits;

	private byte[] buffer = new byte[0];

	private int position;

	private int end;

	/** Whether the buffer was made here, and has room behind its end. */
	private boolean own;

	/**
	 * Create a splitter.
	 * @param item bytes of the largest item
	 */
	FrameSplitter(int item) {
		int frame = frame(item);
		Limits base = Limits.SERVER;
		this.limits = new Limits(frame, frame, frame, frame, base.streams(), base.items(),
				Math.max(2 * frame, base.window()), base.aliases(), base.name(), Math.min(base.metadata(), frame),
				base.depth());
	}

	/** Bytes of the largest frame. */
	static int frame(int item) {
		return (int) Math.min(MAX_FRAME, (long) item + ALLOWANCE);
	}

	/** Add a chunk that nobody writes to any more. */
	void add(byte[] chunk) {
		if (this.position == this.end) {
			this.buffer = chunk;
			this.position = 0;
			this.end = chunk.length;
			this.own = false;
			return;
		}
		int rest = this.end - this.position;
		if (!this.own || this.end + chunk.length > this.buffer.length) {
			// Twice as much, so that bytes that come one by one are not copied each time.
			byte[] larger = new byte[Math.max(rest + chunk.length, Math.min(2 * rest, this.limits.frame()))];
			System.arraycopy(this.buffer, this.position, larger, 0, rest);
			this.buffer = larger;
			this.position = 0;
			this.end = rest;
			this.own = true;
		}
		System.arraycopy(chunk, 0, this.buffer, this.end, chunk.length);
		this.end += chunk.length;
	}

	/** Whether there is a part of a frame. */
	boolean isPartial() {
		return this.position < this.end;
	}

	/** Bytes of the frame of which there is a part. */
	int held() {
		return this.end - this.position;
	}

	/**
	 * The next frame.
	 * @return the frame, or {@code null} until more bytes come
	 * @throws FunctionFailure if the bytes are no frame
	 */
	@Nullable Frame next() {
		int size = size();
		if (size < 0 || size > this.end - this.position) {
			return null;
		}
		Bytes bytes = Bytes.of(this.buffer, this.position, size);
		this.position += size;
		if (this.own) {
			// The frame refers to the buffer, so nothing is written to it any more.
			this.buffer = Arrays.copyOfRange(this.buffer, this.position, this.end);
			this.end -= this.position;
			this.position = 0;
			this.own = false;
		}
		try {
			return new FrameReader(bytes, this.limits).next();
		}
		catch (ProtocolException ex) {
			throw FunctionFailure.malformed("A frame is malformed: " + ex.getMessage());
		}
	}

	/** Number of bytes of the frame at the position, -1 while that cannot be told. */
	private int size() {
		if (this.position == this.end) {
			return -1;
		}
		int head = this.buffer[this.position] & 0xFF;
		FrameType type = FrameType.of(head >>> 3);
		if (type == null) {
			throw FunctionFailure.malformed("Frame type " + (head >>> 3) + " is reserved");
		}
		if ((head & LENGTH) == 0) {
			throw FunctionFailure.malformed("A frame has no length");
		}
		int at = this.position + 1;
		if (type.hasStream()) {
			at = skipVarint(at);
		}
		int lengthAt = at;
		at = (at >= 0) ? skipVarint(at) : -1;
		if (at < 0) {
			return -1;
		}
		long length = 0;
		for (int i = lengthAt; i < at; i++) {
			length |= (long) (this.buffer[i] & 0x7F) << 7 * (i - lengthAt);
		}
		long size = at - this.position + length;
		if (size > this.limits.frame()) {
			throw FunctionFailure.malformed("A frame of " + size + " bytes exceeds " + this.limits.frame());
		}
		return (int) size;
	}

	/** Index behind a varint, -1 while it is not complete. */
	private int skipVarint(int from) {
		for (int at = from; at < this.end; at++) {
			if (at - from == MAX_VARINT) {
				throw FunctionFailure.malformed("A number of a frame has more than 5 bytes");
			}
			if (this.buffer[at] >= 0) {
				return at + 1;
			}
		}
		if (this.end - from >= MAX_VARINT) {
			throw FunctionFailure.malformed("A number of a frame has more than 5 bytes");
		}
		return -1;
	}

}
