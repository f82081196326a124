package io.agentsocket.observation;

import java.util.List;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;

/**
 * The outcomes of actions that fail, as their callers see them. Immutable.
 */
final class ResolvedOutcomes {

	private final List<ErrorResolver> resolvers;

	ResolvedOutcomes(List<ErrorResolver> resolvers) {
		this.resolvers = List.copyOf(resolvers);
	}

	/** The outcome of an error that an action has thrown. */
	Outcome of(Throwable error, AgentExchange exchange) {
		return Outcome.of(error, resolve(error, exchange));
	}

	private @Nullable ActionException resolve(Throwable error, AgentExchange exchange) {
		if (error instanceof ActionException exception && !exception.isForeign()) {
			return null;
		}
		for (ErrorResolver resolver : this.resolvers) {
			try {
				ActionException resolved = resolver.resolve(error, exchange);
				if (resolved != null) {
					return resolved;
				}
			}
			catch (RuntimeException ex) {
				// Logged where the error for the caller is made.
				return null;
			}
		}
		return null;
	}

}
