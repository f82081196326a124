package io.agentsocket.server.bounds;

import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;

/**
 * Counts the refusals of a pod, and tells them in the log, at most once a minute.
 * Thread-safe.
 */
public final class Refusals {

	private static final Log logger = PrintableLog.of(Refusals.class);

	/** An attack refuses thousands a second, and an operator needs one line. */
	private static final long INTERVAL = TimeUnit.MINUTES.toNanos(1);

	private final LongAdder[] counts = new LongAdder[Refusal.values().length];

	/** The counts that the last line has told; written by the thread that writes it. */
	private final long[] told = new long[this.counts.length];

	private final AtomicLong nextLine;

	private final Supplier<String> figures;

	private final LongSupplier clock;

	/**
	 * Create counts.
	 * @param figures tells for a line of the log how full the pod is
	 */
	Refusals(Supplier<String> figures) {
		this(figures, System::nanoTime);
	}

	Refusals(Supplier<String> figures, LongSupplier clock) {
		this.figures = figures;
		this.clock = clock;
		this.nextLine = new AtomicLong(clock.getAsLong());
		for (int i = 0; i < this.counts.length; i++) {
			this.counts[i] = new LongAdder();
		}
	}

	/** Something was refused. */
	public void count(Refusal reason) {
		this.counts[reason.ordinal()].increment();
		long next = this.nextLine.get();
		long now = this.clock.getAsLong();
		if (now - next >= 0 && this.nextLine.compareAndSet(next, now + INTERVAL)) {
			logger.warn(
					"Refused since the last such line, a minute ago or longer: " + news() + ". " + this.figures.get());
		}
	}

	private synchronized String news() {
		StringJoiner news = new StringJoiner(", ");
		for (Refusal reason : Refusal.values()) {
			long count = count(reason, this.counts);
			long more = count - this.told[reason.ordinal()];
			this.told[reason.ordinal()] = count;
			if (more > 0) {
				news.add(more + " " + reason.text());
			}
		}
		return news.toString();
	}

	private static long count(Refusal reason, LongAdder[] counts) {
		return counts[reason.ordinal()].sum();
	}

	/**
	 * How often something was refused for a reason.
	 * @param reason the reason
	 * @return the number since the start
	 */
	public long total(Refusal reason) {
		return count(reason, this.counts);
	}

}
