package io.agentsocket.protocol;

import org.jspecify.annotations.Nullable;

/**
 * Codes of ERROR frames: those of gRPC as they are, and a few of our own. Codes from 256
 * on belong to the application. Implements section 21 of {@code docs/protocol.md}.
 */
public enum ErrorCode {

	/** The caller interrupted the invocation. */
	CANCELLED(1),

	/** An error without a better code. */
	UNKNOWN(2),

	/** The arguments do not fit the schema or a constraint. */
	INVALID_ARGUMENT(3),

	/** The deadline passed. */
	DEADLINE_EXCEEDED(4),

	/** There is no such action, or it is not visible. */
	NOT_FOUND(5),

	/** The thing to be created exists. */
	ALREADY_EXISTS(6),

	/** The principal may not do this. */
	PERMISSION_DENIED(7),

	/** A limit is reached. */
	RESOURCE_EXHAUSTED(8),

	/** The state does not allow it. */
	FAILED_PRECONDITION(9),

	/** Aborted because of concurrent work. */
	ABORTED(10),

	/** Past the valid range. */
	OUT_OF_RANGE(11),

	/** The action does not support this. */
	UNIMPLEMENTED(12),

	/** The tool failed. */
	INTERNAL(13),

	/** Not available now. */
	UNAVAILABLE(14),

	/** Data was lost or is corrupt. */
	DATA_LOSS(15),

	/** No valid credentials. */
	UNAUTHENTICATED(16),

	/** The process that ran the action is gone; the action may have run. */
	LOST(32),

	/** The action certainly did not run. */
	REFUSED(33),

	/** The alias is not defined. */
	UNKNOWN_ALIAS(34),

	/** A question was not answered in time. */
	ASK_TIMEOUT(35),

	/** An item exceeds the size limit. */
	TOO_LARGE(36),

	/** The session was reset, and the invocation with it. */
	SESSION_RESET(37);

	/** First code that belongs to the application. */
	public static final int FIRST_APPLICATION = 256;

	private final int code;

	ErrorCode(int code) {
		this.code = code;
	}

	/**
	 * The number on the wire.
	 * @return 1 to 255
	 */
	public int code() {
		return this.code;
	}

	/**
	 * The constant for a number.
	 * @param code number from the wire
	 * @return the constant, or {@code null} for an unknown or application code
	 */
	public static @Nullable ErrorCode of(int code) {
		for (ErrorCode candidate : values()) {
			if (candidate.code == code) {
				return candidate;
			}
		}
		return null;
	}

}
