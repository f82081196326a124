package io.agentsocket.function;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * An answer of the function.
 *
 * @param status status of HTTP
 * @param contentType media type of the body, or {@code null} without one
 * @param body the body, piece by piece, each of which is to be flushed; to be subscribed
 * to once. Cancelling it stops the action
 */
public record FunctionAnswer(int status, @Nullable String contentType, Publisher<Bytes> body) {

	static FunctionAnswer empty(int status) {
		return new FunctionAnswer(status, null, Flux.empty());
	}

	static FunctionAnswer of(int status, String contentType, Bytes body) {
		return new FunctionAnswer(status, contentType, Flux.just(body));
	}

}
