package com.example.benchmark.functions;

import com.example.benchmark.BootServer;
import com.example.benchmark.Server;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * The servers between a client and a function.
 */
public final class Gateways {

	/** Requests that are open at once. */
	private static final int CONCURRENCY = 4000;

	private static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	private Gateways() {
	}

	/**
	 * Start a pod that relays, with signed requests.
	 * @param function where the function listens
	 * @return the pod
	 */
	public static Server relay(int function) {
		String prefix = "agentsocket.functions.bench.";
		return BootServer.start(Relay.class, "agentsocket.enabled=true", "agentsocket.session.store=memory",
				prefix + "url=http://127.0.0.1:" + function + "/fn", prefix + "secrets=" + SECRET,
				prefix + "concurrency=" + CONCURRENCY, prefix + "connect-timeout=10s", prefix + "timeout=1h",
				prefix + "actions[0].name=weather.current", prefix + "actions[1].name=llm.tokens",
				prefix + "actions[1].result=text");
	}

	/**
	 * Start a proxy that passes requests and answers on as they are.
	 * @param function where the function listens
	 * @return the proxy
	 */
	public static Server proxy(int function) {
		return BootServer.start(Proxy.class, "benchmark.function=" + function);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Relay {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Proxy {

		@Bean
		PassThrough passThrough(Environment environment) {
			return new PassThrough(environment.getRequiredProperty("benchmark.function", int.class));
		}

	}

	/** Forwards as Spring Cloud Gateway does, without its filters. */
	@RestController
	static class PassThrough {

		private final WebClient client;

		PassThrough(int function) {
			ConnectionProvider pool = ConnectionProvider.builder("function")
				.maxConnections(CONCURRENCY)
				.pendingAcquireMaxCount(CONCURRENCY)
				.build();
			this.client = WebClient.builder()
				.baseUrl("http://127.0.0.1:" + function)
				.clientConnector(new ReactorClientHttpConnector(HttpClient.create(pool)))
				.build();
		}

		@PostMapping("/fn")
		Mono<Void> pass(ServerHttpRequest request, ServerHttpResponse response) {
			return this.client.post()
				.uri("/fn")
				.headers((headers) -> copy(request.getHeaders(), headers))
				.body(request.getBody(), DataBuffer.class)
				.exchangeToMono((answer) -> {
					response.setStatusCode(answer.statusCode());
					copy(answer.headers().asHttpHeaders(), response.getHeaders());
					Flux<DataBuffer> body = answer.bodyToFlux(DataBuffer.class);
					boolean streams = answer.headers()
						.contentType()
						.filter(MediaType.TEXT_EVENT_STREAM::isCompatibleWith)
						.isPresent();
					// Each piece is flushed, as it has to be with tokens.
					return streams ? response.writeAndFlushWith(body.map(Mono::just)) : response.writeWith(body);
				});
		}

		private static void copy(HttpHeaders from, HttpHeaders to) {
			for (String name : new String[] { HttpHeaders.CONTENT_TYPE, HttpHeaders.CONTENT_LENGTH }) {
				String value = from.getFirst(name);
				if (value != null) {
					to.set(name, value);
				}
			}
		}

	}

}
