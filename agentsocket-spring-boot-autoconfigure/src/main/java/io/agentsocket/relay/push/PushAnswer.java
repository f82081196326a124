package io.agentsocket.relay.push;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a push.
 *
 * @param status the HTTP status
 * @param detail {@code live} or {@code queued} for an accepted one, otherwise why not
 * @param retryAfter seconds after which it may be repeated, or {@code null}
 */
record PushAnswer(int status, String detail, @Nullable Integer retryAfter) {

	static PushAnswer refused(int status, String detail) {
		boolean later = status == OpenInvocations.TOO_MANY || status == PodCalls.UNAVAILABLE;
		return new PushAnswer(status, detail, later ? 1 : null);
	}

	boolean isAccepted() {
		return this.status == OpenInvocations.ACCEPTED;
	}

}
