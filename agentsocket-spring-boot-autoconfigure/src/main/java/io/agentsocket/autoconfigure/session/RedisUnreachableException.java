package io.agentsocket.autoconfigure.session;

/**
 * Sessions have to be in Redis, which does not answer.
 */
final class RedisUnreachableException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	RedisUnreachableException(Throwable cause) {
		super("Redis does not answer: " + cause, cause);
	}

}
