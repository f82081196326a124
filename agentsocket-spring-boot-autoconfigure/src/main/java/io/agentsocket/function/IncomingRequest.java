package io.agentsocket.function;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A request as it came, nothing of which is trusted yet.
 *
 * @param method method of HTTP
 * @param headers headers; letter case does not count
 * @param body the whole body
 */
public record IncomingRequest(String method, Map<String, List<String>> headers, Bytes body) {

	public IncomingRequest {
		Map<String, List<String>> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.forEach((name, values) -> sorted.merge(name, values, IncomingRequest::both));
		headers = sorted;
	}

	private static List<String> both(List<String> one, List<String> other) {
		return java.util.stream.Stream.concat(one.stream(), other.stream()).toList();
	}

	/**
	 * A header that stands there once.
	 * @param name its name
	 * @return its value; {@code null} when it is missing or there twice
	 */
	@Nullable String single(String name) {
		List<String> values = this.headers.get(name);
		return (values != null && values.size() == 1) ? values.get(0) : null;
	}

	/** The media type without parameters, in lower case; empty when there is none. */
	String mediaType() {
		String type = single("content-type");
		return (type != null) ? type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT) : "";
	}

	/** Does not show headers and body. */
	@Override
	public String toString() {
		return this.method + " of " + this.body.length() + " bytes";
	}

}
