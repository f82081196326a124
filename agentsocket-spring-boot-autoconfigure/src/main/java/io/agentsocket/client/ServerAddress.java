package io.agentsocket.client;

import java.net.URI;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * An address of the server, and the knowledge of the client about it. Confined to the
 * peer's loop.
 */
final class ServerAddress {

	/** An attempt takes at most 2 to the power of this times the time that is set. */
	private static final int MAX_DOUBLINGS = 2;

	private final URI uri;

	private final String text;

	private @Nullable String failure;

	private long notBefore;

	/** Attempts since the latest connection that were not answered in time. */
	private int unanswered;

	/** When the server began to give answers that look final. */
	private @Nullable Long doubtSince;

	/** Whether the server has given an answer that is final. */
	private boolean refused;

	ServerAddress(URI uri) {
		this.uri = uri;
		this.text = text(uri);
	}

	/** The address without user, query and fragment, which may hold secrets. */
	private static String text(URI uri) {
		String port = (uri.getPort() >= 0) ? ":" + uri.getPort() : "";
		String path = (uri.getRawPath() != null) ? uri.getRawPath() : "";
		return (uri.getHost() != null) ? uri.getScheme() + "://" + uri.getHost() + port + path
				: uri.getScheme() + "://" + "?";
	}

	URI uri() {
		return this.uri;
	}

	/** Why the latest attempt failed, or null after a successful one. */
	@Nullable String failure() {
		return this.failure;
	}

	/**
	 * An attempt failed.
	 * @param cause why
	 * @param now the time by {@link System#nanoTime()}
	 */
	void failed(Failure cause, long now) {
		this.failure = cause.reason();
		this.notBefore = now + cause.retryAfter().toNanos();
		if (cause.verdict() != Failure.Verdict.DOUBT) {
			this.doubtSince = null;
		}
		else if (this.doubtSince == null) {
			this.doubtSince = now;
		}
	}

	/** The server was given up before its answer. */
	void unanswered() {
		this.unanswered++;
	}

	/**
	 * How long the next attempt may take. A server that has too much to do works for each
	 * attempt, and for nobody if all give up before it is done: from the third attempt on
	 * that it did not answer in time it gets twice the time, then four times.
	 * @param set the time that is set
	 */
	Duration patience(Duration set) {
		return set.multipliedBy(1L << Math.min(Math.max(this.unanswered - 1, 0), MAX_DOUBLINGS));
	}

	void connected() {
		this.unanswered = 0;
		this.failure = null;
		this.doubtSince = null;
		this.refused = false;
	}

	/** The server has given an answer that is final. */
	void refused() {
		this.refused = true;
	}

	/** The client begins anew: what was final is tried once more. */
	void begin() {
		this.refused = false;
		this.doubtSince = null;
	}

	boolean isRefused() {
		return this.refused;
	}

	/**
	 * Whether the server has given only answers that look final for so long.
	 */
	boolean isDoubtful(Duration time, long now) {
		return this.doubtSince != null && now - this.doubtSince >= time.toNanos();
	}

	/** Nanoseconds until the server wants another attempt, 0 when it does not care. */
	long notBefore(long now) {
		return Math.max(0, this.notBefore - now);
	}

	@Override
	public String toString() {
		return this.text;
	}

}
