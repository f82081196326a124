package io.agentsocket.transport;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * How a server answers an upgrade that it does not accept. Implements section 3.5 of
 * {@code docs/protocol.md}.
 *
 * @param status HTTP status
 * @param retryAfter no further attempt is wanted before this time has passed; at most an
 * hour, since the server's word must not shut a client out
 */
public record UpgradeAnswer(int status, Duration retryAfter) {

	private static final Duration LONGEST = Duration.ofHours(1);

	/**
	 * The answer that an attempt to connect failed with.
	 * @param error why it failed
	 * @return the answer, or {@code null} if there was none
	 */
	public static @Nullable UpgradeAnswer of(Throwable error) {
		return EventLoops.NETTY ? Netty.of(error) : null;
	}

	private static Duration retryAfter(@Nullable String value) {
		if (value == null) {
			return Duration.ZERO;
		}
		try {
			String text = value.strip();
			boolean seconds = !text.isEmpty() && text.chars().allMatch((c) -> c >= '0' && c <= '9');
			Duration wait = seconds
					? Duration.ofSeconds((text.length() < 10) ? Long.parseLong(text) : Integer.MAX_VALUE)
					: Duration.between(Instant.now(),
							ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
			return wait.isNegative() ? Duration.ZERO : (wait.compareTo(LONGEST) < 0) ? wait : LONGEST;
		}
		catch (DateTimeParseException ex) {
			return Duration.ZERO;
		}
	}

	/** The part that needs Netty. */
	private static final class Netty {

		private Netty() {
		}

		static @Nullable UpgradeAnswer of(Throwable error) {
			if (error instanceof WebSocketClientHandshakeException exception && exception.response() != null) {
				HttpResponse response = exception.response();
				return new UpgradeAnswer(response.status().code(),
						retryAfter(response.headers().get(HttpHeaderNames.RETRY_AFTER)));
			}
			return null;
		}

	}

}
