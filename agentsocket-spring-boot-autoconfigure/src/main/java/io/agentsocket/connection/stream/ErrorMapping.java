package io.agentsocket.connection.stream;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ArgumentMisfit;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Metadata.Details;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Printable;
import io.agentsocket.protocol.Violation;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;

/**
 * The one place that maps exceptions to ERROR frames and back. Nothing of an exception
 * that was not meant for the peer reaches it. Implements section 21 of
 * {@code docs/protocol.md}.
 */
public final class ErrorMapping {

	private static final Log logger = PrintableLog.of(ErrorMapping.class);

	/**
	 * Characters of the text of an ERROR: enough for a sentence, and no place for a
	 * report.
	 */
	private static final int MAX_TEXT = 1000;

	/** Characters of another side's text in a line of the log. */
	private static final int MAX_LOGGED = 200;

	/** Upper bound of what an ERROR frame has besides details and text. */
	private static final int HEAD = 32;

	private final List<ErrorResolver> resolvers;

	public ErrorMapping(List<ErrorResolver> resolvers) {
		this.resolvers = List.copyOf(resolvers);
	}

	/** The error for the caller in place of an exception of an action. */
	public ActionException toActionException(Throwable thrown, AgentExchange exchange) {
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
			return (exchange instanceof ServedCall call && call.isMisfit(exception)) ? ArgumentMisfit.of(exception)
					: unreadable(exception, exchange);
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

	/** Error that the other side sees in place of an error that was not meant for it. */
	public static ActionException internal(Throwable error, String action) {
		String correlation = UUID.randomUUID().toString();
		logger.error("Action " + action + " failed [" + correlation + "]", error);
		return new ActionException(ErrorCode.INTERNAL, "The action failed").withCorrelation(correlation)
			.withCause(error);
	}

	/** The error of a call that its caller may not make any more. */
	public static ActionException notAllowedAnyMore() {
		return new ActionException(ErrorCode.PERMISSION_DENIED, "Not allowed any more").mayHaveRun();
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

	/** The ERROR frame of an error, within the limits of its receiver. */
	public static Frame.Error toFrame(int streamId, ActionException error, Codec codec, Limits remote) {
		Bytes details = details(error, codec, Math.min(remote.metadata(), remote.frame() / 2));
		// An ERROR is never split: three bytes a character at most, and the head.
		int maxText = Math.min(MAX_TEXT, (remote.frame() - details.length() - HEAD) / 3);
		return new Frame.Error(streamId, error.code(), error.isRetryable(), error.hasMaybeRun(), details,
				cut(error.text(), maxText));
	}

	private static String cut(String text, int max) {
		if (text.length() <= max) {
			return text;
		}
		return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max);
	}

	private static Bytes details(ActionException error, Codec codec, int maxMetadata) {
		List<Violation> violations = error.violations();
		long retry = error.retryAfter().map(Duration::toMillis).orElse(-1L);
		if (violations.isEmpty() && error.correlation() == null && retry < 0) {
			return Bytes.EMPTY;
		}
		// The receiver's limit may not have room for all violations.
		while (true) {
			Bytes encoded = encode(new Details(violations, error.correlation(), retry), codec);
			if (encoded.length() <= maxMetadata) {
				return encoded;
			}
			if (violations.isEmpty()) {
				return Bytes.EMPTY;
			}
			violations = violations.subList(0, violations.size() / 2);
		}
	}

	private static Bytes encode(Details details, Codec codec) {
		try {
			return codec.encodeMetadata(Metadata.of(details));
		}
		catch (CodecException ex) {
			logger.debug("Details of an error cannot be written", ex);
			return Bytes.EMPTY;
		}
	}

	/** The error that an ERROR frame brings. */
	public static ActionException toException(Frame.Error frame, Metadata metadata) {
		ActionException exception = new ActionException(frame.code(), frame.text());
		if (frame.retryable()) {
			exception = exception.retryable();
		}
		if (frame.mayHaveRun()) {
			exception = exception.mayHaveRun();
		}
		Details details = metadata.details();
		if (details != null) {
			exception = exception.withViolations(details.violations());
			if (details.correlation() != null) {
				exception = exception.withCorrelation(details.correlation());
			}
			if (details.retry() >= 0 && frame.retryable()) {
				exception = exception.retryableAfter(Duration.ofMillis(details.retry()));
			}
		}
		return exception;
	}

	/**
	 * Meaning of an error for a call of which the other side does not know: it has not
	 * run.
	 */
	static ActionException untold(ActionException reason, boolean open) {
		if (!reason.hasMaybeRun()) {
			return reason;
		}
		ActionException untold = new ActionException(reason.code(), reason.text());
		return (open || reason.isRetryable()) ? untold.retryable() : untold;
	}

}
