package io.agentsocket.connection.takeover;

import java.time.Duration;

import io.agentsocket.connection.loop.PeerLoop;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * Delays a step that nobody waits for by a few milliseconds, so that many calls of a busy
 * session share it, and what comes and goes meanwhile is not written at all. All sessions
 * wait for the same moments, so that timers of many wake a thread once, and their steps
 * leave together. Runs in the peer's loop.
 */
final class StepDelay {

	/**
	 * The longest delay, and the time from one of these moments to the next. A pod that
	 * dies takes along the changes of this time, as it does with a step that is on its
	 * way: the time is short beside that of a takeover.
	 */
	private static final Duration DELAY = Duration.ofMillis(5);

	/**
	 * Bytes for which a step waits no longer: a quarter of the window that agents have by
	 * default, and far from the time after which the store seems too slow.
	 */
	private static final int MAX_BYTES = 64 * 1024;

	/** Records for which a step waits no longer. */
	private static final int MAX_RECORDS = 256;

	private final PeerLoop loop;

	private @Nullable Disposable timer;

	/** Since when a step waits, in nanoseconds; 0 when none does. */
	private long since;

	/** The value of {@link #since} when the timer was set. */
	private long timerFor;

	private boolean urgent;

	StepDelay(PeerLoop loop) {
		this.loop = loop;
	}

	/** Somebody waits for the next step. */
	void urge() {
		this.urgent = true;
	}

	/**
	 * Whether the next step, for which there is something, waits for more.
	 * @param bytes bytes that wait for it
	 * @param records records that wait for it
	 */
	boolean isOn(int bytes, int records) {
		if (this.urgent || bytes >= MAX_BYTES || records >= MAX_RECORDS) {
			return false;
		}
		if (this.since == 0) {
			// Never 0.
			this.since = this.loop.now() | 1;
		}
		if (this.timer == null) {
			this.timerFor = this.since;
			long period = DELAY.toNanos();
			this.timer = this.loop.schedule(this::passed,
					Duration.ofNanos(period - Math.floorMod(this.loop.now(), period)));
		}
		return true;
	}

	/**
	 * The turn ends with the step. If another step has taken along what there was, the
	 * timer is set once more for what has come just now: that is cheaper than to cancel
	 * it with each step.
	 */
	private void passed() {
		this.timer = null;
		this.urgent |= this.since != 0
				&& (this.since == this.timerFor || this.loop.now() - this.since >= DELAY.toNanos() / 2);
	}

	/** A step has taken all along. */
	void begun() {
		this.urgent = false;
		this.since = 0;
	}

	/** Nothing is stored any more. */
	void close() {
		if (this.timer != null) {
			this.timer.dispose();
			this.timer = null;
		}
	}

}
