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
 * @param over is run by whoever writes the answer as soon as it is written or its
 * connection is gone; it may be run more than once
 */
public record McpAnswer(int status, Map<String, String> headers, Bytes body, @Nullable Flux<Bytes> events,
		Runnable over) {

	private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

	private static final Runnable NOTHING = () -> {
	};

	// Proxies hold events back unless they are told not to.
	private static final Map<String, String> EVENTS = Map.of("Content-Type", "text/event-stream", "Cache-Control",
			"no-store", "X-Accel-Buffering", "no");

	static McpAnswer json(int status, Bytes body) {
		return new McpAnswer(status, JSON, body, null, NOTHING);
	}

	static McpAnswer events(Flux<Bytes> events) {
		return new McpAnswer(200, EVENTS, Bytes.EMPTY, events, NOTHING);
	}

	static McpAnswer error(RpcError error, Bytes id) {
		return json(error.status(), error.toBytes(id));
	}

	/**
	 * An answer that was not to be, since making it has failed.
	 * @return an answer without a body
	 */
	public static McpAnswer failed() {
		return empty(500);
	}

	static McpAnswer empty(int status) {
		return new McpAnswer(status, Map.of(), Bytes.EMPTY, null, NOTHING);
	}

	static McpAnswer empty(int status, String header, String value) {
		return new McpAnswer(status, Map.of(header, value), Bytes.EMPTY, null, NOTHING);
	}

	/** The same answer, which somebody waits for to be written. */
	McpAnswer whenOver(Runnable waiting) {
		return new McpAnswer(this.status, this.headers, this.body, this.events, waiting);
	}

}
