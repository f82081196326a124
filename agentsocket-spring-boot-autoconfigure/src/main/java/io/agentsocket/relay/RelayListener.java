package io.agentsocket.relay;

/**
 * Hears of the work of the relay, for meters and logs. Called on the event loop; must not
 * block.
 */
public interface RelayListener {

	/** Hears nothing. */
	RelayListener NONE = new RelayListener() {

	};

	/**
	 * A request to a function is over.
	 * @param function name of the function
	 * @param action name of the action
	 * @param outcome {@code OK}, or the kind of the failure
	 * @param nanos time that the function took: from the request until the answer began,
	 * and the waits for each part of the answer
	 */
	default void requested(String function, String action, String outcome, long nanos) {
	}

	/**
	 * An invocation is over, as far as the relay is concerned.
	 * @param function name of the function
	 * @param action name of the action
	 * @param nanos time that the pod took: until a connection had the first request, and
	 * from the end of the answer until the agent could have it
	 */
	default void relayed(String function, String action, long nanos) {
	}

	/**
	 * A request is sent again.
	 * @param function name of the function
	 * @param kind the kind of failure of the one before
	 */
	default void retried(String function, String kind) {
	}

	/**
	 * A request has waited for an instance of its function.
	 * @param function name of the function
	 * @param warm whether it got an instance that is warm; otherwise starting one has
	 * failed, and the platform decides
	 * @param nanos time that it has waited
	 */
	default void waited(String function, boolean warm, long nanos) {
	}

	/**
	 * A function was asked to warm up.
	 * @param function name of the function
	 * @param reason {@code start} of the pod, {@code connect} of an agent, or
	 * {@code wait} of a request that found no free instance
	 * @param ok whether it has answered
	 * @param nanos time until it did: long when an instance was started
	 */
	default void warmed(String function, String reason, boolean ok, long nanos) {
	}

	/**
	 * A push of a function was answered.
	 * @param function name of the function, empty when that is not known
	 * @param status the status of the answer
	 */
	default void pushed(String function, int status) {
	}

}
