package io.agentsocket.connection.sequence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

/**
 * Collects PART frames until the frame that they belong to arrives. Grows with what has
 * arrived, never with what was announced. Implements section 9.6 of
 * {@code docs/protocol.md} (PART).
 */
public final class Reassembly {

	/**
	 * A part of so many bytes that fills most of its message is kept with it, and copied
	 * once, when the payload is whole. The others are copied at once, so that many small
	 * ones take no more than their bytes.
	 */
	private static final int PIECE = 1024;

	/** A payload beside its parts: its lists and arrays, and an entry in a map. */
	private static final int PAYLOAD = 192;

	/** The parts of one payload, in their order. */
	private static final class Buffer {

		private final List<Bytes> pieces = new ArrayList<>(4);

		/** Parts behind the pieces that are too small to be kept as they are. */
		private byte[] tail = new byte[0];

		private int tailLength;

		private int length;

		/** Bytes of the arrays that the parts are in. */
		private int held = PAYLOAD;

		void append(Bytes part) {
			if (part.length() >= PIECE && part.length() >= part.array().length / 2) {
				closeTail();
				this.pieces.add(part);
				this.held += part.array().length;
			}
			else {
				int needed = this.tailLength + part.length();
				if (needed > this.tail.length) {
					int larger = Math.max(needed, 2 * this.tail.length);
					this.held += larger - this.tail.length;
					this.tail = Arrays.copyOf(this.tail, larger);
				}
				System.arraycopy(part.array(), part.offset(), this.tail, this.tailLength, part.length());
				this.tailLength = needed;
			}
			this.length += part.length();
		}

		private void closeTail() {
			if (this.tailLength > 0) {
				this.pieces.add(Bytes.of(this.tail, 0, this.tailLength));
				this.tail = new byte[0];
				this.tailLength = 0;
			}
		}

		Bytes whole(Bytes rest) {
			closeTail();
			this.pieces.add(rest);
			byte[] whole = new byte[this.length + rest.length()];
			int at = 0;
			for (Bytes piece : this.pieces) {
				System.arraycopy(piece.array(), piece.offset(), whole, at, piece.length());
				at += piece.length();
			}
			return Bytes.of(whole);
		}

	}

	private final Limits limits;

	private @Nullable Map<Integer, Buffer> buffers;

	private int total;

	private int held;

	public Reassembly(Limits limits) {
		this.limits = limits;
	}

	/**
	 * Add a part.
	 * @return the code with which the stream must end, or {@code null}
	 */
	public @Nullable ErrorCode add(int streamId, Bytes part) {
		Map<Integer, Buffer> all = (this.buffers != null) ? this.buffers : new HashMap<>();
		this.buffers = all;
		Buffer buffer = all.get(streamId);
		if (buffer == null) {
			buffer = new Buffer();
			all.put(streamId, buffer);
			this.held += buffer.held;
		}
		int length = buffer.length + part.length();
		if (length > this.limits.item()) {
			return ErrorCode.TOO_LARGE;
		}
		if (this.total + part.length() > this.limits.assembly()) {
			return ErrorCode.RESOURCE_EXHAUSTED;
		}
		this.held -= buffer.held;
		buffer.append(part);
		this.held += buffer.held;
		this.total += part.length();
		return null;
	}

	/** Bytes of all parts that wait for their frames. */
	public int bytes() {
		return this.total;
	}

	/**
	 * Bytes of the heap that these parts take: up to twice as many, as a part is kept in
	 * the message that it came in, and some for each payload.
	 */
	public int held() {
		return this.held;
	}

	/** Whether parts wait for their frame. */
	public boolean isPending(int streamId) {
		return this.buffers != null && this.buffers.containsKey(streamId);
	}

	/**
	 * The whole payload of a frame: its parts and the rest.
	 * @return the payload, or {@code null} when it exceeds the item limit
	 */
	public @Nullable Bytes complete(int streamId, Bytes rest) {
		Buffer buffer = remove(streamId);
		if (buffer == null) {
			return rest;
		}
		int length = buffer.length + rest.length();
		if (length > this.limits.item()) {
			return null;
		}
		return buffer.whole(rest);
	}

	/** Drop the parts of a stream that ended. */
	public void discard(int streamId) {
		remove(streamId);
	}

	private @Nullable Buffer remove(int streamId) {
		Map<Integer, Buffer> all = this.buffers;
		Buffer buffer = (all != null) ? all.remove(streamId) : null;
		if (buffer != null) {
			this.total -= buffer.length;
			this.held -= buffer.held;
			if (all != null && all.isEmpty()) {
				this.buffers = null;
			}
		}
		return buffer;
	}

	/** Drops all parts. */
	public void clear() {
		this.buffers = null;
		this.total = 0;
		this.held = 0;
	}

}
