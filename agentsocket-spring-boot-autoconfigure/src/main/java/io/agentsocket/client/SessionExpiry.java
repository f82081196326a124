package io.agentsocket.client;

import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The end of a client's session by the client's own clock: the server keeps a session
 * without a connection for its time to live, and not longer. The answer to a HELLO that
 * is underway is awaited, since it may be a resume. Confined to the peer's loop.
 * Implements section 16 of {@code docs/protocol.md}.
 */
final class SessionExpiry {

	/** How long there has been no connection. */
	private final Supplier<Duration> outage;

	private final Resumption resumption;

	/** Runs a task in the loop after a time. */
	private final BiFunction<Duration, Runnable, Disposable> timer;

	/** Ends the session. */
	private final Runnable end;

	/** The end of the session, if there is no connection until then. */
	private @Nullable Disposable pending;

	private boolean overdue;

	SessionExpiry(Supplier<Duration> outage, Resumption resumption, BiFunction<Duration, Runnable, Disposable> timer,
			Runnable end) {
		this.outage = outage;
		this.resumption = resumption;
		this.timer = timer;
		this.end = end;
	}

	/** The connection is lost. */
	void begin() {
		this.pending = this.timer.apply(this.resumption.ttl(), this::due);
	}

	/** There is a connection. */
	void connected() {
		stop();
		this.overdue = false;
	}

	/** Forgets the session's end: nothing is waited for any more. */
	void stop() {
		if (this.pending != null) {
			this.pending.dispose();
			this.pending = null;
		}
	}

	private void due() {
		// A later outage has a timer of its own.
		if (this.outage.get().compareTo(this.resumption.ttl()) >= 0) {
			this.overdue = true;
			check();
		}
	}

	/** Ends the session if its time is over and no answer is awaited. */
	void check() {
		if (this.overdue && !this.resumption.isUnderway()) {
			this.overdue = false;
			this.end.run();
		}
	}

}
