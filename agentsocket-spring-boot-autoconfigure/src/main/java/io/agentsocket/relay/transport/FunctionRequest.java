package io.agentsocket.relay.transport;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.protocol.Bytes;

/**
 * A request to a function.
 *
 * @param url where to
 * @param headers all headers
 * @param body the body
 * @param firstByte how long the answer may take to begin
 * @param idle how long it may be silent
 * @param total how long the request may take in all
 */
public record FunctionRequest(URI url, Map<String, String> headers, Bytes body, Duration firstByte, Duration idle,
		Duration total) {

	/** The same request with further headers, in place of those with the same names. */
	public FunctionRequest with(Map<String, String> more) {
		if (more.isEmpty()) {
			return this;
		}
		Map<String, String> all = new LinkedHashMap<>(this.headers);
		all.putAll(more);
		return new FunctionRequest(this.url, all, this.body, this.firstByte, this.idle, this.total);
	}

}
