package io.agentsocket.relay;

import java.util.Map;

import io.agentsocket.action.AgentExchange;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Stands beside each request to a function, for traces. Called on event loops; must not
 * block.
 */
public interface RequestObserver {

	/** Observes nothing. */
	RequestObserver NONE = (call, context) -> ObservedRequest.NONE;

	/**
	 * A request begins.
	 * @param call whose request it is
	 * @param context the Reactor context of the invocation
	 * @return is told how the request ends
	 */
	ObservedRequest begin(RequestedCall call, ContextView context);

	/**
	 * The invocation that makes a request.
	 *
	 * @param function name of the function
	 * @param exchange the invocation
	 * @param attempt number of the request in the invocation, from 1
	 */
	record RequestedCall(String function, AgentExchange exchange, int attempt) {

	}

	/** A request while it is observed. */
	interface ObservedRequest {

		/** Is not observed. */
		ObservedRequest NONE = (outcome, error) -> {
		};

		/**
		 * Headers that the request gets, in place of its own with the same names.
		 * @return names, in small letters, and values
		 */
		default Map<String, String> headers() {
			return Map.of();
		}

		/**
		 * The request is over. Called once.
		 * @param outcome {@code OK}, {@code CANCELLED}, or the kind of the failure
		 * @param error the failure, or {@code null}
		 */
		void ended(String outcome, @Nullable Throwable error);

	}

}
