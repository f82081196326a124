package io.agentsocket.function;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.answer.IncomingPush;
import io.agentsocket.relay.answer.RequestReader;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;

/**
 * The endpoint of a function in any web stack of Spring: as a handler of WebFlux, and
 * behind the adapter for servlet containers. Reads the whole body of a request whose
 * headers may be right, if it comes in time and there is room for it, and flushes each
 * piece of the answer. Thread-safe.
 */
public final class FunctionHttpHandler implements HttpHandler {

	private static final Log logger = PrintableLog.of(FunctionHttpHandler.class);

	private static final int UNAVAILABLE = 503;

	private final FunctionEndpoint endpoint;

	private final RequestReader reader;

	/**
	 * Create a handler.
	 * @param endpoint answers the requests
	 */
	public FunctionHttpHandler(FunctionEndpoint endpoint) {
		this(endpoint, RequestReader.TIMEOUT);
	}

	FunctionHttpHandler(FunctionEndpoint endpoint, Duration bodyTimeout) {
		this.endpoint = endpoint;
		this.reader = new RequestReader(FunctionEndpoint.MAX_BODY, bodyTimeout);
	}

	@Override
	public Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
		String method = request.getMethod().name();
		Map<String, List<String>> headers = headers(request.getHeaders());
		FunctionAnswer refusal = this.endpoint.refuse(new IncomingRequest(method, headers, Bytes.EMPTY));
		if (refusal != null) {
			return this.reader.skip(request.getBody()).then(Mono.defer(() -> write(response, refusal)));
		}
		return Mono
			.using(this.endpoint.bodies()::begin, (taken) -> this.reader.read(request.getBody(), taken),
					IncomingPush::close)
			.flatMap((body) -> this.endpoint.answer(new IncomingRequest(method, headers, body)))
			.onErrorResume(RequestReader.UnreadException.class,
					(error) -> Mono.just(this.endpoint.unread(error.status(), error.detail())))
			.flatMap((answer) -> write(response, answer))
			.doOnError((error) -> logger.debug("An answer is cut off", error));
	}

	private static Map<String, List<String>> headers(HttpHeaders headers) {
		Map<String, List<String>> all = new HashMap<>();
		headers.forEach(all::put);
		return all;
	}

	private static Mono<Void> write(ServerHttpResponse response, FunctionAnswer answer) {
		response.setStatusCode(HttpStatusCode.valueOf(answer.status()));
		if (answer.contentType() != null) {
			response.getHeaders().set(HttpHeaders.CONTENT_TYPE, answer.contentType());
		}
		if (answer.status() == UNAVAILABLE) {
			response.getHeaders().set(HttpHeaders.RETRY_AFTER, "1");
		}
		if (answer.status() == 405) {
			response.getHeaders().setAllow(Set.of(HttpMethod.POST));
		}
		if (answer.contentType() == null) {
			return response.setComplete();
		}
		return response.writeAndFlushWith(Flux.from(answer.body())
			.map((bytes) -> Mono.fromSupplier(() -> response.bufferFactory().wrap(bytes.toArray()))));
	}

}
