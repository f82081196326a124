package io.agentsocket.relay;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.protocol.Printable;
import org.jspecify.annotations.Nullable;

/**
 * Counts the requests to one function. Thread-safe.
 */
final class FunctionCounts {

	/** A reason has texts of the function or of a name server in it. */
	private static final int MAX_REASON = 500;

	private final AtomicInteger open = new AtomicInteger();

	private final LongAdder answered = new LongAdder();

	private final LongAdder failed = new LongAdder();

	private final LongAdder refused = new LongAdder();

	private volatile FunctionReport.@Nullable Failure last;

	/** A request is made. */
	void begun() {
		this.open.incrementAndGet();
	}

	/** A request is over. */
	void ended(CallGuard.Result result) {
		this.open.decrementAndGet();
		switch (result) {
			case ANSWERED -> this.answered.increment();
			case FAILED -> this.failed.increment();
			case UNKNOWN -> {
				// Nobody has waited for the answer.
			}
		}
	}

	/** The guard has refused a request. */
	void refused() {
		this.refused.increment();
	}

	/** A request came to nothing. */
	void failed(String action, String kind, String reason) {
		this.last = new FunctionReport.Failure(Instant.now(), action, kind, Printable.of(reason, MAX_REASON));
	}

	int open() {
		return this.open.get();
	}

	long answered() {
		return this.answered.sum();
	}

	long failed() {
		return this.failed.sum();
	}

	long refusals() {
		return this.refused.sum();
	}

	FunctionReport.@Nullable Failure last() {
		return this.last;
	}

}
