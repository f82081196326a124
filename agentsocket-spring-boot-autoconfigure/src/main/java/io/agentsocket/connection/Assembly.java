package io.agentsocket.connection;

import java.util.Arrays;
import java.util.HashMap;
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
final class Assembly {

	private static final class Buffer {

		private byte[] bytes = new byte[0];

		private int length;

		void append(Bytes more, int limit) {
			int needed = this.length + more.length();
			if (needed > this.bytes.length) {
				this.bytes = Arrays.copyOf(this.bytes, Math.max(needed, Math.min(2 * needed, limit)));
			}
			System.arraycopy(more.array(), more.offset(), this.bytes, this.length, more.length());
			this.length = needed;
		}

	}

	private final Limits limits;

	private @Nullable Map<Integer, Buffer> buffers;

	private int total;

	Assembly(Limits limits) {
		this.limits = limits;
	}

	/**
	 * Add a part.
	 * @return the code with which the stream must end, or {@code null}
	 */
	@Nullable ErrorCode add(int streamId, Bytes part) {
		Map<Integer, Buffer> all = (this.buffers != null) ? this.buffers : new HashMap<>();
		this.buffers = all;
		Buffer buffer = all.computeIfAbsent(streamId, (id) -> new Buffer());
		int length = buffer.length + part.length();
		if (length > this.limits.item()) {
			return ErrorCode.TOO_LARGE;
		}
		if (this.total + part.length() > this.limits.assembly()) {
			return ErrorCode.RESOURCE_EXHAUSTED;
		}
		buffer.append(part, this.limits.item());
		this.total += part.length();
		return null;
	}

	/** Whether parts wait for their frame. */
	boolean isPending(int streamId) {
		return this.buffers != null && this.buffers.containsKey(streamId);
	}

	/**
	 * The whole payload of a frame: its parts and the rest.
	 * @return the payload, or {@code null} when it exceeds the item limit
	 */
	@Nullable Bytes complete(int streamId, Bytes rest) {
		Buffer buffer = remove(streamId);
		if (buffer == null) {
			return rest;
		}
		int length = buffer.length + rest.length();
		if (length > this.limits.item()) {
			return null;
		}
		buffer.append(rest, length);
		return Bytes.of(buffer.bytes, 0, length);
	}

	/** Drop the parts of a stream that ended. */
	void discard(int streamId) {
		remove(streamId);
	}

	private @Nullable Buffer remove(int streamId) {
		Map<Integer, Buffer> all = this.buffers;
		Buffer buffer = (all != null) ? all.remove(streamId) : null;
		if (buffer != null) {
			this.total -= buffer.length;
			if (all != null && all.isEmpty()) {
				this.buffers = null;
			}
		}
		return buffer;
	}

	void clear() {
		this.buffers = null;
		this.total = 0;
	}

}
