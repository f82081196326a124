package io.agentsocket.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * The timers of a session, at most one of each kind. Runs in the peer's loop, and runs
 * its tasks there.
 */
final class SessionTimers {

	/** Purposes of timers. */
	enum Kind {

		/** The connection becomes too old. */
		CONNECTION_AGE,

		/** The session becomes too old. */
		SESSION_AGE,

		/** The session is renewed in the store. */
		RENEWAL,

		/** The credential of the agent expires. */
		CREDENTIAL,

		/** The session was without a connection for too long. */
		EXPIRY,

		/** A peer that has nothing to do goes away. */
		LINGER

	}

	private final Scheduler scheduler;

	private final Consumer<Runnable> loop;

	private final @Nullable Disposable[] timers = new Disposable[Kind.values().length];

	/**
	 * Create timers.
	 * @param scheduler where time passes
	 * @param loop runs tasks in the peer's loop
	 */
	SessionTimers(Scheduler scheduler, Consumer<Runnable> loop) {
		this.scheduler = scheduler;
		this.loop = loop;
	}

	/** Run a task after a time, in place of one of this kind that has not run yet. */
	void start(Kind kind, Duration delay, Runnable task) {
		cancel(kind);
		Disposable.Swap timer = Disposables.swap();
		this.timers[kind.ordinal()] = timer;
		timer.update(this.scheduler.schedule(() -> this.loop.accept(() -> {
			if (this.timers[kind.ordinal()] == timer) {
				this.timers[kind.ordinal()] = null;
				task.run();
			}
		}), delay.toMillis(), TimeUnit.MILLISECONDS));
	}

	boolean isRunning(Kind kind) {
		return this.timers[kind.ordinal()] != null;
	}

	void cancel(Kind... kinds) {
		for (Kind kind : kinds) {
			Disposable timer = this.timers[kind.ordinal()];
			if (timer != null) {
				timer.dispose();
				this.timers[kind.ordinal()] = null;
			}
		}
	}

}
