package io.agentsocket.servlet;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Buffers to read into. A connection has one only while it reads: an idle one costs
 * nothing. Thread-safe.
 */
final class ReadBuffers {

	/** As much as the kernel often has, and more than most messages. */
	private static final int BYTES = 16_384;

	/** Kept buffers: more threads than these seldom read at the same time. */
	private static final int KEPT = 64;

	private static final BlockingQueue<ByteBuffer> KEPT_BUFFERS = new ArrayBlockingQueue<>(KEPT);

	private ReadBuffers() {
	}

	static ByteBuffer take() {
		ByteBuffer kept = KEPT_BUFFERS.poll();
		return (kept != null) ? kept : ByteBuffer.allocate(BYTES);
	}

	static void giveBack(ByteBuffer buffer) {
		KEPT_BUFFERS.offer(buffer);
	}

}
