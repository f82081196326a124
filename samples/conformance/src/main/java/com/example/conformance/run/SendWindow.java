package com.example.conformance.run;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that a script has sent and the client has not acknowledged. Only acts that send
 * much wait for it: the others may break the rule on purpose. Thread-safe.
 */
final class SendWindow {

	/** The window of a client that declares none. */
	private static final int USUAL = 256 * 1024;

	/** Sizes of messages by the number of their last frame. */
	private final TreeMap<Long, Integer> unacknowledged = new TreeMap<>();

	private int size = USUAL;

	private int bytes;

	/** The client has declared its window, or {@code null}. */
	synchronized void declared(@Nullable Object window) {
		this.size = (window instanceof Number number) ? number.intValue() : USUAL;
	}

	synchronized void sent(long number, int size) {
		this.unacknowledged.put(number, size);
		this.bytes += size;
	}

	synchronized void acknowledged(long number) {
		Map<Long, Integer> gone = this.unacknowledged.headMap(number, true);
		this.bytes -= gone.values().stream().mapToInt(Integer::intValue).sum();
		gone.clear();
		notifyAll();
	}

	synchronized void changed() {
		notifyAll();
	}

	/** Wait until a message may be sent. */
	synchronized void await(int more, BooleanSupplier closed) throws InterruptedException {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FrameLog.PATIENCE);
		while (this.bytes > 0 && this.bytes + more > this.size && !closed.getAsBoolean()) {
			long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
			if (left <= 0) {
				throw new CaseFailed("the client acknowledges nothing");
			}
			wait(left);
		}
	}

}
