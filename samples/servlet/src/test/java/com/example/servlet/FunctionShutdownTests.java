package com.example.servlet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.annotation.AgentTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A servlet application that is a function and stops while a request is answered: it may
 * still begin to go on by pushing, and its agent is told of the end.
 */
class FunctionShutdownTests {

	private static final long LONG = 60_000;

	private final Queue<String> pushes = new ConcurrentLinkedQueue<>();

	private HttpServer pod;

	@BeforeEach
	void start() throws IOException {
		this.pod = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.pod.createContext("/", this::take);
		this.pod.start();
	}

	@AfterEach
	void stop() {
		this.pod.stop(0);
	}

	private void take(HttpExchange exchange) throws IOException {
		this.pushes.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
		byte[] body = "{\"status\":\"live\"}".getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(202, body.length);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	@ParameterizedTest
	@ValueSource(classes = { TomcatServletWebServerFactory.class, JettyServletWebServerFactory.class })
	void lastRequestDetachesWhileTheApplicationStops(Class<?> container) throws Exception {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class, container).run(
				"--server.port=0", "--server.address=127.0.0.1", "--agentsocket.function.enabled=true",
				"--agentsocket.function.unsigned=true", "--spring.lifecycle.timeout-per-shutdown-phase=60s");
		Tools tools = context.getBean(Tools.class);
		CompletableFuture<HttpResponse<String>> answer = post(
				context.getEnvironment().getRequiredProperty("local.server.port"));
		assertThat(tools.begun.await(LONG, TimeUnit.MILLISECONDS)).isTrue();
		Thread end = new Thread(context::close);
		end.start();
		assertThat(answer.get(LONG, TimeUnit.MILLISECONDS).statusCode()).isEqualTo(202);
		end.join(LONG);
		assertThat(end.isAlive()).isFalse();
		assertThat(this.pushes).last().asString().contains("\"error\"").contains("32");
	}

	private CompletableFuture<HttpResponse<String>> post(String port) {
		String body = "{\"v\":1,\"type\":\"invoke\",\"action\":\"later\",\"invocation\":\"i\",\"session\":{\"id\":\"s\"},"
				+ "\"timeoutMs\":60000,\"result\":\"items\",\"callback\":{\"url\":\"http://127.0.0.1:"
				+ this.pod.getAddress().getPort() + "/\",\"token\":\"t\",\"expiresAt\":"
				+ (Instant.now().getEpochSecond() + 600) + ",\"scope\":[\"items\"]}}";
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/function"))
			.header("content-type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build();
		return HttpClient.newHttpClient().sendAsync(request, HttpResponse.BodyHandlers.ofString());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Tools tools() {
			return new Tools();
		}

		/** Only the relay gets here. */
		@Bean
		SecurityFilterChain chain(HttpSecurity http) throws Exception {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll())
				.csrf((csrf) -> csrf.disable())
				.build();
		}

	}

	/** The last request goes on when all has stopped that stops before the web server. */
	static class Tools implements SmartLifecycle {

		final CountDownLatch begun = new CountDownLatch(1);

		private final Sinks.Empty<Void> go = Sinks.empty();

		private volatile boolean running;

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.running = false;
			this.go.tryEmitEmpty();
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
		}

		@AgentTool
		Flux<Page> later(FunctionPush push) {
			this.begun.countDown();
			return this.go.asMono().thenMany(Flux.defer(() -> push.detach(Flux.<Page>never())));
		}

	}

	/** An item. */
	record Page(int page) {
	}

}
