package io.agentsocket.server;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.util.StringUtils;
import org.springframework.web.ErrorResponse;
import org.springframework.web.bind.annotation.ResponseStatus;

/**
 * Takes exceptions that have an HTTP status for their meaning to users of Spring: an
 * {@link ErrorResponse}, such as a {@code ResponseStatusException}, and one that is
 * annotated with {@link ResponseStatus}, also as the cause of another one. Its detail or
 * reason is sent, as Spring does in a problem detail, and so is its {@code Retry-After}.
 * A failed call to another server (such as a {@code WebClientResponseException}) is none
 * of these. Thread-safe.
 */
@Internal
public final class StatusErrorResolver implements ErrorResolver {

	/** Causes that are looked at: chains may be circles. */
	private static final int MAX_CAUSES = 16;

	private static final Duration LONGEST_WAIT = Duration.ofDays(1);

	@Override
	public @Nullable ActionException resolve(Throwable error, AgentExchange exchange) {
		Throwable cause = error;
		for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
			if (cause instanceof ErrorResponse response) {
				ActionException resolved = toActionException(response.getStatusCode(), response.getBody().getDetail(),
						error);
				Duration wait = retryAfter(response.getHeaders());
				return (resolved != null && resolved.isRetryable() && wait != null) ? resolved.retryableAfter(wait)
						: resolved;
			}
			ResponseStatus status = AnnotatedElementUtils.findMergedAnnotation(cause.getClass(), ResponseStatus.class);
			if (status != null) {
				return toActionException(status.code(), status.reason(), error);
			}
			cause = cause.getCause();
		}
		return null;
	}

	private static @Nullable ActionException toActionException(HttpStatusCode status, @Nullable String detail,
			Throwable error) {
		ErrorCode code = code(status);
		if (code == null) {
			return null;
		}
		ActionException exception = new ActionException(code, text(status, detail)).withCause(error);
		return isRetryable(code) ? exception.retryable() : exception;
	}

	/** The code for a status; null for a failure that nobody has foreseen. */
	private static @Nullable ErrorCode code(HttpStatusCode status) {
		return switch (status.value()) {
			case 400, 413, 414, 415, 422, 431 -> ErrorCode.INVALID_ARGUMENT;
			case 401, 407, 511 -> ErrorCode.UNAUTHENTICATED;
			case 403, 451 -> ErrorCode.PERMISSION_DENIED;
			case 404, 410 -> ErrorCode.NOT_FOUND;
			case 405, 501, 505 -> ErrorCode.UNIMPLEMENTED;
			case 408, 504 -> ErrorCode.DEADLINE_EXCEEDED;
			case 409, 423 -> ErrorCode.ABORTED;
			case 416 -> ErrorCode.OUT_OF_RANGE;
			case 429, 507, 509 -> ErrorCode.RESOURCE_EXHAUSTED;
			case 502, 503 -> ErrorCode.UNAVAILABLE;
			default -> status.is4xxClientError() ? ErrorCode.FAILED_PRECONDITION : null;
		};
	}

	private static boolean isRetryable(ErrorCode code) {
		return code == ErrorCode.UNAVAILABLE || code == ErrorCode.RESOURCE_EXHAUSTED;
	}

	/** The time that an application has told; null when there is none. */
	private static @Nullable Duration retryAfter(HttpHeaders headers) {
		String told = headers.getFirst(HttpHeaders.RETRY_AFTER);
		if (told == null) {
			return null;
		}
		try {
			Duration wait = told.matches("\\d{1,9}") ? Duration.ofSeconds(Long.parseLong(told)) : Duration
				.between(Instant.now(), ZonedDateTime.parse(told, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
			return wait.isNegative() ? Duration.ZERO : (wait.compareTo(LONGEST_WAIT) > 0) ? LONGEST_WAIT : wait;
		}
		catch (DateTimeException ex) {
			return null;
		}
	}

	private static String text(HttpStatusCode status, @Nullable String detail) {
		if (StringUtils.hasText(detail)) {
			return detail;
		}
		HttpStatus known = HttpStatus.resolve(status.value());
		return (known != null) ? known.getReasonPhrase() : "Status " + status.value();
	}

}
