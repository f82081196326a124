package com.example.benchmark.functions;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.example.benchmark.Server;
import com.example.benchmark.TokensRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * A function that does next to nothing. It answers a value, or streams tokens: as frames
 * to who asks for them, as server-sent events to everybody else. Tokens with a pace say
 * when they were emitted.
 */
public final class FunctionServer implements Server {

	private static final String FRAMES = "application/vnd.agentsocket.frames";

	private static final byte[] WEATHER = "{\"city\":\"Berlin\",\"temperature\":21.5,\"conditions\":\"partly cloudy\"}"
		.getBytes(StandardCharsets.UTF_8);

	private static final Pattern COUNT = Pattern.compile("\"n\":(\\d+)");

	private static final Pattern PACE = Pattern.compile("\"every\":(\\d+)");

	private final DisposableServer server;

	/**
	 * Create a function and serve it.
	 */
	public FunctionServer() {
		this.server = HttpServer.create().host("127.0.0.1").port(0).handle(FunctionServer::answer).bindNow();
	}

	private static Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
		return request.receive().aggregate().asString().flatMap((body) -> {
			if (body.contains("\"warm\"")) {
				return response.status(204).send();
			}
			if (!body.contains("\"llm.tokens\"")) {
				response.header(HttpHeaderNames.CONTENT_TYPE, "application/json")
					.header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(WEATHER.length));
				return response.sendObject(Unpooled.wrappedBuffer(WEATHER)).then();
			}
			String accept = request.requestHeaders().get(HttpHeaderNames.ACCEPT);
			boolean frames = accept != null && accept.contains(FRAMES);
			response.header(HttpHeaderNames.CONTENT_TYPE, frames ? FRAMES : "text/event-stream");
			return stream(number(COUNT, body), number(PACE, body), frames, response);
		});
	}

	private static int number(Pattern pattern, String body) {
		Matcher matcher = pattern.matcher(body);
		return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
	}

	private static Mono<Void> stream(int count, int everyMicros, boolean frames, HttpServerResponse response) {
		Publisher<ByteBuf> end = Mono
			.fromCallable(() -> frames ? Unpooled.wrappedBuffer(new byte[] { 0x53, 1, 0 }) : Unpooled.EMPTY_BUFFER);
		if (everyMicros == 0) {
			return response
				.send(Flux.range(0, count).map((i) -> encode(TokensRequest.token(i), frames)).concatWith(end))
				.then();
		}
		Flux<ByteBuf> paced = Flux.interval(Duration.ofNanos(everyMicros * 1000L))
			.onBackpressureDrop()
			.take(count)
			.map((i) -> encode(Long.toString(System.nanoTime()), frames));
		return response.send(paced.concatWith(end), (item) -> true).then();
	}

	private static ByteBuf encode(String text, boolean frames) {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		if (frames) {
			return Unpooled.wrappedBuffer(new byte[] { 0x52, 1, (byte) bytes.length }, bytes);
		}
		return Unpooled.copiedBuffer("data:" + text + "\n\n", StandardCharsets.UTF_8);
	}

	@Override
	public int port() {
		return this.server.port();
	}

	@Override
	public void close() {
		this.server.disposeNow();
	}

}
