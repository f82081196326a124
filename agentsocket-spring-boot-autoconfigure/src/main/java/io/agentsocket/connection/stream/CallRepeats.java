package io.agentsocket.connection.stream;

import io.agentsocket.connection.stream.OutgoingCall.AfterReset;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * How often a call was sent, and whether it may be sent once more: after an error that
 * says that it has not run, and after a reset of the session. Confined to the peer's
 * loop. Implements section 11.3 of {@code docs/protocol.md}.
 */
final class CallRepeats {

	/** A call that was sent so often and met a reset each time is not sent once more. */
	private static final int MAX = 3;

	private final CallRequest call;

	private final @Nullable String idempotencyKey;

	/** Whether the other side does not know the alias of the action. */
	private boolean byName;

	/** How often the call was made again after a reset although it had been sent. */
	private int resets;

	/** How often it was sent again because the other side had lost the first one. */
	private int losses;

	/** Whether the INVOKE was sent in the present session, which knows its key then. */
	private boolean keyKnown;

	CallRepeats(CallRequest call, @Nullable String idempotencyKey) {
		this.call = call;
		this.idempotencyKey = idempotencyKey;
	}

	/** Whether the action is to be named in full. */
	boolean isByName() {
		return this.byName;
	}

	/**
	 * Whether the call is sent once more, for an error that says why it has not run.
	 * Counts it if so.
	 * @param error the answer of the other side
	 * @param aliased whether the call had an alias in place of a name
	 */
	boolean isSentAgain(ActionException error, boolean aliased) {
		boolean unbound = aliased && error.code() == ErrorCode.UNKNOWN_ALIAS.code();
		boolean lost = error.code() == ErrorCode.REFUSED.code() && error.isRetryable() && this.losses < MAX;
		this.byName |= unbound;
		this.losses += lost ? 1 : 0;
		return unbound || lost;
	}

	/** Whether the INVOKE was sent before an earlier reset: the call may have run. */
	boolean wasSent() {
		return this.resets > 0;
	}

	/**
	 * Fate of a call whose items and parent are no reason against a second run. Asked
	 * once for each reset.
	 * @param invoked whether its INVOKE was sent since the reset before
	 * @param sameSession whether idempotency keys are still known
	 */
	AfterReset afterReset(boolean invoked, boolean sameSession) {
		if (!invoked && !wasSent()) {
			return AfterReset.REPEATED;
		}
		if (invoked && this.resets == MAX) {
			return AfterReset.FAILS;
		}
		this.keyKnown = sameSession && (invoked || this.keyKnown);
		Boolean idempotent = this.call.idempotent;
		if (Boolean.TRUE.equals(idempotent) || (this.keyKnown && this.idempotencyKey != null)) {
			return AfterReset.REPEATED;
		}
		return (idempotent != null) ? AfterReset.FAILS : AfterReset.UNDECIDED;
	}

	/**
	 * The session was reset, and the call is made again.
	 * @param invoked whether its INVOKE was sent since the reset before
	 */
	void reset(boolean invoked) {
		this.resets += invoked ? 1 : 0;
		this.byName = false;
	}

	/**
	 * Meaning of an error of the latest attempt for the call: an earlier one may have
	 * run.
	 */
	ActionException ofAll(ActionException error) {
		if (!wasSent()) {
			return error;
		}
		boolean known = this.idempotencyKey != null && error.hasMaybeRun()
				&& error.code() == ErrorCode.ALREADY_EXISTS.code();
		return known
				? new ActionException(ErrorCode.LOST, "The session was reset, and the result is not kept").mayHaveRun()
					.withCause(error)
				: error.mayHaveRun();
	}

}
