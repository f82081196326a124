package com.example.benchmark.mcp;

import com.example.benchmark.BootServer;
import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.context.McpAsyncRequestContext;
import org.springframework.ai.mcp.annotation.context.McpSyncRequestContext;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * MCP by Spring AI's server for WebFlux and the client of the MCP Java SDK over Spring
 * AI's WebFlux transport. Its results are no streams, so tokens are the progress
 * notifications of a call, which a stateless server does not have.
 *
 * @param stateless whether the server has no sessions
 * @param async whether its methods are reactive
 */
public record McpContestant(boolean stateless, boolean async) implements Contestant {

	@Override
	public Server serve() {
		// Without the protocol it would be the old one with its separate event stream.
		return BootServer.start(Application.class, "spring.ai.mcp.server.enabled=true",
				"spring.ai.mcp.server.annotation-scanner.enabled=true",
				"spring.ai.mcp.server.protocol=" + (this.stateless ? "STATELESS" : "STREAMABLE"),
				"spring.ai.mcp.server.type=" + (this.async ? "ASYNC" : "SYNC"),
				"benchmark.mcp=" + (this.async ? "async" : "sync") + (this.stateless ? "" : "-streams"));
	}

	@Override
	public Connection connect(int port) {
		return new McpConnection(port);
	}

	@Override
	public boolean streams() {
		return !this.stateless;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		@ConditionalOnProperty(name = "benchmark.mcp", havingValue = "sync")
		SyncTools syncWork() {
			return new SyncTools();
		}

		@Bean
		@ConditionalOnProperty(name = "benchmark.mcp", havingValue = "async")
		AsyncTools asyncWork() {
			return new AsyncTools();
		}

		@Bean
		@ConditionalOnProperty(name = "benchmark.mcp", havingValue = "sync-streams")
		SyncStreamTools syncStreamWork() {
			return new SyncStreamTools();
		}

		@Bean
		@ConditionalOnProperty(name = "benchmark.mcp", havingValue = "async-streams")
		AsyncStreamTools asyncStreamWork() {
			return new AsyncStreamTools();
		}

	}

	static class SyncTools {

		@McpTool(name = "weather.current")
		public Weather current(String city, String unit) {
			return Weather.of(city);
		}

	}

	static class AsyncTools {

		@McpTool(name = "weather.current")
		public Mono<Weather> current(String city, String unit) {
			return Mono.just(Weather.of(city));
		}

	}

	static final class SyncStreamTools extends SyncTools {

		@McpTool(name = "llm.tokens")
		public String tokens(McpSyncRequestContext context, int n) {
			for (int i = 0; i < n; i++) {
				int done = i + 1;
				context.progress((spec) -> spec.progress(done).message(TokensRequest.token(done - 1)));
			}
			return "done";
		}

	}

	static final class AsyncStreamTools extends AsyncTools {

		@McpTool(name = "llm.tokens")
		public Mono<String> tokens(McpAsyncRequestContext context, int n) {
			return new TokensRequest(n).tokens()
				.index()
				.concatMap((token) -> context
					.progress((spec) -> spec.progress(token.getT1() + 1.0).message(token.getT2())))
				.then(Mono.just("done"));
		}

	}

}
