package io.agentsocket.function;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Takes requests from the Runtime API of AWS Lambda, one after the other, and streams the
 * answers: a custom runtime, which a Lambda behind a function URL with
 * {@code InvokeMode: RESPONSE_STREAM} needs, since the client of AWS for Java does not
 * stream. An answer that fails in its middle is cut off.
 */
public final class LambdaLoop {

	private static final Log logger = PrintableLog.of(LambdaLoop.class);

	private static final String VERSION = "/2018-06-01/runtime/invocation/";

	private static final String REQUEST_ID = "lambda-runtime-aws-request-id";

	private static final String TYPE = "content-type";

	/** Between the head of the answer, which is JSON, and its body. */
	private static final byte[] END_OF_HEAD = new byte[8];

	private final String api;

	private final FunctionEndpoint endpoint;

	private final Codec json;

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	/**
	 * Create a loop.
	 * @param api host and port of the Runtime API, as {@code AWS_LAMBDA_RUNTIME_API} says
	 * @param endpoint answers the requests
	 * @param json codec of events
	 */
	public LambdaLoop(String api, FunctionEndpoint endpoint, Codec json) {
		this.api = "http://" + api + VERSION;
		this.endpoint = endpoint;
		this.json = json;
	}

	/**
	 * Take requests until the Runtime API is gone.
	 * @return never completes; fails when no further request can be had
	 */
	public Mono<Void> run() {
		return Mono.defer(this::next).repeat().then();
	}

	private Mono<Void> next() {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.api + "next")).build();
		return Mono.fromFuture(() -> this.client.sendAsync(request, BodyHandlers.ofByteArray())).flatMap(this::serve);
	}

	private Mono<Void> serve(HttpResponse<byte[]> event) {
		String id = event.headers().firstValue(REQUEST_ID).orElse("");
		if (event.statusCode() != 200 || id.isEmpty()) {
			return Mono.error(new IllegalStateException("The Runtime API answers " + event.statusCode()));
		}
		return Mono.defer(() -> this.endpoint.answer(request(event.body())))
			.flatMap((answer) -> post(id + "/response", stream(answer), "lambda-runtime-function-response-mode",
					"streaming", TYPE, "application/vnd.awslambda.http-integration-response"))
			.onErrorResume((error) -> {
				logger.warn("A request of Lambda is not answered: " + error);
				return tell(id, BodyPublishers.ofString("{\"errorMessage\":\"The request is not answered\","
						+ "\"errorType\":\"Function.Unanswered\"}"));
			});
	}

	/** Lambda finds out by itself when it is not told. */
	private Mono<Void> tell(String id, BodyPublisher error) {
		return post(id + "/error", error, TYPE, "application/json").onErrorResume(IOException.class, (lost) -> {
			logger.warn("Lambda is not told that its request is not answered: " + lost);
			return Mono.empty();
		});
	}

	private Mono<Void> post(String path, BodyPublisher body, String... headers) {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.api + path)).headers(headers).POST(body).build();
		return Mono.fromFuture(() -> this.client.sendAsync(request, BodyHandlers.discarding()))
			.flatMap((answer) -> (answer.statusCode() < 500) ? Mono.empty()
					: Mono.error(new IllegalStateException("The Runtime API answers " + answer.statusCode())));
	}

	/** Reads an event of a function URL, which is that of an API gateway in version 2. */
	private IncomingRequest request(byte[] event) {
		Map<String, Object> map;
		try {
			map = this.json.decodeMap(Bytes.of(event));
		}
		catch (CodecException ex) {
			map = Map.of();
		}
		Object method = InvokeRequest.map(InvokeRequest.map(map.get("requestContext")).get("http")).get("method");
		Map<String, List<String>> headers = new HashMap<>();
		InvokeRequest.map(map.get("headers"))
			.forEach((name, value) -> headers.put(name, List.of(String.valueOf(value))));
		return new IncomingRequest(String.valueOf(method), headers, body(map));
	}

	private static Bytes body(Map<String, Object> event) {
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

	private BodyPublisher stream(FunctionAnswer answer) {
		String type = answer.contentType();
		Bytes head = this.json.encodeMap(
				Map.of("statusCode", answer.status(), "headers", (type != null) ? Map.of(TYPE, type) : Map.of()));
		Flux<ByteBuffer> body = Flux.concat(Flux.just(head, Bytes.of(END_OF_HEAD)), answer.body())
			.map((bytes) -> ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length()));
		return BodyPublishers.fromPublisher(JdkFlowAdapter.publisherToFlowPublisher(body));
	}

}
