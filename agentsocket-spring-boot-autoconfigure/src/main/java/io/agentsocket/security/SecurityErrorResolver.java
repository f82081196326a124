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
 * nobody in particular and of a missing or invalid authentication, without their texts. A
 * call that was denied before the method of the tool was entered has certainly not run.
 * Thread-safe.
 */
@Internal
public final class SecurityErrorResolver implements ErrorResolver {

	@Override
	public @Nullable ActionException resolve(Throwable error, AgentExchange exchange) {
		ActionException resolved = resolved(error, exchange);
		return (resolved != null && NotEntered.isMarked(error)) ? resolved.notRun() : resolved;
	}

	private static @Nullable ActionException resolved(Throwable error, AgentExchange exchange) {
		if (error instanceof AuthenticationException
				|| error instanceof AccessDeniedException && exchange.principal() == null) {
			return new ActionException(ErrorCode.UNAUTHENTICATED, "Authentication is required").withCause(error);
		}
		if (error instanceof AccessDeniedException) {
			return new ActionException(ErrorCode.PERMISSION_DENIED, "Access is denied").withCause(error);
		}
		return null;
	}

}
