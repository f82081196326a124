package io.agentsocket.mcp;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.mcp.McpClient.Answer;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestWeb;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that leave, repeat themselves or do not come back, while many questions wait.
 */
class McpSiegeTests extends McpFixture {

	private static final int PARKED = 500;

	private static final McpSettings SETTINGS = new McpSettings("test", "1.0", null, 100_000, 100_000, 32,
			Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofSeconds(5), PARKED * 4, 2);

	private static final CallerPolicy POLICY = new CallerPolicy(List.of(), List.of(), List.of());

	private void start(TestWeb web) {
		start(web, SETTINGS, POLICY);
	}

	private String park() {
		return this.client.call("both", Map.of()).result().path("requestState").asString();
	}

	private static Map<String, Object> answers(String state) {
		Map<String, Object> more = new LinkedHashMap<>();
		more.put("requestState", state);
		more.put("inputResponses", Map.of("q1", Map.of("action", "accept", "content", Map.of("value", "a")), "q2",
				Map.of("action", "accept", "content", Map.of("value", "b"))));
		return more;
	}

	private Answer answer(String state) {
		return this.client.call("both", answers(state), Map.of(), Map.of());
	}

	private static byte[] raw(String state) {
		Map<String, Object> params = new LinkedHashMap<>(answers(state));
		params.put("name", "both");
		String body = McpClient.message("tools/call", McpClient.params(params));
		return ("POST /mcp HTTP/1.1\r\nHost: localhost\r\nMCP-Protocol-Version: " + McpClient.STATELESS
				+ "\r\nMcp-Method: tools/call\r\nMcp-Name: both\r\nContent-Type: application/json\r\n"
				+ "Accept: application/json, text/event-stream\r\nConnection: close\r\nContent-Length: " + body.length()
				+ "\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII);
	}

	@ParameterizedTest
	@EnumSource
	void aRequestThatIsClosedAtEachByteLeavesTheQuestionsParked(TestWeb web) throws IOException {
		start(web);
		List<String> states = new ArrayList<>();
		for (int i = 0; i < PARKED; i++) {
			states.add(park());
		}
		assertThat(this.endpoint.load().parked()).isEqualTo(PARKED);
		int length = raw(states.get(0)).length;
		for (int i = 0; i < length; i++) {
			try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.running.port())) {
				socket.getOutputStream().write(raw(states.get(i % PARKED)), 0, i);
			}
		}
		for (String state : states) {
			assertThat(answer(state).text()).isEqualTo("[\"a\",\"b\"]");
		}
		assertThat(this.endpoint.load().parked()).isZero();
		assertThat(this.endpoint.load().begun()).isEqualTo(PARKED);
		assertThat(this.endpoint.load().cancelled()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void aResponseThatIsClosedAtEachByteEndsItsCallAndNoOther(TestWeb web) throws IOException {
		start(web);
		List<String> others = new ArrayList<>();
		for (int i = 0; i < PARKED / 10; i++) {
			others.add(park());
		}
		for (int i = 0; i < 200; i++) {
			String state = park();
			try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.running.port())) {
				socket.setSoTimeout((int) Await.LONG.toMillis());
				socket.getOutputStream().write(raw(state));
				InputStream in = socket.getInputStream();
				assertThat(in.readNBytes(i)).hasSize(i);
			}
			if (i > 0) {
				assertThat(answer(state).code()).isEqualTo(-32602);
			}
		}
		Await.until(() -> this.endpoint.load().parked() == others.size());
		for (String state : others) {
			assertThat(answer(state).text()).isEqualTo("[\"a\",\"b\"]");
		}
	}

	@ParameterizedTest
	@EnumSource
	void aStateThatIsReplayedBySeveralAtOnceIsTakenOnce(TestWeb web) throws Exception {
		start(web);
		for (int round = 0; round < 5; round++) {
			String state = park();
			int clients = 8;
			Queue<Answer> answers = new ConcurrentLinkedQueue<>();
			CountDownLatch begin = new CountDownLatch(1);
			CountDownLatch ended = new CountDownLatch(clients);
			for (int i = 0; i < clients; i++) {
				new Thread(() -> {
					Await.until(begin);
					answers.add(answer(state));
					ended.countDown();
				}).start();
			}
			begin.countDown();
			Await.until(ended);
			AtomicInteger results = new AtomicInteger();
			assertThat(answers).hasSize(clients).allSatisfy((answer) -> {
				if (answer.code() != -32602) {
					assertThat(answer.text()).isEqualTo("[\"a\",\"b\"]");
					results.incrementAndGet();
				}
			});
			assertThat(results).hasValue(1);
		}
	}

	@ParameterizedTest
	@EnumSource
	void theStateOfAnotherServerIsNone(TestWeb web) throws Exception {
		start(web);
		String state = park();
		String own = park();
		AgentSocketServer second = AgentSocketServer.builder(this.catalog).build();
		McpEndpoint other = new McpEndpoint(second.directCalls(), JacksonCodec.json(), SETTINGS, POLICY);
		TestWeb.Running elsewhere = serve(web, other);
		Answer answer = new McpClient(elsewhere.port()).call("both", answers(state), Map.of(), Map.of());
		assertThat(answer.code()).isEqualTo(-32602);
		assertThat(other.load().begun()).isZero();
		other.close();
		elsewhere.stop().run();
		second.close();
		assertThat(this.endpoint.load().parked()).isEqualTo(2);
		assertThat(answer(state).text()).isEqualTo("[\"a\",\"b\"]");
		assertThat(answer(own).text()).isEqualTo("[\"a\",\"b\"]");
	}

	@ParameterizedTest
	@EnumSource
	void headersThatAreThereTwiceAreRefused(TestWeb web) throws IOException {
		start(web);
		String state = park();
		for (String twice : List.of("MCP-Protocol-Version: " + McpClient.STATELESS, "MCP-Protocol-Version: 2025-11-25",
				"Mcp-Method: tools/call", "Mcp-Method: tools/list", "Mcp-Name: both", "Mcp-Name: erase",
				"mcp-name: both", "Content-Length: 0", "Transfer-Encoding: chunked")) {
			String request = new String(raw(state), StandardCharsets.US_ASCII).replaceFirst("\r\n",
					"\r\n" + twice + "\r\n");
			try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.running.port())) {
				socket.setSoTimeout((int) Await.LONG.toMillis());
				socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
				String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
				assertThat(answer).as(twice).doesNotContain("[\\\"a\\\",\\\"b\\\"]");
				if (twice.toLowerCase(Locale.ROOT).startsWith("mcp")) {
					assertThat(answer).as(twice).startsWith("HTTP/1.1 400").contains("-32020");
				}
			}
		}
		assertThat(answer(state).text()).isEqualTo("[\"a\",\"b\"]");
	}

	@ParameterizedTest
	@EnumSource
	void batchesAreRefusedWhole(TestWeb web) {
		start(web);
		String call = McpClient.message("tools/call", McpClient.params(Map.of("name", "nothing")));
		StringBuilder batch = new StringBuilder("[").append(call);
		while (batch.length() < 90_000) {
			batch.append(',').append(call);
		}
		Answer answer = this.client.post(batch.append(']').toString(), McpClient.headers("tools/call", "nothing"));
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.code()).isEqualTo(-32600);
		assertThat(this.tools.runs).hasValue(0);
		assertThat(this.client.post("[" + call + "]", Map.of()).code()).isEqualTo(-32600);
	}

}
