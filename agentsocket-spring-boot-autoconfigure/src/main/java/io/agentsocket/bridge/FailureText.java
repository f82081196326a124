package io.agentsocket.bridge;

import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Failures of invocations as a chat model reads them: the mistake, its place, and whether
 * to try again.
 */
public final class FailureText {

	/** More violations than a model mends at once. */
	private static final int MAX_VIOLATIONS = 20;

	/** Characters of one violation: a server may send any number. */
	private static final int MAX_MESSAGE = 500;

	/** Codes that leave open whether the action has done something. */
	private static final Set<Integer> UNCERTAIN = Set.of(ErrorCode.LOST.code(), ErrorCode.SESSION_RESET.code(),
			ErrorCode.DEADLINE_EXCEEDED.code());

	private FailureText() {
	}

	/**
	 * Tell a model of a failure.
	 * @param tool name of the tool
	 * @param failure the exception
	 * @return a few lines, at most about 10,000 characters
	 */
	public static String of(String tool, ActionException failure) {
		ErrorCode code = failure.errorCode();
		StringBuilder text = new StringBuilder("The tool ").append(tool).append(" failed");
		text.append(" (").append((code != null) ? code.name().toLowerCase(Locale.ROOT) : "code " + failure.code());
		text.append("): ").append(shortened(failure.text()));
		List<Violation> violations = failure.violations();
		for (Violation violation : violations.subList(0, Math.min(violations.size(), MAX_VIOLATIONS))) {
			String place = violation.pointer().isEmpty() ? "arguments" : violation.pointer();
			text.append("\n- ").append(shortened(place)).append(": ").append(shortened(violation.message()));
		}
		if (violations.size() > MAX_VIOLATIONS) {
			text.append("\n- and ").append(violations.size() - MAX_VIOLATIONS).append(" more");
		}
		text.append(advice(failure, code));
		return text.toString();
	}

	private static String advice(ActionException failure, @Nullable ErrorCode code) {
		if (code == ErrorCode.INVALID_ARGUMENT) {
			return "\nCorrect the arguments and call the tool again.";
		}
		if (failure.hasMaybeRun() && UNCERTAIN.contains(failure.code())) {
			return "\nIt may have had an effect: do not repeat it without looking.";
		}
		if (failure.isRetryable()) {
			return "\nThe same call may succeed later"
					+ failure.retryAfter().map((time) -> ", after " + time.toSeconds() + " s").orElse("") + ".";
		}
		return "";
	}

	private static String shortened(String text) {
		return (text.length() <= MAX_MESSAGE) ? text : Utf8.cut(text, MAX_MESSAGE) + "...";
	}

}
