package io.agentsocket.protocol;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * An invocation ends with an ERROR frame: thrown by tools that want to choose the code
 * and text which the peer sees, and received by callers. Implements section 21 of
 * {@code docs/protocol.md}.
 *
 * <p>
 * The message travels to the peer as it is. Any other exception that leaves a tool
 * reaches the peer as {@link ErrorCode#INTERNAL} with a correlation id and no text of its
 * own, and so does an exception of this type that an invocation within the tool has ended
 * with, unless the tool passes it on with {@link #asOwn()}.
 */
public final class ActionException extends AgentSocketException {

	private static final long serialVersionUID = 1L;

	/** Violations in a message: it stays one line that can be read. */
	private static final int MAX_TOLD = 3;

	private final int code;

	private final boolean retryable;

	private final boolean mayHaveRun;

	/** Whether the product refused the invocation before its method was entered. */
	private final boolean notRun;

	/** Whether it tells of something else than the invocation that it is thrown in. */
	private final boolean foreign;

	private final transient List<Violation> violations;

	private final @Nullable String correlation;

	/** Time before which a retry is in vain, if it is known. */
	private final @Nullable Duration retryAfter;

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
		super(message, null);
		if (code < 1) {
			throw new IllegalArgumentException("An error code is at least 1");
		}
		this.code = code;
		this.retryable = false;
		this.mayHaveRun = false;
		this.notRun = false;
		this.foreign = false;
		this.violations = List.of();
		this.correlation = null;
		this.retryAfter = null;
	}

	private ActionException(Copy from) {
		super(from.message, from.cause);
		this.code = from.code;
		this.retryable = from.retryable;
		this.mayHaveRun = from.mayHaveRun;
		this.notRun = from.notRun;
		this.foreign = from.foreign;
		this.violations = List.copyOf(from.violations);
		this.correlation = from.correlation;
		this.retryAfter = from.retryAfter;
	}

	private ActionException copy(Consumer<Copy> change) {
		Copy copy = new Copy(this);
		change.accept(copy);
		return new ActionException(copy);
	}

	/**
	 * The same exception marked as worth a retry.
	 * @return a new exception
	 */
	public ActionException retryable() {
		return copy((copy) -> copy.retryable = true);
	}

	/**
	 * The same exception marked as worth a retry after some time. The peer gets the time
	 * in the details of the error.
	 * @param after how long it is best to wait
	 * @return a new exception
	 */
	public ActionException retryableAfter(Duration after) {
		Duration least = Expect.notNegative("after", after);
		return copy((copy) -> {
			copy.retryable = true;
			copy.retryAfter = least;
		});
	}

	/**
	 * The same exception marked as one whose action may have run. An error that leaves an
	 * action after it was entered is marked by itself.
	 * @return a new exception
	 */
	public ActionException mayHaveRun() {
		return copy((copy) -> {
			copy.mayHaveRun = true;
			copy.notRun = false;
		});
	}

	/**
	 * The same exception with the ways in which the arguments do not fit.
	 * @param violations all of them
	 * @return a new exception
	 */
	public ActionException withViolations(List<Violation> violations) {
		return copy((copy) -> copy.violations = violations);
	}

	/**
	 * The same exception with the id under which the failing side logged the cause.
	 * @param correlation the id
	 * @return a new exception
	 */
	public ActionException withCorrelation(String correlation) {
		return copy((copy) -> copy.correlation = correlation);
	}

	/**
	 * The same exception with a cause, which is logged and never sent.
	 * @param cause the cause
	 * @return a new exception
	 */
	public ActionException withCause(Throwable cause) {
		return copy((copy) -> copy.cause = cause);
	}

	/**
	 * The same error as one of the action that throws it. An invocation or event that an
	 * action sends may fail; if that error leaves the action as it is, the action's own
	 * caller sees INTERNAL, because code, text and violations are about something that it
	 * did not ask for. With this method they are passed on, on purpose.
	 * @return a new exception, or this one if it is not {@linkplain #isForeign() foreign}
	 */
	public ActionException asOwn() {
		return this.foreign ? copy((copy) -> copy.foreign = false) : this;
	}

	/**
	 * The same exception, as what became of something else than the invocation that it
	 * may be thrown in.
	 * @return a new exception, or this one if it is marked already
	 */
	@Internal
	public ActionException foreign() {
		return this.foreign ? this : copy((copy) -> copy.foreign = true);
	}

	/**
	 * The same exception, as a refusal of the product that came before the method of the
	 * action was entered.
	 * @return a new exception
	 */
	@Internal
	public ActionException notRun() {
		return copy((copy) -> {
			copy.notRun = true;
			copy.mayHaveRun = false;
		});
	}

	/**
	 * The same exception as the answer to an invocation.
	 * @param entered whether the method of the action was entered
	 * @return one that {@linkplain #hasMaybeRun() may have run} if it was, and the
	 * product does not know better
	 */
	@Internal
	public ActionException answer(boolean entered) {
		return (entered && !this.notRun) ? mayHaveRun() : this;
	}

	/**
	 * The text that travels to the peer, without the violations.
	 * @return the text
	 */
	public String text() {
		String message = super.getMessage();
		return (message != null) ? message : "";
	}

	/**
	 * The text, and the first violations if the code says that something does not fit.
	 * @return one line for logs and people
	 */
	@Override
	public String getMessage() {
		List<Violation> all = violations();
		boolean misfit = this.code == ErrorCode.INVALID_ARGUMENT.code()
				|| this.code == ErrorCode.FAILED_PRECONDITION.code();
		if (all.isEmpty() || !misfit) {
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
	 * How long it is best to wait before the call is made again.
	 * @return the time, empty when the side that failed did not say
	 */
	public Optional<Duration> retryAfter() {
		return Optional.ofNullable(this.retryAfter);
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

	/**
	 * Whether it tells what became of an invocation or event that this side has sent.
	 * Such an error does not pass as one of the action that it leaves.
	 * @return {@code true} for what invocations of this side fail with
	 * @see #asOwn()
	 */
	public boolean isForeign() {
		return this.foreign;
	}

	/**
	 * Whether the product refused the invocation before the method of the action was
	 * entered.
	 * @return {@code true} when nothing ran for certain
	 */
	@Internal
	public boolean isNotRun() {
		return this.notRun;
	}

	/** Parts of a changed exception. */
	private static final class Copy {

		private final String message;

		private final int code;

		private boolean retryable;

		private boolean mayHaveRun;

		private boolean notRun;

		private boolean foreign;

		private List<Violation> violations;

		private @Nullable String correlation;

		private @Nullable Duration retryAfter;

		private @Nullable Throwable cause;

		Copy(ActionException source) {
			this.message = source.text();
			this.code = source.code;
			this.retryable = source.retryable;
			this.mayHaveRun = source.mayHaveRun;
			this.notRun = source.notRun;
			this.foreign = source.foreign;
			this.violations = source.violations();
			this.correlation = source.correlation;
			this.retryAfter = source.retryAfter;
			this.cause = source.getCause();
		}

	}

}
