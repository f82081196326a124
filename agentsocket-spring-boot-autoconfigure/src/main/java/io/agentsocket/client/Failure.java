package io.agentsocket.client;

import java.time.Duration;
import java.util.regex.Pattern;

import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Utf8;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.transport.UpgradeAnswer;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt to connect failed, or why a connection ended. Implements sections 3.5
 * and 22 of {@code docs/protocol.md}.
 *
 * @param reason why, in one line
 * @param verdict whether the client tries again
 * @param closeCode code of the close, {@value #BROKEN} when there was none
 * @param retryAfter the server wants no attempt before that time has passed
 * @param cause the exception, or null
 */
record Failure(String reason, Verdict verdict, int closeCode, Duration retryAfter, @Nullable Throwable cause) {

	/** Code of a connection that broke. */
	static final int BROKEN = 1006;

	private static final int MAX_REASON = 300;

	/** Text of the other side must not make a line of its own. */
	private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

	/** Deeper chains of causes are circles. */
	private static final int MAX_CAUSES = 20;

	/** Prefix that Netty's native transports put in front of the reason. */
	private static final Pattern NATIVE = Pattern.compile("^\\S+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ");

	/** Whether the client tries again. */
	enum Verdict {

		/** It does. */
		RETRY,

		/** It does for a bounded time: it looks final, and may be due to a deploy. */
		DOUBT,

		/** It does not. */
		FINAL

	}

	/** Why the session ends, if nothing more is tried. */
	EndReason end() {
		return (this.closeCode == CloseCode.SESSION_ENDED.code()) ? EndReason.BY_OTHER_SIDE : EndReason.REFUSED;
	}

	/** A phase of an attempt took too long. */
	static Failure late(String reason) {
		return new Failure(reason, Verdict.RETRY, BROKEN, Duration.ZERO, null);
	}

	/**
	 * A connection was closed.
	 * @param closeCode the code
	 * @param text the text of the close frame
	 * @param renewable whether the next attempt may bring another token
	 */
	static Failure closed(int closeCode, String text, boolean renewable) {
		String reason = (closeCode == BROKEN) ? "the connection broke" : "closed with " + CloseCode.describe(closeCode);
		if (!text.isBlank()) {
			reason += ": " + CONTROL.matcher(text.strip()).replaceAll("?");
		}
		Verdict verdict = Verdict.RETRY;
		if (!CloseCode.allowsReconnect(closeCode)) {
			boolean doubtful = closeCode == CloseCode.UNAUTHENTICATED.code() && renewable;
			verdict = doubtful ? Verdict.DOUBT : Verdict.FINAL;
		}
		return new Failure(reason, verdict, closeCode, Duration.ZERO, null);
	}

	/**
	 * There is no connection.
	 * @param error why
	 * @param renewable whether the next attempt may bring another token
	 */
	static Failure of(Throwable error, boolean renewable) {
		UpgradeAnswer answer = UpgradeAnswer.of(error);
		if (answer == null) {
			return new Failure(line(error), Verdict.RETRY, BROKEN, Duration.ZERO, error);
		}
		return new Failure("the server answers the upgrade with status " + answer.status(),
				verdict(answer.status(), renewable), BROKEN, answer.retryAfter(), error);
	}

	private static Verdict verdict(int status, boolean renewable) {
		return switch (status) {
			// Timeout, too early, too many requests.
			case 408, 425, 429 -> Verdict.RETRY;
			// An ingress whose service has no pod for a moment.
			case 404 -> Verdict.DOUBT;
			// A token that was renewed meanwhile, or whose key the server does not know
			// yet.
			case 401 -> renewable ? Verdict.DOUBT : Verdict.FINAL;
			default -> (status >= 500) ? Verdict.RETRY : (status >= 400) ? Verdict.FINAL : Verdict.DOUBT;
		};
	}

	/** An exception and its innermost cause in one line. */
	private static String line(Throwable error) {
		Throwable telling = error;
		while (telling.getCause() != null
				&& (telling.getMessage() == null || telling.getMessage().equals(telling.getCause().toString()))) {
			// A wrapper.
			telling = telling.getCause();
		}
		Throwable root = telling;
		for (int i = 0; i < MAX_CAUSES && root.getCause() != null; i++) {
			root = root.getCause();
		}
		String line = text(telling);
		String cause = text(root);
		String whole = line.contains(cause) ? line : line + ": " + cause;
		return Utf8.cut(whole, MAX_REASON);
	}

	private static String text(Throwable error) {
		String message = error.getMessage();
		String text = (message != null) ? message.strip().lines().findFirst().orElse("").strip() : "";
		// "Connection refused: /127.0.0.1:1" explains itself, the name of a host does
		// not.
		return text.contains(" ") ? NATIVE.matcher(text).replaceFirst("")
				: (error.getClass().getSimpleName() + " " + text).strip();
	}

}
