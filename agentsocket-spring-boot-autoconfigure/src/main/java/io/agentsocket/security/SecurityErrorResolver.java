package io.agentsocket.security;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;

/**
 * Makes PERMISSION_DENIED of a denied access, UNAUTHENTICATED of one that is denied to
 * nobody in particular and of a missing or invalid authentication, without their texts,
 * also where another exception is around them, as Spring Security's filter does. A call
 * that was denied before the method of the tool was entered has certainly not run.
 * Thread-safe.
 */
@Internal
public final class SecurityErrorResolver implements ErrorResolver {

	/** Causes that are looked at: they may go in a circle. */
	private static final int MAX_DEPTH = 20;

	@Override
	public @Nullable ActionException resolve(Throwable error, AgentExchange exchange) {
		ActionException resolved = resolved(error, exchange);
		return (resolved != null && NotEntered.isMarked(error)) ? resolved.notRun() : resolved;
	}

	private static @Nullable ActionException resolved(Throwable error, AgentExchange exchange) {
		boolean denied = isCausedBy(error, AccessDeniedException.class);
		if (isCausedBy(error, AuthenticationException.class) || denied && exchange.principal() == null) {
			return new ActionException(ErrorCode.UNAUTHENTICATED, "Authentication is required").withCause(error);
		}
		if (denied) {
			return new ActionException(ErrorCode.PERMISSION_DENIED, "Access is denied").withCause(error);
		}
		return null;
	}

	private static boolean isCausedBy(Throwable error, Class<? extends Throwable> type) {
		Throwable cause = error;
		for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
			if (type.isInstance(cause)) {
				return true;
			}
			cause = cause.getCause();
		}
		return false;
	}

}
