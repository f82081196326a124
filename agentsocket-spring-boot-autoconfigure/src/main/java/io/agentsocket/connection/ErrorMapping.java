package io.agentsocket.connection;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Metadata.Details;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Violation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * The one place that maps exceptions to ERROR frames and back. Nothing of an exception
 * that was not meant for the peer reaches it. Implements section 14 of
 * {@code docs/protocol.md}.
 */
final class ErrorMapping {

	private static final Log logger = LogFactory.getLog(ErrorMapping.class);

	private static final int MAX_TEXT = 1000;

	private final List<ErrorResolver> resolvers;

	ErrorMapping(List<ErrorResolver> resolvers) {
		this.resolvers = List.copyOf(resolvers);
	}

	ActionException toActionException(Throwable error, AgentExchange exchange) {
		if (error instanceof ActionException exception) {
			return exception;
		}
		for (ErrorResolver resolver : this.resolvers) {
			ActionException resolved = resolver.resolve(error, exchange);
			if (resolved != null) {
				return resolved;
			}
		}
		if (error instanceof CodecException exception) {
			return new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments do not fit")
				.withViolations(
						List.of(new Violation(exception.pointer(), "type", String.valueOf(exception.getMessage()))))
				.withCause(exception);
		}
		if (error instanceof TimeoutException) {
			return new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The action timed out").withCause(error);
		}
		String correlation = UUID.randomUUID().toString();
		logger.error("Action " + exchange.action().name() + " failed [" + correlation + "]", error);
		return new ActionException(ErrorCode.INTERNAL, "The action failed").withCorrelation(correlation)
			.withCause(error);
	}

	static Frame.Error toFrame(int streamId, ActionException error, Codec codec, int maxMetadata) {
		String message = String.valueOf(error.getMessage());
		String text = (message.length() <= MAX_TEXT) ? message : message.substring(0, MAX_TEXT);
		return new Frame.Error(streamId, error.code(), error.isRetryable(), error.hasMaybeRun(),
				details(error, codec, maxMetadata), text);
	}

	private static Bytes details(ActionException error, Codec codec, int maxMetadata) {
		List<Violation> violations = error.violations();
		if (violations.isEmpty() && error.correlation() == null) {
			return Bytes.EMPTY;
		}
		// As many violations as the receiver's limit has room for.
		while (true) {
			Bytes encoded = codec.encodeMetadata(Metadata.of(new Details(violations, error.correlation())));
			if (encoded.length() <= maxMetadata) {
				return encoded;
			}
			if (violations.isEmpty()) {
				return Bytes.EMPTY;
			}
			violations = violations.subList(0, violations.size() / 2);
		}
	}

	static ActionException toException(Frame.Error frame, Metadata metadata) {
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
		}
		return exception;
	}

}
