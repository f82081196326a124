package io.agentsocket.connection.stream;

import io.agentsocket.action.Invocation;
import reactor.util.context.ContextView;

/**
 * An invocation of an action of the other side, as {@link OpenCalls} and
 * {@link RetryAfterReset} see it: the call waits, gets a stream id, and may be made again
 * after a reset.
 */
public abstract class OutgoingCall extends Stream {

	/** The fate of a call when the session is reset. */
	enum AfterReset {

		/** It ends. */
		FAILS,

		/** It is made again. */
		REPEATED,

		/** It is made again if the other side says that its action may run twice. */
		UNDECIDED

	}

	private long waitingSince;

	/** The call begins to wait for its turn. */
	final void beginWaiting() {
		this.waitingSince = System.nanoTime();
	}

	/** When the call began to wait, by {@link System#nanoTime()}. */
	final long waitingSince() {
		return this.waitingSince;
	}

	/** Name of the action. */
	abstract String action();

	@Override
	public final String actionName() {
		return action();
	}

	@Override
	public final boolean waitsForOther() {
		return true;
	}

	/** There is a free stream: queue the INVOKE. */
	abstract void open(int streamId);

	/** Whether the call waits to be opened. */
	abstract boolean isWaiting();

	/** Whether the call was sent before an earlier reset: it may have run. */
	abstract boolean wasSent();

	/**
	 * The fate of the call when the session is reset, asked once for each reset. A call
	 * that waits has one if it {@linkplain #wasSent() was sent} before.
	 */
	abstract AfterReset afterReset(boolean sameSession);

	/** The description of the call; from any thread. */
	abstract Invocation invocation();

	/** Reactor context of the subscriber; from any thread. */
	abstract ContextView callerContext();

	/** Wait to be opened once more: the session was reset. */
	public abstract void awaitRepetition();

}
