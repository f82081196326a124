package com.example.benchmark;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Slow streams as their client sees them: how many items come, and how long after they
 * were made. Items may come on several threads.
 */
final class PacedStreams {

	private static final long LONGEST = TimeUnit.MINUTES.toNanos(2);

	private static final int DIGITS = 3;

	private final Recorder delays = new Recorder(LONGEST, DIGITS);

	private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

	/**
	 * Open a stream on each connection, each with its own time within the period.
	 * @param connections the connections
	 * @param period milliseconds from one item to the next
	 */
	void open(List<Connection> connections, int period) {
		for (int i = 0; i < connections.size(); i++) {
			connections.get(i).paced(new PacedRequest(period + i % period, period), this::item);
		}
	}

	private void item(String item) {
		try {
			this.delays.recordValue(Math.max(0, Math.min(LONGEST, PacedRequest.delayOf(item))));
		}
		catch (RuntimeException ex) {
			this.failure.compareAndSet(null, ex);
		}
	}

	/**
	 * Tells what has come since this was asked the last time.
	 * @return the delays
	 */
	Delays take() {
		Throwable error = this.failure.get();
		if (error != null) {
			throw new IllegalStateException("An item is wrong", error);
		}
		Histogram histogram = this.delays.getIntervalHistogram();
		return new Delays(histogram.getTotalCount(), histogram.getValueAtPercentile(50),
				histogram.getValueAtPercentile(99), histogram.getMaxValue());
	}

	/**
	 * Delays of items.
	 *
	 * @param items how many came
	 * @param p50 half of them took no longer, nanoseconds
	 * @param p99 99 of 100 took no longer, nanoseconds
	 * @param max the longest one, nanoseconds
	 */
	record Delays(long items, long p50, long p99, long max) {

		String encode() {
			return this.items + "," + this.p50 + "," + this.p99 + "," + this.max;
		}

		static Delays parse(String encoded) {
			String[] parts = encoded.split(",");
			return new Delays(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]),
					Long.parseLong(parts[3]));
		}

	}

}
