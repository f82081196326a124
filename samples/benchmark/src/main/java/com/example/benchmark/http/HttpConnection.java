package com.example.benchmark.http;

import java.time.Duration;
import java.util.function.Consumer;

import com.example.benchmark.Connection;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Reply;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Typed requests of a {@link WebClient} with a pool of connections of its own.
 */
final class HttpConnection implements Connection {

	private static final int MAX_CONNECTIONS = 500;

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final ConnectionProvider pool = ConnectionProvider.create("benchmark", MAX_CONNECTIONS);

	private final WebClient client;

	HttpConnection(int port) {
		this.client = WebClient.builder()
			.baseUrl("http://127.0.0.1:" + port)
			.clientConnector(new ReactorClientHttpConnector(HttpClient.create(this.pool)))
			.build();
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		this.client.post()
			.uri("/weather/current")
			.contentType(MediaType.APPLICATION_JSON)
			.bodyValue(request)
			.retrieve()
			.bodyToMono(Weather.class)
			.subscribe((weather) -> Connection.answer(weather, reply), reply::done);
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		Tokens tokens = new Tokens(request, reply);
		this.client.post()
			.uri("/llm/tokens")
			.contentType(MediaType.APPLICATION_JSON)
			.accept(MediaType.TEXT_EVENT_STREAM)
			.bodyValue(request)
			.retrieve()
			.bodyToFlux(String.class)
			.subscribe(tokens::token, tokens::failed, tokens::end);
	}

	@Override
	public void paced(PacedRequest request, Consumer<String> item) {
		this.client.post()
			.uri("/llm/paced")
			.contentType(MediaType.APPLICATION_JSON)
			.accept(MediaType.TEXT_EVENT_STREAM)
			.bodyValue(request)
			.retrieve()
			.bodyToFlux(String.class)
			.subscribe(item, Connection::pacedFailed);
	}

	@Override
	public void close() {
		this.pool.disposeLater().block(TIMEOUT);
	}

}
