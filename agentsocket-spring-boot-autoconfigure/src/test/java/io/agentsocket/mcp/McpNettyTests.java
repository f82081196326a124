package io.agentsocket.mcp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestWeb;
import io.agentsocket.server.UpgradeAttempt;
import io.agentsocket.servlet.McpServlet;
import io.agentsocket.servlet.UpgradeContext;
import io.agentsocket.webflux.McpWebHandler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The MCP endpoint on Netty.
 */
class McpNettyTests extends McpContract {

	McpNettyTests() {
		super(TestWeb.NETTY);
	}

	@Test
	void aResultCountsUntilItIsWritten() {
		HttpHeaders headers = new HttpHeaders();
		McpClient.headers("tools/call", "nothing").forEach(headers::set);
		Bytes body = Bytes.utf8(McpClient.message("tools/call", McpClient.params(Map.of("name", "nothing"))));
		McpAnswer answer = this.endpoint.answer(new McpRequest(new Head(headers), body, null, Context.empty()))
			.block(Await.LONG);
		assertThat(answer.status()).isEqualTo(200);
		assertThat(this.endpoint.load().calls()).isZero();
		assertThat(this.server.bounds().isUnused()).isFalse();
		answer.over().run();
		assertThat(this.server.bounds().isUnused()).isTrue();
	}

	/**
	 * How a large result is told.
	 */
	enum Telling {

		/** A body, written by the event loop of the connection. */
		AT_ONCE,

		/** A body, written by another thread. */
		FROM_ANOTHER_THREAD,

		/** An event, since there was progress before. */
		AS_AN_EVENT;

		private String accept() {
			return (this == AS_AN_EVENT) ? "application/json, text/event-stream" : "application/json";
		}

		private Mono<?> result(AgentExchange exchange, String text) {
			return switch (this) {
				case AT_ONCE -> Mono.just(text);
				case FROM_ANOTHER_THREAD -> Mono.just(text).publishOn(Schedulers.boundedElastic());
				case AS_AN_EVENT -> Mono.fromSupplier(() -> {
					exchange.progress(1, 2.0, "half");
					return text;
				});
			};
		}

	}

	/** A servlet container has a limit of its own for that. */
	@ParameterizedTest
	@EnumSource
	void aClientThatDoesNotReadItsResponseIsLetGo(Telling telling) throws Exception {
		String text = "a".repeat(64 << 20);
		this.catalog.add(Action.named("huge").handler((exchange) -> telling.result(exchange, text)));
		McpSettings settings = new McpSettings("test", "1.0", null, 100_000, 2 * text.length(), 32,
				Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofMillis(100), 3, 2);
		AgentSocketServer other = AgentSocketServer.builder(this.catalog).build();
		McpEndpoint patient = new McpEndpoint(other.directCalls(), JacksonCodec.json(), settings,
				new CallerPolicy(List.of(), List.of(), List.of()));
		CountDownLatch gone = new CountDownLatch(1);
		AtomicBoolean counted = new AtomicBoolean();
		TestWeb.Running web = TestWeb.NETTY.start(() -> new McpWebHandler(patient, Duration.ofMillis(100)),
				() -> new McpServlet(patient, UpgradeContext.NONE), (http) -> http
					.doOnConnection((connection) -> connection.channel().closeFuture().addListener((closed) -> {
						counted.set(!other.bounds().isUnused());
						gone.countDown();
					})));
		try (Socket socket = new Socket()) {
			// The kernel takes a part of the response only: it has taken 12 MiB.
			socket.setReceiveBufferSize(4096);
			socket.setSoTimeout((int) Await.LONG.toMillis());
			socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), web.port()));
			String body = McpClient.message("tools/call",
					McpClient.params(Map.of("name", "huge"), Map.of("progressToken", 1)));
			StringBuilder head = new StringBuilder(
					"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + "Accept: "
							+ telling.accept() + "\r\n");
			McpClient.headers("tools/call", "huge")
				.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
			head.append("Content-Length: ").append(body.length()).append("\r\n\r\n").append(body);
			socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.US_ASCII));
			assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
			Await.until(gone);
			Await.until("nothing is held for it", other.bounds()::isUnused);
			assertThat(counted).as("it counted until the connection was closed").isTrue();
		}
		finally {
			patient.close();
			web.stop().run();
			other.close();
		}
	}

	private record Head(HttpHeaders headers) implements UpgradeAttempt {

		@Override
		public String method() {
			return "POST";
		}

		@Override
		public URI uri() {
			return URI.create("http://localhost/mcp");
		}

		@Override
		public @Nullable InetSocketAddress localAddress() {
			return null;
		}

		@Override
		public @Nullable InetSocketAddress remoteAddress() {
			return null;
		}

		@Override
		public boolean hasHeader(Collection<String> names) {
			return false;
		}

	}

}
