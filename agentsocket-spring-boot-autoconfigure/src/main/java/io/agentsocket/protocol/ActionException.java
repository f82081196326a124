package io.agentsocket.protocol;

import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * An invocation ends with an ERROR frame: thrown by tools that want to choose the code
 * and text which the peer sees, and received by callers. Implements section 21 of
 * {@code docs/protocol.md}.
 *
 * <p>
 * The message travels to the peer as it is. Any other exception that leaves a tool
 * reaches the peer as {@link ErrorCode#INTERNAL} with a correlation id and no text of its
 * own.
 */
public final class ActionException extends AgentSocketException {

	private static final long serialVersionUID = 1L;

	/** Violations in a message: it stays one line that can be read. */
	private static final int MAX_TOLD = 3;

	private final int code;

	private final boolean retryable;

	private final boolean mayHaveRun;

	private final transient List<Violation> violations;

	private final @Nullable String correlation;

	/**
	 * Create an exception with one of the protocol's codes.
	 * @param code the code
	 * @param message text for the peer
	 */
	public ActionException(ErrorCode code, String message) {
		this(code.code(), message);
	}

	/**
	 * Create an exception with any code.
	 * @param code a code of {@link ErrorCode} or one of the application, from
	 * {@value ErrorCode#FIRST_APPLICATION} on
	 * @param message text for the peer
	 */
	public ActionException(int code, String message) {
		this(code, message, false, false, List.of(), null, null);
	}

	private ActionException(int code, String message, boolean retryable, boolean mayHaveRun, List<Violation> violations,
			@Nullable String correlation, @Nullable Throwable cause) {
		super(message, cause);
		if (code < 1) {
			throw new IllegalArgumentException("An error code is at least 1");
		}
		this.code = code;
		this.retryable = retryable;
		this.mayHaveRun = mayHaveRun;
		this.violations = List.copyOf(violations);
		this.correlation = correlation;
	}

	/**
	 * The same exception marked as worth a retry.
	 * @return a new exception
	 */
	public ActionException retryable() {
		return new ActionException(this.code, text(), true, this.mayHaveRun, this.violations, this.correlation,
				getCause());
	}

	/**
	 * The same exception marked as one whose action may have run.
	 * @return a new exception
	 */
	public ActionException mayHaveRun() {
		return new ActionException(this.code, text(), this.retryable, true, this.violations, this.correlation,
				getCause());
	}

	/**
	 * The same exception with the ways in which the arguments do not fit.
	 * @param violations all of them
	 * @return a new exception
	 */
	public ActionException withViolations(List<Violation> violations) {
		return new ActionException(this.code, text(), this.retryable, this.mayHaveRun, violations, this.correlation,
				getCause());
	}

	/**
	 * The same exception with the id under which the failing side logged the cause.
	 * @param correlation the id
	 * @return a new exception
	 */
	public ActionException withCorrelation(String correlation) {
		return new ActionException(this.code, text(), this.retryable, this.mayHaveRun, this.violations, correlation,
				getCause());
	}

	/**
	 * The same exception with a cause, which is logged and never sent.
	 * @param cause the cause
	 * @return a new exception
	 */
	public ActionException withCause(Throwable cause) {
		return new ActionException(this.code, text(), this.retryable, this.mayHaveRun, this.violations,
				this.correlation, cause);
	}

	/**
	 * The text that travels to the peer, without what the violations say.
	 * @return the text
	 */
	public String text() {
		String message = super.getMessage();
		return (message != null) ? message : "";
	}

	/**
	 * The text, and the first violations.
	 * @return one line for logs and people
	 */
	@Override
	public String getMessage() {
		List<Violation> all = violations();
		if (all.isEmpty()) {
			return text();
		}
		String told = all.stream()
			.limit(MAX_TOLD)
			.map((violation) -> (violation.pointer() + " " + withoutPeriod(violation.message())).strip())
			.collect(Collectors.joining("; "));
		int more = all.size() - MAX_TOLD;
		return withoutPeriod(text()) + ": " + told + ((more > 0) ? "; and " + more + " more" : "");
	}

	private static String withoutPeriod(String text) {
		return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
	}

	/**
	 * The code on the wire.
	 * @return at least 1
	 */
	public int code() {
		return this.code;
	}

	/**
	 * The code as a constant.
	 * @return the constant, or {@code null} for an application or unknown code
	 */
	public @Nullable ErrorCode errorCode() {
		return ErrorCode.of(this.code);
	}

	/**
	 * Whether the same call may succeed later.
	 * @return {@code true} when a retry is worth it
	 */
	public boolean isRetryable() {
		return this.retryable;
	}

	/**
	 * Whether the action may have run although it is reported as failed.
	 * @return {@code true} when it is not certain that nothing ran
	 */
	public boolean hasMaybeRun() {
		return this.mayHaveRun;
	}

	/**
	 * The ways in which the arguments do not fit.
	 * @return all violations, empty unless the code is INVALID_ARGUMENT
	 */
	public List<Violation> violations() {
		return (this.violations != null) ? this.violations : List.of();
	}

	/**
	 * The id under which the failing side logged the cause.
	 * @return the id, or {@code null}
	 */
	public @Nullable String correlation() {
		return this.correlation;
	}

}
