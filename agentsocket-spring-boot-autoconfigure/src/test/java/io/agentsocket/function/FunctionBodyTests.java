package io.agentsocket.function;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.JacksonCodec;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.http.server.reactive.ServletHttpHandlerAdapter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bodies of requests to a function that come slowly, or not at all. Section 7 of
 * {@code docs/function-protocol.md}.
 */
class FunctionBodyTests {

	private static final String INVOKE = "{\"v\":1,\"type\":\"invoke\",\"action\":\"greet\"}";

	@TempDir
	Path directory;

	private FunctionEndpoint endpoint;

	private DisposableServer netty;

	private Tomcat tomcat;

	private int port;

	enum Server {

		NETTY, TOMCAT

	}

	private void serve(Server server, long memory, Duration bodyTimeout) throws Exception {
		ActionCatalog catalog = new ActionCatalog();
		catalog.add(Action.named("greet").handler((exchange) -> Mono.just("Hello")));
		this.endpoint = FunctionEndpoint
			.builder(catalog, JacksonCodec.json(), new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT))
			.codecs(List.of(JacksonCodec.json()))
			.bodyMemory(memory)
			.build();
		FunctionHttpHandler handler = new FunctionHttpHandler(this.endpoint, bodyTimeout);
		if (server == Server.NETTY) {
			this.netty = HttpServer.create()
				.host("127.0.0.1")
				.port(0)
				.handle(new ReactorHttpHandlerAdapter(handler))
				.bindNow(Await.LONG);
			this.port = this.netty.port();
			return;
		}
		this.tomcat = new Tomcat();
		this.tomcat.setBaseDir(this.directory.toString());
		this.tomcat.setHostname("127.0.0.1");
		this.tomcat.setPort(0);
		this.tomcat.getConnector().setProperty("address", "127.0.0.1");
		Context context = this.tomcat.addContext("", this.directory.toString());
		Tomcat.addServlet(context, "function", new ServletHttpHandlerAdapter(handler)).setAsyncSupported(true);
		context.addServletMappingDecoded("/*", "function");
		this.tomcat.start();
		this.port = this.tomcat.getConnector().getLocalPort();
	}

	@AfterEach
	void stop() throws Exception {
		if (this.netty != null) {
			this.netty.disposeNow(Await.LONG);
		}
		if (this.tomcat != null) {
			this.tomcat.stop();
			this.tomcat.destroy();
		}
	}

	/** Begins a request, and sends some of its body. */
	private Socket begin(String method, int length, byte[] some) throws IOException {
		Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port);
		socket.setSoTimeout((int) Await.LONG.toMillis());
		String head = method + " /function HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
				+ "Content-Length: " + length + "\r\n\r\n";
		socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
		socket.getOutputStream().write(some);
		return socket;
	}

	/** The status line and headers of an answer. */
	private static String head(Socket socket) throws IOException {
		StringBuilder head = new StringBuilder();
		while (head.indexOf("\r\n\r\n") < 0) {
			int next = socket.getInputStream().read();
			assertThat(next).as("of %s", head).isNotNegative();
			head.append((char) next);
		}
		return head.toString();
	}

	@ParameterizedTest
	@EnumSource
	void bodyThatDoesNotComeInTimeIsAnsweredWith408(Server server) throws Exception {
		serve(server, 0, Duration.ofMillis(50));
		try (Socket slow = begin("POST", 90_000, new byte[60_000])) {
			assertThat(head(slow)).startsWith("HTTP/1.1 408 ");
		}
		Await.until(() -> this.endpoint.bodies().held() == 0);
	}

	@ParameterizedTest
	@EnumSource
	void bodiesOnTheirWayLeaveNoRoomForOthers(Server server) throws Exception {
		serve(server, 100_000, Await.LONG);
		byte[] invoke = INVOKE.getBytes(StandardCharsets.US_ASCII);
		try (Socket slow = begin("POST", 1_000_000, new byte[60_000])) {
			Await.until("the body", () -> this.endpoint.bodies().held() == 60_000);
			try (Socket other = begin("POST", 50_000, new byte[50_000])) {
				assertThat(head(other)).startsWith("HTTP/1.1 503 ").containsIgnoringCase("retry-after: 1");
			}
			try (Socket small = begin("POST", invoke.length, invoke)) {
				assertThat(head(small)).startsWith("HTTP/1.1 200 ");
			}
			assertThat(slow.isConnected()).isTrue();
		}
		// The client that was slow has gone.
		Await.until("the memory", () -> this.endpoint.bodies().held() == 0);
		try (Socket other = begin("POST", invoke.length, invoke)) {
			assertThat(head(other)).startsWith("HTTP/1.1 200 ");
		}
	}

	@ParameterizedTest
	@EnumSource
	void bodyThatIsTooLargeIsAnsweredWith413(Server server) throws Exception {
		serve(server, 0, Await.LONG);
		try (Socket large = begin("POST", 1_100_000, new byte[1_100_000])) {
			assertThat(head(large)).startsWith("HTTP/1.1 413 ");
		}
		Await.until(() -> this.endpoint.bodies().held() == 0);
	}

	/** The answer comes behind the body: who still writes would not read it. */
	@ParameterizedTest
	@EnumSource
	void bodyOfARefusedRequestIsReadAndForgotten(Server server) throws Exception {
		serve(server, 0, Await.LONG);
		try (Socket socket = begin("PUT", 900_000, new byte[450_000])) {
			socket.getOutputStream().write(new byte[450_000]);
			assertThat(head(socket)).startsWith("HTTP/1.1 405 ").containsIgnoringCase("allow: POST");
		}
		assertThat(this.endpoint.bodies().held()).isZero();
	}

}
