package io.agentsocket.connection.stream;

import java.time.Duration;
import java.util.List;

import io.agentsocket.action.ActionErrors;
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
import io.agentsocket.protocol.Violation;
import org.apache.commons.logging.Log;

/**
 * The one place that maps exceptions to ERROR frames and back. Nothing of an exception
 * that was not meant for the peer reaches it ({@link ActionErrors}). Implements section
 * 21 of {@code docs/protocol.md}.
 */
public final class ErrorMapping {

	private static final Log logger = PrintableLog.of(ErrorMapping.class);

	/**
	 * Characters of the text of an ERROR: enough for a sentence, and no place for a
	 * report.
	 */
	private static final int MAX_TEXT = 1000;

	/** Upper bound of the bytes of an ERROR frame besides details and text. */
	private static final int HEAD = 32;

	private final ActionErrors errors;

	public ErrorMapping(List<ErrorResolver> resolvers) {
		this.errors = new ActionErrors(resolvers);
	}

	/** The error for the caller in place of an exception of an action. */
	ActionException toActionException(Throwable thrown, ServedCall call) {
		return this.errors.toActionException(thrown, call, call::isMisfit);
	}

	/** Error that the other side sees in place of an error that was not meant for it. */
	public static ActionException internal(Throwable error, String action) {
		return ActionErrors.internal(error, action);
	}

	/** The error of a call that its caller may not make any more. */
	public static ActionException notAllowedAnyMore() {
		return new ActionException(ErrorCode.PERMISSION_DENIED, "Not allowed any more").mayHaveRun();
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
