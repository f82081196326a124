package io.agentsocket.autoconfigure.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentsocket.Await;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServletAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.ServletRegistrationBean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Functions push to agents of a servlet application.
 */
class ServletCallbackTests {

	private static final JacksonCodec JSON = JacksonCodec.json();

	private final HttpClient http = HttpClient.newHttpClient();

	private final Queue<Map<String, Object>> requests = new ConcurrentLinkedQueue<>();

	@TempDir
	private Path folder;

	@Test
	void functionPushesToAnAgentOfAServlet() throws Exception {
		HttpServer function = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		function.createContext("/", this::answer);
		function.start();
		try {
			new WebApplicationContextRunner()
				.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class,
						AgentSocketSessionAutoConfiguration.class, AgentSocketAutoConfiguration.class,
						AgentSocketActionAutoConfiguration.class, AgentSocketServerAutoConfiguration.class,
						AgentSocketServletAutoConfiguration.class, AgentSocketRelayAutoConfiguration.class))
				.withPropertyValues("agentsocket.server.hello-timeout=60s",
						"agentsocket.functions.shop.url=http://127.0.0.1:" + function.getAddress().getPort() + "/shop",
						"agentsocket.functions.shop.actions[0].name=shop.hello",
						"agentsocket.relay.callback.url=http://pods.example")
				.run((context) -> {
					assertThat(context).hasNotFailed();
					Tomcat tomcat = new Tomcat();
					try {
						push(start(tomcat, context.getBeansOfType(ServletRegistrationBean.class).values()));
					}
					finally {
						tomcat.stop();
						tomcat.destroy();
					}
				});
		}
		finally {
			function.stop(0);
		}
	}

	/** Registers servlets as Spring Boot does. */
	@SuppressWarnings("rawtypes") // the beans are of several types
	private int start(Tomcat tomcat, Iterable<ServletRegistrationBean> servlets) throws Exception {
		tomcat.setBaseDir(this.folder.toString());
		tomcat.setSilent(true);
		Connector connector = new Connector();
		connector.setPort(0);
		connector.setProperty("address", "127.0.0.1");
		tomcat.setConnector(connector);
		Context context = tomcat.addContext("", null);
		context.setParentClassLoader(getClass().getClassLoader());
		for (ServletRegistrationBean<?> servlet : servlets) {
			Wrapper wrapper = Tomcat.addServlet(context, servlet.getServletName(), servlet.getServlet());
			wrapper.setAsyncSupported(servlet.isAsyncSupported());
			servlet.getUrlMappings()
				.forEach((path) -> context.addServletMappingDecoded(String.valueOf(path), servlet.getServletName()));
		}
		tomcat.start();
		return connector.getLocalPort();
	}

	private void push(int port) throws IOException, InterruptedException {
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").build();
		client.connect().block(Await.LONG);
		Queue<String> events = new ConcurrentLinkedQueue<>();
		client.events("shop.open", String.class).subscribe(events::add);
		assertThat(client.invoke("shop.hello").toMono(String.class).block(Await.LONG)).isEqualTo("hello");
		Map<?, ?> callback = (Map<?, ?>) this.requests.stream()
			.filter((request) -> request.get("type").equals("invoke"))
			.findFirst()
			.orElseThrow()
			.get("callback");
		String path = URI.create(String.valueOf(callback.get("url"))).getPath();
		String token = String.valueOf(callback.get("token"));
		String event = "{\"ops\":[{\"event\":\"shop.open\",\"payload\":\"now\"}]}";
		assertThat(push(port, path, token + "x", event).statusCode()).isEqualTo(401);
		assertThat(push(port, path.replace("/frames", "x/frames"), token, event).statusCode()).isEqualTo(404);
		assertThat(push(port, path, token, "{").statusCode()).isEqualTo(400);
		assertThat(push(port, path, token, " ".repeat(1_100_000)).statusCode()).isEqualTo(413);
		assertThat(push(port, path, token, event).body()).isEqualTo("{\"status\":\"live\"}");
		Await.until(() -> events.contains("now"));
		client.close().block(Await.LONG);
	}

	private HttpResponse<String> push(int port, String path, String token, String body)
			throws IOException, InterruptedException {
		return this.http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.header("authorization", "Bearer " + token)
			.header("content-type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build(), HttpResponse.BodyHandlers.ofString());
	}

	private void answer(HttpExchange exchange) throws IOException {
		this.requests.add(JSON.decodeMap(Bytes.of(exchange.getRequestBody().readAllBytes())));
		byte[] bytes = "\"hello\"".getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("content-type", "application/json");
		exchange.sendResponseHeaders(200, bytes.length);
		exchange.getResponseBody().write(bytes);
		exchange.close();
	}

}
