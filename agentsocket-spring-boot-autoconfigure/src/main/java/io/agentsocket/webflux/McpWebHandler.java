package io.agentsocket.webflux;

import java.security.Principal;
import java.time.Duration;
import java.util.Optional;

import io.agentsocket.mcp.McpAnswer;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpRequest;
import io.agentsocket.mcp.RequestBody;
import io.agentsocket.protocol.Bytes;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;

/**
 * The MCP endpoint in a WebFlux application. Thread-safe.
 */
public final class McpWebHandler implements WebHandler {

	/** Bytes of a body that is not counted while it comes. */
	private static final int SMALL = 4 * 1024;

	/** A response of so many bytes has left in any case, or takes little. */
	private static final int SMALL_RESPONSE = 16 * 1024;

	private final McpEndpoint endpoint;

	private final Duration unread;

	/**
	 * Create a handler.
	 * @param endpoint answers the requests
	 */
	public McpWebHandler(McpEndpoint endpoint) {
		this(endpoint, endpoint.writeTimeout());
	}

	/**
	 * Create a handler.
	 * @param endpoint answers the requests
	 * @param unread time in which a client takes each piece of its response
	 */
	public McpWebHandler(McpEndpoint endpoint, Duration unread) {
		this.endpoint = endpoint;
		this.unread = unread;
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		WebAttempt head = new WebAttempt(exchange.getRequest());
		McpAnswer refusal = this.endpoint.refusal(head);
		if (refusal != null) {
			return write(exchange.getResponse(), refusal);
		}
		Mono<Bytes> body = isSmall(exchange.getRequest()) ? bytes(exchange.getRequest().getBody())
				: Mono.using(this.endpoint::body, (taken) -> large(exchange.getRequest(), taken), RequestBody::close);
		Mono<Optional<Principal>> principal = exchange.getPrincipal()
			.map(Optional::of)
			.defaultIfEmpty(Optional.empty());
		return principal
			.flatMap((caller) -> body.flatMap((bytes) -> answer(head, bytes, caller))
				.onErrorResume(UnreadBodyException.class, (error) -> Mono.just(error.answer)))
			.flatMap((answer) -> write(exchange.getResponse(), answer))
			.doOnDiscard(McpAnswer.class, (answer) -> answer.over().run());
	}

	private Mono<McpAnswer> answer(WebAttempt head, Bytes body, Optional<Principal> principal) {
		return Mono.deferContextual(
				(context) -> this.endpoint.answer(new McpRequest(head, body, principal.orElse(null), context)));
	}

	/**
	 * A body that fits into the first buffer is there, or takes no more than a socket.
	 */
	private static boolean isSmall(ServerHttpRequest request) {
		long length = request.getHeaders().getContentLength();
		return length >= 0 && length <= SMALL;
	}

	private static Mono<Bytes> large(ServerHttpRequest request, RequestBody taken) {
		Flux<DataBuffer> buffers = request.getBody().handle((buffer, sink) -> {
			McpAnswer refusal = taken.take(buffer.readableByteCount());
			if (refusal == null) {
				sink.next(buffer);
				return;
			}
			DataBufferUtils.release(buffer);
			sink.error(new UnreadBodyException(refusal));
		});
		return bytes(buffers).timeout(RequestBody.TIMEOUT, Mono.error(() -> new UnreadBodyException(taken.late())));
	}

	private static Mono<Bytes> bytes(Flux<DataBuffer> buffers) {
		return DataBufferUtils.join(buffers).map(McpWebHandler::bytes).defaultIfEmpty(Bytes.EMPTY);
	}

	private static Bytes bytes(DataBuffer buffer) {
		byte[] bytes = new byte[buffer.readableByteCount()];
		buffer.read(bytes);
		DataBufferUtils.release(buffer);
		return Bytes.of(bytes);
	}

	private Mono<Void> write(ServerHttpResponse response, McpAnswer answer) {
		Mono<Void> writing = Mono.defer(() -> writing(response, answer));
		Mono<Void> watched = isLarge(answer) ? UnreadResponses.watched(response, this.unread, writing) : writing;
		return watched.doFinally((signal) -> answer.over().run());
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
		Mono<DataBuffer> body = Mono.fromSupplier(() -> wrap(response, answer.body()));
		// Reactor Netty completes a Mono before it is written, and a Flux when it is.
		return response.writeWith(isLarge(answer) ? body.flux() : body);
	}

	private static boolean isLarge(McpAnswer answer) {
		return answer.events() != null || answer.body().length() > SMALL_RESPONSE;
	}

	private static DataBuffer wrap(ServerHttpResponse response, Bytes bytes) {
		return response.bufferFactory().wrap(java.nio.ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length()));
	}

	/** A body is read no further. */
	@SuppressWarnings("serial")
	private static final class UnreadBodyException extends RuntimeException {

		private final transient McpAnswer answer;

		UnreadBodyException(McpAnswer answer) {
			super("The body is read no further", null, false, false);
			this.answer = answer;
		}

	}

}
