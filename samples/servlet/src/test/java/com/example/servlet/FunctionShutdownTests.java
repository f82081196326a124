package com.example.servlet;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpServer;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.annotation.AgentTool;
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
 * still begin to go on by pushing, and a pod is told of the end. Tests of the library say
 * more of that.
 */
class FunctionShutdownTests {

	private static final long LONG = 60_000;

	/** Its token expires in the year 2100. */
	private static final String INVOKE = """
			{"v": 1, "type": "invoke", "action": "later", "invocation": "i", "session": {"id": "s"}, "timeoutMs": 60000,
			 "result": "items", "callback": {"url": "http://127.0.0.1:%d/", "token": "t", "expiresAt": 4102444800,
			  "scope": ["items"]}}""";

	@ParameterizedTest
	@ValueSource(classes = { TomcatServletWebServerFactory.class, JettyServletWebServerFactory.class })
	void lastRequestDetachesWhileTheApplicationStops(Class<?> container) throws Exception {
		CountDownLatch told = new CountDownLatch(1);
		HttpServer pod = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		pod.createContext("/", (push) -> {
			push.sendResponseHeaders(202, -1);
			push.close();
			told.countDown();
		});
		pod.start();
		ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class, container).run(
				"--server.port=0", "--server.address=127.0.0.1", "--agentsocket.function.enabled=true",
				"--agentsocket.function.unsigned=true", "--spring.lifecycle.timeout-per-shutdown-phase=60s");
		HttpRequest request = HttpRequest
			.newBuilder(URI
				.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/function"))
			.header("content-type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(INVOKE.formatted(pod.getAddress().getPort())))
			.build();
		CompletableFuture<HttpResponse<String>> answer = HttpClient.newHttpClient()
			.sendAsync(request, HttpResponse.BodyHandlers.ofString());
		assertThat(context.getBean(Tools.class).begun.await(LONG, TimeUnit.MILLISECONDS)).isTrue();
		context.close();
		assertThat(answer.get(LONG, TimeUnit.MILLISECONDS).statusCode()).isEqualTo(202);
		assertThat(told.await(LONG, TimeUnit.MILLISECONDS)).isTrue();
		pod.stop(0);
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
