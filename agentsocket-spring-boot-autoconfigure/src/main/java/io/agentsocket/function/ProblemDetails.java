package io.agentsocket.function;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Violation;

/**
 * Writes refusals as problem details. Implements section 7 of
 * {@code docs/function-protocol.md}.
 */
final class ProblemDetails {

	private static final String TYPE = "application/problem+json";

	private ProblemDetails() {
	}

	/** A refusal of the request itself. */
	static FunctionAnswer of(int status, String detail, Codec json) {
		return FunctionAnswer.of(status, TYPE, json.encodeMap(Map.of("status", status, "detail", detail)));
	}

	/** An error of an action that has not run, which these statuses promise. */
	static FunctionAnswer of(Frame.Error error, Metadata metadata, Codec json) {
		int status = (error.code() == ErrorCode.INVALID_ARGUMENT.code()) ? 400
				: (error.code() == ErrorCode.NOT_FOUND.code()) ? 404
						: (error.code() == ErrorCode.PERMISSION_DENIED.code()) ? 403 : 422;
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("status", status);
		body.put("detail", error.text());
		body.put("code", error.code());
		if (error.retryable()) {
			body.put("retryable", true);
		}
		Metadata.Details details = metadata.details();
		if (details != null && !details.violations().isEmpty()) {
			body.put("violations", violations(details.violations()));
		}
		if (details != null && details.correlation() != null) {
			body.put("correlation", details.correlation());
		}
		return FunctionAnswer.of(status, TYPE, json.encodeMap(body));
	}

	/** Violations as both envelopes and problem details have them. */
	static List<Map<String, String>> violations(List<Violation> violations) {
		return violations.stream()
			.map((violation) -> Map.of("pointer", violation.pointer(), "rule", violation.rule(), "message",
					violation.message()))
			.toList();
	}

}
