package io.agentsocket.lambda;

import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.function.FunctionAnswer;
import io.agentsocket.function.IncomingRequest;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of function URLs, which is that of an HTTP API of API Gateway with payload
 * format 2.0. An event of another kind is read as a request without method, headers and
 * body, which no function answers.
 */
final class LambdaEvents {

	private static final String TYPE = "content-type";

	private final Codec json;

	LambdaEvents(Codec json) {
		this.json = json;
	}

	/** Reads an event. */
	IncomingRequest request(Bytes event) {
		Map<?, ?> map;
		try {
			map = this.json.decodeMap(event);
		}
		catch (CodecException ex) {
			map = Map.of();
		}
		Object method = map(map(map.get("requestContext")).get("http")).get("method");
		Map<String, List<String>> headers = new HashMap<>();
		map(map.get("headers")).forEach((name, value) -> headers.put(name.toString(), List.of(String.valueOf(value))));
		return new IncomingRequest(String.valueOf(method), headers, body(map));
	}

	private static Map<?, ?> map(@Nullable Object value) {
		return (value instanceof Map<?, ?> map) ? map : Map.of();
	}

	private static Bytes body(Map<?, ?> event) {
		if (!(event.get("body") instanceof String body)) {
			return Bytes.EMPTY;
		}
		try {
			return Boolean.TRUE.equals(event.get("isBase64Encoded")) ? Bytes.of(Base64.getDecoder().decode(body))
					: Bytes.utf8(body);
		}
		catch (IllegalArgumentException ex) {
			return Bytes.EMPTY;
		}
	}

	/** The head of an answer whose body follows by itself. */
	Bytes head(FunctionAnswer answer) {
		return this.json.encodeMap(head(answer.status(), answer.contentType()));
	}

	/** A whole answer. */
	Bytes whole(int status, @Nullable String type, byte[] body) {
		Map<String, Object> map = head(status, type);
		map.put("body", Base64.getEncoder().encodeToString(body));
		map.put("isBase64Encoded", true);
		return this.json.encodeMap(map);
	}

	private static Map<String, Object> head(int status, @Nullable String type) {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("statusCode", status);
		map.put("headers", (type != null) ? Map.of(TYPE, type) : Map.of());
		return map;
	}

	/** A problem, in the form of section 7 of {@code docs/function-protocol.md}. */
	Bytes problem(int status, int code, String detail) {
		return whole(status, "application/problem+json",
				this.json.encodeMap(Map.of("status", status, "code", code, "detail", detail)).exactArray());
	}

}
