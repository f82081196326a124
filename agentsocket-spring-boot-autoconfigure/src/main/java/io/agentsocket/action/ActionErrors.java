package io.agentsocket.action;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.CodecException;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Printable;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * The one place that maps exceptions of actions to errors for their callers, whatever
 * protocol these speak. Nothing of an exception that was not meant for the caller reaches
 * it. Thread-safe. Implements section 21 of {@code docs/protocol.md}.
 */
@Internal
public final class ActionErrors {

	private static final Log logger = PrintableLog.of(ActionErrors.class);

	/** Characters of another side's text in a line of the log. */
	private static final int MAX_LOGGED = 200;

	private final List<ErrorResolver> resolvers;

	/**
	 * Create a mapping.
	 * @param resolvers choose errors for exceptions, asked in this order
	 */
	public ActionErrors(List<ErrorResolver> resolvers) {
		this.resolvers = List.copyOf(resolvers);
	}

	/**
	 * The error for the caller in place of an exception of an action.
	 * @param thrown the exception
	 * @param exchange the invocation that failed
	 * @param misfit whether an error says that the arguments do not fit, and nothing else
	 * @return the error
	 */
	public ActionException toActionException(Throwable thrown, AgentExchange exchange,
			Predicate<CodecException> misfit) {
		Throwable error = Exceptions.unwrap(thrown);
		if (error instanceof ActionException exception && !exception.isForeign()) {
			return own(exception);
		}
		ActionException resolved = resolve(error, exchange);
		if (resolved != null) {
			return own(resolved.asOwn());
		}
		if (error instanceof ActionException exception) {
			return passedOn(exception, exchange);
		}
		if (error instanceof CodecException exception) {
			return misfit.test(exception) ? ArgumentMisfit.of(exception) : unreadable(exception, exchange);
		}
		if (error instanceof TimeoutException) {
			return new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The action timed out").withCause(error);
		}
		return internal(error, exchange.action().name());
	}

	/**
	 * An error that an action has chosen. Codes by which the protocol itself says that
	 * nothing ran are not for actions: a caller may make such a call again.
	 */
	private static ActionException own(ActionException error) {
		ErrorCode code = error.errorCode();
		boolean reserved = code == ErrorCode.REFUSED || code == ErrorCode.UNKNOWN_ALIAS
				|| code == ErrorCode.SESSION_RESET;
		return (reserved && !error.isNotRun()) ? new ActionException(ErrorCode.ABORTED, error.text()).withCause(error)
				: error;
	}

	/** The error of something that the action has called or sent, and has let pass. */
	private static ActionException passedOn(ActionException error, AgentExchange exchange) {
		boolean late = exchange.deadline().map((deadline) -> !Instant.now().isBefore(deadline)).orElse(false);
		if (late && error.errorCode() == ErrorCode.DEADLINE_EXCEEDED) {
			// Both had the same deadline, and this side's timer is a moment behind.
			return new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed").withCause(error);
		}
		return reported(error, exchange, "something that it called ended with "
				+ ((error.errorCode() != null) ? error.errorCode() : "code " + error.code()));
	}

	/** A value that is not the caller's cannot be written or read. */
	private static ActionException unreadable(CodecException error, AgentExchange exchange) {
		return reported(error, exchange,
				"a value that is not one of its arguments cannot be written or read" + at(error.pointer()));
	}

	private static String at(String pointer) {
		return pointer.isEmpty() ? "" : " at " + Printable.of(pointer, MAX_LOGGED);
	}

	/** Logs an error without its stack, whose texts may be those of another side. */
	private static ActionException reported(Throwable error, AgentExchange exchange, String what) {
		String correlation = UUID.randomUUID().toString();
		logger.warn("Action " + exchange.action().name() + " failed [" + correlation + "]: " + what + ": "
				+ Printable.of(String.valueOf(error.getMessage()), MAX_LOGGED));
		return new ActionException(ErrorCode.INTERNAL, "The action failed").withCorrelation(correlation)
			.withCause(error);
	}

	/**
	 * The error for the caller in place of an error that was not meant for it, which is
	 * logged.
	 * @param error the error
	 * @param action name of the action
	 * @return INTERNAL with a correlation id
	 */
	public static ActionException internal(Throwable error, String action) {
		String correlation = UUID.randomUUID().toString();
		logger.error("Action " + action + " failed [" + correlation + "]", error);
		return new ActionException(ErrorCode.INTERNAL, "The action failed").withCorrelation(correlation)
			.withCause(error);
	}

	private @Nullable ActionException resolve(Throwable error, AgentExchange exchange) {
		for (ErrorResolver resolver : this.resolvers) {
			try {
				ActionException resolved = resolver.resolve(error, exchange);
				if (resolved != null) {
					return resolved;
				}
			}
			catch (RuntimeException ex) {
				logger.error("An error resolver failed", ex);
			}
		}
		return null;
	}

}
