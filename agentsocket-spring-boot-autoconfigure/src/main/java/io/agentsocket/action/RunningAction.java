package io.agentsocket.action;

import java.security.Principal;
import java.time.Instant;
import java.util.Optional;

import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

/**
 * An action that runs, without the way back to its caller: what an {@link Invocation}
 * that is nested into it tells of it. All methods may be called from any thread; none
 * fails.
 */
public interface RunningAction {

	/**
	 * The action that runs.
	 * @return the action
	 */
	Action action();

	/**
	 * The session that the invocation belongs to.
	 * @return the session
	 */
	AgentSession session();

	/**
	 * Principal that invoked the action. When the agent connects anew while the action
	 * runs in the pod that it connects to, this is the principal of the new connection.
	 * @return the session's principal, or {@code null}
	 */
	default @Nullable Principal principal() {
		return session().principal();
	}

	/**
	 * When the invocation must be over; it is cancelled by itself.
	 * @return the earlier one of the caller's deadline and the action's timeout, or empty
	 */
	Optional<Instant> deadline();

	/**
	 * Key that stays the same when the caller repeats the call.
	 * @return the idempotency key, or {@code null}
	 */
	@Nullable String idempotencyKey();

	/**
	 * W3C trace context of the caller.
	 * @return the {@code traceparent}, or {@code null}
	 */
	@Nullable String traceparent();

}
