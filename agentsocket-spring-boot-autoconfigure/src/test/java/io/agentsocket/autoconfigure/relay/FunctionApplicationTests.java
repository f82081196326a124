package io.agentsocket.autoconfigure.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentsocket.Await;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application whose only actions are those of a function that describes them.
 */
class FunctionApplicationTests {

	private static final JacksonCodec JSON = JacksonCodec.json();

	private final Queue<Map<String, Object>> requests = new ConcurrentLinkedQueue<>();

	@Test
	void functionIsDescribedWarmedUpCalledAndPushes() throws Exception {
		HttpServer function = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		function.createContext("/", this::answer);
		function.start();
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.REACTIVE)
			.run("--server.port=0", "--server.address=127.0.0.1", "--agentsocket.server.hello-timeout=60s",
					"--agentsocket.functions.shop.url=http://127.0.0.1:" + function.getAddress().getPort() + "/shop",
					"--agentsocket.functions.shop.describe=true",
					"--agentsocket.relay.callback.url=http://pods.example")) {
			Await.until(() -> context.getBean(ActionCatalog.class).find("shop.hello") != null);
			int port = Integer.parseInt(context.getEnvironment().getProperty("local.server.port"));
			AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").build();
			client.connect().block(Await.LONG);
			Queue<String> events = new ConcurrentLinkedQueue<>();
			client.events("shop.open", String.class).subscribe(events::add);
			assertThat(client.invoke("shop.hello").toMono(String.class).block(Await.LONG)).isEqualTo("hello");
			Await.untilAsserted(() -> assertThat(this.requests.stream().map((request) -> request.get("type")))
				.contains("describe", "warm", "invoke"));
			Map<String, Object> invoke = this.requests.stream()
				.filter((request) -> request.get("type").equals("invoke"))
				.findFirst()
				.orElseThrow();
			Map<?, ?> callback = (Map<?, ?>) invoke.get("callback");
			URI told = URI.create(String.valueOf(callback.get("url")));
			HttpRequest push = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + told.getPath()))
				.header("authorization", "Bearer " + callback.get("token"))
				.header("content-type", "application/json")
				.POST(HttpRequest.BodyPublishers.ofString("{\"ops\":[{\"event\":\"shop.open\",\"payload\":\"now\"}]}"))
				.build();
			assertThat(HttpClient.newHttpClient().send(push, HttpResponse.BodyHandlers.ofString()).body())
				.isEqualTo("{\"status\":\"live\"}");
			Await.until(() -> events.contains("now"));
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			Await.until(() -> meters.find("agentsocket.gateway.time").timer() != null
					&& meters.find("agentsocket.function.time").tag("function", "shop").timer() != null);
			assertThat(meters.get("agentsocket.function.time").tag("function", "shop").timer().count()).isPositive();
			client.close().block(Await.LONG);
		}
		finally {
			function.stop(0);
		}
	}

	private void answer(HttpExchange exchange) throws IOException {
		Map<String, Object> request = JSON.decodeMap(Bytes.of(exchange.getRequestBody().readAllBytes()));
		this.requests.add(request);
		String body = switch (String.valueOf(request.get("type"))) {
			case "describe" -> "{\"actions\":[{\"name\":\"shop.hello\"},{\"name\":\"shop.far\","
					+ "\"url\":\"http://another.example/\"}]}";
			case "invoke" -> "\"hello\"";
			default -> "";
		};
		byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("content-type", "application/json");
		exchange.sendResponseHeaders((bytes.length > 0) ? 200 : 204, (bytes.length > 0) ? bytes.length : -1);
		exchange.getResponseBody().write(bytes);
		exchange.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		MeterRegistry registry() {
			return new SimpleMeterRegistry();
		}

		@Bean
		SecurityWebFilterChain securityWebFilterChain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.build();
		}

	}

}
