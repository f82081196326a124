package com.example.benchmark.functions;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

import com.example.benchmark.Connection;
import com.example.benchmark.Reply;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import io.netty.buffer.Unpooled;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.json.JsonMapper;

/**
 * HTTP requests to the function itself, or to a proxy before it. Tokens come as
 * server-sent events.
 */
public final class PlainConnection implements StreamingConnection {

	private static final int MAX_CONNECTIONS = 4000;

	private static final JsonMapper JSON = new JsonMapper();

	private final ConnectionProvider pool = ConnectionProvider.builder("plain")
		.maxConnections(MAX_CONNECTIONS)
		.pendingAcquireMaxCount(MAX_CONNECTIONS)
		.build();

	private final HttpClient client;

	/** Streams of which nothing more is read; what has come of them belongs to them. */
	private final Disposable.Composite stalled = Disposables.composite();

	/**
	 * Create a client.
	 * @param port where the function or the proxy listens
	 */
	public PlainConnection(int port) {
		this.client = HttpClient.create(this.pool)
			.baseUrl("http://127.0.0.1:" + port)
			.headers((headers) -> headers.set("content-type", "application/json"));
	}

	private HttpClient.ResponseReceiver<?> request(String action, Object arguments) {
		byte[] body = JSON.writeValueAsBytes(
				Map.of("v", 1, "type", "invoke", "function", "bench", "action", action, "arguments", arguments));
		return this.client.headers((headers) -> headers.set("content-length", body.length))
			.post()
			.uri("/fn")
			.send(Mono.fromCallable(() -> Unpooled.wrappedBuffer(body)));
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		request("weather.current", request)
			.responseSingle((response, body) -> body.asByteArray().map((bytes) -> JSON.readValue(bytes, Weather.class)))
			.subscribe((weather) -> Connection.answer(weather, reply), reply::done);
	}

	private Flux<byte[]> stream(Object arguments) {
		return request("llm.tokens", arguments).response((response, body) -> body.asByteArray());
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		Tokens tokens = new Tokens(request, reply);
		Events events = new Events(tokens::token);
		stream(request).subscribe(events::accept, tokens::failed, tokens::end);
	}

	@Override
	public void paced(int count, int everyMicros, Consumer<String> token, Reply reply) {
		Events events = new Events(token);
		stream(Map.of("n", count, "every", everyMicros)).subscribe(events::accept, reply::done, () -> reply.done(null));
	}

	@Override
	public void stall() {
		RelayedConnection.OneItem<byte[]> item = new RelayedConnection.OneItem<>();
		this.stalled.add(item);
		stream(new TokensRequest(Integer.MAX_VALUE)).subscribe(item);
	}

	@Override
	public void close() {
		this.stalled.dispose();
		this.pool.disposeLater().block(Duration.ofSeconds(10));
	}

	/** Reads server-sent events that have one line of data each. */
	private static final class Events {

		private static final int DATA = "data:".length();

		private final Consumer<String> data;

		private final ByteArrayOutputStream line = new ByteArrayOutputStream();

		Events(Consumer<String> data) {
			this.data = data;
		}

		void accept(byte[] chunk) {
			for (byte octet : chunk) {
				if (octet != '\n') {
					this.line.write(octet);
				}
				else if (this.line.size() > 0) {
					this.data.accept(this.line.toString(StandardCharsets.UTF_8).substring(DATA));
					this.line.reset();
				}
			}
		}

	}

}
