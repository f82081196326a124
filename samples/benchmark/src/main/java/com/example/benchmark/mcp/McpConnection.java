package com.example.benchmark.mcp;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.benchmark.Connection;
import com.example.benchmark.Reply;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import io.modelcontextprotocol.client.McpAsyncClient;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.ai.mcp.client.webflux.transport.WebClientStreamableHttpTransport;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Calls of an {@link McpAsyncClient} with a pool of connections of its own; the text of
 * an answer is read as the typed result that it is.
 */
final class McpConnection implements Connection {

	private static final int MAX_CONNECTIONS = 500;

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	private final ConnectionProvider pool = ConnectionProvider.create("benchmark", MAX_CONNECTIONS);

	private final Map<Object, Tokens> streams = new ConcurrentHashMap<>();

	private final AtomicInteger lastStream = new AtomicInteger();

	private final McpAsyncClient client;

	McpConnection(int port) {
		WebClient.Builder http = WebClient.builder()
			.baseUrl("http://127.0.0.1:" + port)
			.clientConnector(new ReactorClientHttpConnector(HttpClient.create(this.pool)));
		this.client = McpClient.async(WebClientStreamableHttpTransport.builder(http).build())
			.requestTimeout(TIMEOUT)
			.progressConsumer(this::token)
			.build();
		this.client.initialize().block(TIMEOUT);
	}

	@Override
	public void call(WeatherRequest request, Reply reply) {
		CallToolRequest call = CallToolRequest.builder("weather.current")
			.arguments(Map.of("city", request.city(), "unit", request.unit()))
			.build();
		this.client.callTool(call)
			.map(McpConnection::weather)
			.subscribe((weather) -> Connection.answer(weather, reply), reply::done);
	}

	private static Weather weather(CallToolResult result) {
		return MAPPER.readValue(text(result), Weather.class);
	}

	private static String text(CallToolResult result) {
		if (result.content().get(0) instanceof TextContent text && !Boolean.TRUE.equals(result.isError())) {
			return text.text();
		}
		throw new IllegalStateException("The answer is wrong: " + result);
	}

	@Override
	public void tokens(TokensRequest request, Reply reply) {
		String id = Integer.toString(this.lastStream.incrementAndGet());
		Tokens tokens = new Tokens(request, reply);
		this.streams.put(id, tokens);
		CallToolRequest call = CallToolRequest.builder("llm.tokens")
			.arguments(Map.of("n", request.n()))
			.progressToken(id)
			.build();
		this.client.callTool(call).map(McpConnection::text).subscribe((done) -> {
			this.streams.remove(id);
			tokens.end();
		}, tokens::failed);
	}

	private Mono<Void> token(ProgressNotification notification) {
		Tokens tokens = this.streams.get(notification.progressToken());
		if (tokens != null) {
			tokens.token(notification.message());
		}
		return Mono.empty();
	}

	@Override
	public void close() {
		this.client.closeGracefully().block(TIMEOUT);
		this.pool.disposeLater().block(TIMEOUT);
	}

}
