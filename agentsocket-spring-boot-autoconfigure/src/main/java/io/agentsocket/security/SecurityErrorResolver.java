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
 * Makes PERMISSION_DENIED of a denied access and UNAUTHENTICATED of a missing or invalid
 * authentication, without their texts. Thread-safe.
 */
@Internal
public final class SecurityErrorResolver implements ErrorResolver {

	@Override
	public @Nullable ActionException resolve(Throwable error, AgentExchange exchange) {
		if (error instanceof AccessDeniedException) {
			return new ActionException(ErrorCode.PERMISSION_DENIED, "Access is denied").withCause(error);
		}
		if (error instanceof AuthenticationException) {
			return new ActionException(ErrorCode.UNAUTHENTICATED, "Authentication is required").withCause(error);
		}
		return null;
	}

}
