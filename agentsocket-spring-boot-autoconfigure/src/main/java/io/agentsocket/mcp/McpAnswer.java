package io.agentsocket.mcp;

import java.util.Map;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * An answer of the endpoint: a whole body, or a stream of server-sent events. Cancelling
 * the stream, or the subscription to the answer, cancels the call.
 *
 * @param status status of the response
 * @param headers its headers
 * @param body its body, empty for none
 * @param events the events as they are written, each to be flushed, or {@code null}
 */
public record McpAnswer(int status, Map<String, String> headers, Bytes body, @Nullable Flux<Bytes> events) {

	private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

	// Proxies hold events back unless they are told not to.
	private static final Map<String, String> EVENTS = Map.of("Content-Type", "text/event-stream", "Cache-Control",
			"no-store", "X-Accel-Buffering", "no");

	static McpAnswer json(int status, Bytes body) {
		return new McpAnswer(status, JSON, body, null);
	}

	static McpAnswer events(Flux<Bytes> events) {
		return new McpAnswer(200, EVENTS, Bytes.EMPTY, events);
	}

	static McpAnswer error(RpcError error, Bytes id) {
		return json(error.status(), error.toBytes(id));
	}

	static McpAnswer empty(int status) {
		return new McpAnswer(status, Map.of(), Bytes.EMPTY, null);
	}

	static McpAnswer empty(int status, String header, String value) {
		return new McpAnswer(status, Map.of(header, value), Bytes.EMPTY, null);
	}

}
