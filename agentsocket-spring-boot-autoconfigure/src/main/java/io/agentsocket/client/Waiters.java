package io.agentsocket.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;

import io.agentsocket.connection.Peer;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;

/**
 * Whatever waits for a connection: invocations that were not sent, which the peer has,
 * and callers of {@link AgentSocketClient#connect()}. Each waits for a bounded time.
 * Confined to the peer's loop.
 */
final class Waiters {

	/** Long enough for calls that are about to be sent in the same turn of the loop. */
	private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(10);

	/** "For ever", for clocks that count nanoseconds. */
	private static final Duration LONGEST = Duration.ofDays(36_500);

	private final long nanos;

	private final Peer peer;

	private final BiFunction<Duration, Runnable, Disposable> timers;

	private final List<Waiting> callers = new ArrayList<>();

	/** The error of the overdue, {@code null} while there is a connection. */
	private @Nullable Supplier<ActionException> error;

	/** Beginning of the time without a connection. */
	private long since;

	/** The next look, as long as something waits. */
	private @Nullable Disposable timer;

	/**
	 * Create it.
	 * @param time how long something waits
	 * @param peer has the invocations
	 * @param timers runs a task in the loop after a time
	 */
	Waiters(Duration time, Peer peer, BiFunction<Duration, Runnable, Disposable> timers) {
		this.nanos = Math.max(((time.compareTo(LONGEST) < 0) ? time : LONGEST).toNanos(), LEAST);
		this.peer = peer;
		this.timers = timers;
	}

	/** A caller waits for the connection. */
	void add(Sinks.Empty<Void> caller) {
		this.callers.add(new Waiting(caller, System.nanoTime()));
		begun();
	}

	/** A caller does not wait any more. */
	void remove(Sinks.Empty<Void> caller) {
		this.callers.removeIf((waiting) -> waiting.told() == caller);
	}

	/**
	 * There is no connection from now on.
	 * @param error the error of the overdue, asked when it is needed
	 */
	void begin(Supplier<ActionException> error) {
		stop();
		this.error = error;
		this.since = System.nanoTime();
		// Something may wait already.
		await(this.nanos, error);
	}

	/**
	 * Something begins to wait. As long as nothing does nobody looks, however short the
	 * time and long the outage.
	 */
	void begun() {
		Supplier<ActionException> present = this.error;
		if (present != null && this.timer == null) {
			await(this.nanos, present);
		}
	}

	private void await(long left, Supplier<ActionException> error) {
		stopLooking();
		this.timer = this.timers.apply(Duration.ofNanos(Math.max(left, LEAST)), () -> fail(error));
	}

	/**
	 * Calls that have waited for too long fail; the next look is when the next one is
	 * due.
	 */
	private void fail(Supplier<ActionException> error) {
		if (this.error != error) {
			return;
		}
		ActionException reason = error.get();
		this.timer = null;
		long next = this.peer.failWaiting(this.since, this.nanos, reason);
		long now = System.nanoTime();
		List<Waiting> overdue = new ArrayList<>();
		for (Waiting caller : this.callers) {
			long left = caller.since() + this.nanos - now;
			if (left <= 0) {
				overdue.add(caller);
			}
			else {
				next = Math.min(next, left);
			}
		}
		this.callers.removeAll(overdue);
		// A caller that heard of its failure may have closed the client.
		if (next != Long.MAX_VALUE && this.error == error) {
			await(next, error);
		}
		overdue.forEach((caller) -> caller.told().tryEmitError(reason));
	}

	/** There is a connection, or there will be none. */
	void stop() {
		this.error = null;
		stopLooking();
	}

	private void stopLooking() {
		if (this.timer != null) {
			this.timer.dispose();
			this.timer = null;
		}
	}

	/** Whether something that waits since the loss of the connection is overdue. */
	boolean isOver(Duration waited) {
		return waited.toNanos() >= this.nanos;
	}

	/** All callers that wait, which get another answer. */
	List<Sinks.Empty<Void>> take() {
		List<Sinks.Empty<Void>> taken = this.callers.stream().map(Waiting::told).toList();
		this.callers.clear();
		return taken;
	}

	/**
	 * A caller that waits.
	 *
	 * @param told learns of the connection, or why there is none
	 * @param since when it began to wait, by {@link System#nanoTime()}
	 */
	private record Waiting(Sinks.Empty<Void> told, long since) {

	}

}
