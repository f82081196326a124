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

import io.agentsocket.Await;
import io.agentsocket.action.Action;
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
import reactor.core.publisher.Mono;
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

	/** A servlet container has a limit of its own for that. */
	@Test
	void aClientThatDoesNotReadItsResponseIsLetGo() throws Exception {
		int size = 64 << 20;
		this.catalog.add(Action.named("huge").handler((exchange) -> Mono.just("a".repeat(size))));
		McpSettings settings = new McpSettings("test", "1.0", null, 100_000, 2 * size, 32, Duration.ofMinutes(5),
				Duration.ofMinutes(5), Duration.ofMillis(100), 3, 2);
		AgentSocketServer other = AgentSocketServer.builder(this.catalog).build();
		McpEndpoint patient = new McpEndpoint(other.directCalls(), JacksonCodec.json(), settings,
				new CallerPolicy(List.of(), List.of(), List.of()));
		CountDownLatch gone = new CountDownLatch(1);
		TestWeb.Running web = TestWeb.NETTY.start(() -> new McpWebHandler(patient, Duration.ofMillis(100)),
				() -> new McpServlet(patient, UpgradeContext.NONE), (http) -> http.doOnConnection(
						(connection) -> connection.channel().closeFuture().addListener((closed) -> gone.countDown())));
		try (Socket socket = new Socket()) {
			// The kernel takes a part of the response only: it has taken 12 MiB.
			socket.setReceiveBufferSize(4096);
			socket.setSoTimeout((int) Await.LONG.toMillis());
			socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), web.port()));
			String body = McpClient.message("tools/call", McpClient.params(Map.of("name", "huge")));
			StringBuilder head = new StringBuilder(
					"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
							+ "Accept: application/json, text/event-stream\r\n");
			McpClient.headers("tools/call", "huge")
				.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
			head.append("Content-Length: ").append(body.length()).append("\r\n\r\n").append(body);
			socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.US_ASCII));
			assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 200");
			Await.until("nothing is held for it", other.bounds()::isUnused);
			Await.until(gone);
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
