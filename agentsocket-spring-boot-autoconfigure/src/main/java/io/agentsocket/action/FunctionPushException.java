package io.agentsocket.action;

import io.agentsocket.protocol.AgentSocketException;

/**
 * A pod has refused a push. Implements section 10 of {@code docs/function-protocol.md}.
 */
public final class FunctionPushException extends AgentSocketException {

	private static final long serialVersionUID = 1L;

	private final int status;

	/**
	 * Create an exception.
	 * @param status status of the answer
	 */
	public FunctionPushException(int status) {
		super("The push was answered with status " + status + meaning(status), null);
		this.status = status;
	}

	/**
	 * The status of the answer.
	 * @return for example 409 when the invocation, or 410 when the session has ended
	 */
	public int status() {
		return this.status;
	}

	private static String meaning(int status) {
		return switch (status) {
			case 400 -> ": a name, descriptor or item is not allowed";
			case 401 -> ": the token has expired";
			case 403 -> ": the token lacks the scope";
			case 404 -> ": there is no such session";
			case 408 -> ": the body has not come in time";
			case 409 -> ": the invocation has ended, or is not detached";
			case 410 -> ": the session has ended";
			case 413 -> ": it is too large";
			case 429 -> ": too much waits for the agent";
			case 503 -> ": the session is out of reach";
			default -> "";
		};
	}

}
