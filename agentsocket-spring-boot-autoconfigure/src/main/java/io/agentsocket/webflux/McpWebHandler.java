package io.agentsocket.webflux;

import java.security.Principal;
import java.util.Optional;

import io.agentsocket.mcp.McpAnswer;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpRequest;
import io.agentsocket.protocol.Bytes;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;

/**
 * The MCP endpoint in a WebFlux application. Thread-safe.
 */
public final class McpWebHandler implements WebHandler {

	private final McpEndpoint endpoint;

	/**
	 * Create a handler.
	 * @param endpoint answers the requests
	 */
	public McpWebHandler(McpEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		WebAttempt head = new WebAttempt(exchange.getRequest());
		McpAnswer refusal = this.endpoint.refusal(head);
		if (refusal != null) {
			return write(exchange.getResponse(), refusal);
		}
		Mono<Bytes> body = DataBufferUtils.join(exchange.getRequest().getBody(), this.endpoint.maxRequest())
			.map(McpWebHandler::bytes)
			.defaultIfEmpty(Bytes.EMPTY);
		Mono<Optional<Principal>> principal = exchange.getPrincipal()
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty());
		return principal
			.flatMap((caller) -> body.flatMap((bytes) -> answer(head, bytes, caller))
				.onErrorResume(DataBufferLimitException.class, (error) -> Mono.just(this.endpoint.tooLarge())))
			.flatMap((answer) -> write(exchange.getResponse(), answer))
			.doOnDiscard(McpAnswer.class, (answer) -> answer.over().run());
	}

	private Mono<McpAnswer> answer(WebAttempt head, Bytes body, Optional<Principal> principal) {
		return Mono.deferContextual(
				(context) -> this.endpoint.answer(new McpRequest(head, body, principal.orElse(null), context)));
	}

	private static Bytes bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return Bytes.of(bytes);
	}

	private static Mono<Void> write(ServerHttpResponse response, McpAnswer answer) {
		return Mono.defer(() -> writing(response, answer)).doFinally((signal) -> answer.over().run());
	}

	private static Mono<Void> writing(ServerHttpResponse response, McpAnswer answer) {
		response.setStatusCode(HttpStatusCode.valueOf(answer.status()));
		answer.headers().forEach(response.getHeaders()::set);
		Flux<Bytes> events = answer.events();
		if (events != null) {
			Flux<Publisher<DataBuffer>> flushed = events.map((event) -> Mono.fromSupplier(() -> wrap(response, event)));
			return response.writeAndFlushWith(flushed);
		}
		if (answer.body().isEmpty()) {
			return response.setComplete();
		}
		response.getHeaders().setContentLength(answer.body().length());
		return response.writeWith(Mono.fromSupplier(() -> wrap(response, answer.body())));
	}

	private static DataBuffer wrap(ServerHttpResponse response, Bytes bytes) {
		return response.bufferFactory().wrap(java.nio.ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length()));
	}

}
