package io.agentsocket.action;

import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the ERROR for an exception that leaves an action. Resolvers are asked in order;
 * an error that none of them knows becomes INTERNAL with a correlation id, under which
 * the cause is logged.
 */
@FunctionalInterface
public interface ErrorResolver {

	/**
	 * Choose an error. Called in the loop of the session, which it must not block.
	 * @param error the error of the action; an {@link ActionException} only if it is
	 * {@linkplain ActionException#isForeign() foreign}
	 * @param exchange the invocation
	 * @return the error that the caller sees, or {@code null} to leave it to others
	 */
	@Nullable ActionException resolve(Throwable error, AgentExchange exchange);

}
