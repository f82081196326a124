package io.agentsocket.mcp;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MonitorInfo;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.mcp.McpClient.Answer;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestWeb;
import io.agentsocket.server.bounds.MemoryBudget;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The behaviour of the MCP endpoint, the same on each web server.
 */
abstract class McpContract extends McpFixture {

	private final TestWeb web;

	McpContract(TestWeb web) {
		this.web = web;
	}

	@BeforeEach
	void start() {
		start(this.web,
				new McpSettings("test", "1.0", "Be kind.", 100_000, 100_000, 32, Duration.ofMinutes(5),
						Duration.ofMinutes(5), Duration.ofMillis(100), 3, 2),
				new CallerPolicy(List.of("http://allowed.example"), List.of(), List.of()));
	}

	private Answer list() {
		return this.client.post(McpClient.message("tools/list", McpClient.params(Map.of())),
				McpClient.headers("tools/list", null));
	}

	private static JsonNode tool(JsonNode result, String name) {
		return StreamSupport.stream(result.path("tools").spliterator(), false)
			.filter((tool) -> tool.path("name").asString().equals(name))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void tellsWhatItIs() {
		Answer answer = this.client.post(McpClient.message("server/discover", McpClient.params(Map.of())),
				McpClient.headers("server/discover", null));
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.result().path("resultType").asString()).isEqualTo("complete");
		assertThat(answer.result().path("supportedVersions").path(0).asString()).isEqualTo(McpClient.STATELESS);
		assertThat(answer.result().path("instructions").asString()).isEqualTo("Be kind.");
		assertThat(answer.result().path("_meta").path("io.modelcontextprotocol/serverInfo").path("name").asString())
			.isEqualTo("test");
	}

	@Test
	void bodyThatDoesNotComeToItsEndCountsForThePod() throws IOException {
		long before = this.server.bounds().memory().used();
		try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), this.running.port())) {
			String head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
					+ "Content-Length: 90000\r\n\r\n";
			slow.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
			slow.getOutputStream().write(new byte[60_000]);
			Await.until(() -> this.server.bounds().memory().used() - before >= 60_000);
			assertThat(this.endpoint.load().calls()).isZero();
		}
		Await.until(() -> this.server.bounds().memory().used() == before);
	}

	@Test
	void bodyIsNotReadWhileThePodHasNoRoom() {
		MemoryBudget memory = this.server.bounds().memory();
		String large = McpClient.message("server/discover", McpClient.params(Map.of("more", "x".repeat(20_000))));
		memory.add(memory.bytes() / 10 * 9);
		try {
			Answer answer = this.client.post(large, McpClient.headers("server/discover", null));
			assertThat(answer.status()).isEqualTo(503);
			assertThat(list().status()).isEqualTo(200);
		}
		finally {
			memory.add(-(memory.bytes() / 10 * 9));
		}
		assertThat(this.client.post(large, McpClient.headers("server/discover", null)).status()).isEqualTo(200);
	}

	@Test
	void shakesHandsAndForgetsIt() {
		Answer answer = this.client.post(McpClient.message("initialize",
				Map.of("protocolVersion", "2025-11-25", "capabilities", Map.of(), "clientInfo", Map.of("name", "t"))),
				Map.of());
		assertThat(answer.result().path("protocolVersion").asString()).isEqualTo("2025-11-25");
		assertThat(answer.result().path("capabilities").has("tools")).isTrue();
		assertThat(
				this.client.post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", Map.of()).status())
			.isEqualTo(202);
		assertThat(this.client.old("ping", Map.of()).body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
		assertThat(this.client.post(McpClient.message("initialize", Map.of("protocolVersion", "1999-01-01")), Map.of())
			.result()
			.path("protocolVersion")
			.asString()).isEqualTo("2025-11-25");
	}

	@Test
	void listsTools() {
		JsonNode result = list().result();
		JsonNode weather = tool(result, "weather");
		assertThat(weather.path("title").asString()).isEqualTo("Weather");
		assertThat(weather.path("inputSchema").path("properties").has("city")).isTrue();
		assertThat(weather.path("outputSchema").path("properties").has("degrees")).isTrue();
		assertThat(weather.path("annotations").path("readOnlyHint").asBoolean()).isTrue();
		assertThat(tool(result, "erase").path("annotations").path("destructiveHint").asBoolean()).isTrue();
		assertThat(tool(result, "greet_loudly").has("outputSchema")).isTrue();
		assertThat(tool(result, "count").path("outputSchema").path("type").asString()).isEqualTo("array");
		assertThat(result.path("cacheScope").asString()).isEqualTo("private");
		assertThat(result.path("ttlMs").isIntegralNumber()).isTrue();
		JsonNode old = this.client.old("tools/list", Map.of()).result();
		assertThat(old.has("ttlMs")).isFalse();
		assertThat(tool(old, "weather").has("outputSchema")).isTrue();
		assertThat(tool(old, "count").has("outputSchema")).isFalse();
	}

	@Test
	void listsManyToolsInPages() {
		for (int i = 0; i < 600; i++) {
			this.catalog.add(Action.named("many." + i).handler((exchange) -> Mono.just(1)));
		}
		Map<String, Object> cursor = new HashMap<>();
		int tools = 0;
		int pages = 0;
		do {
			JsonNode result = this.client
				.post(McpClient.message("tools/list", McpClient.params(cursor)), McpClient.headers("tools/list", null))
				.result();
			tools += result.path("tools").size();
			pages++;
			cursor.clear();
			if (result.has("nextCursor")) {
				cursor.put("cursor", result.path("nextCursor").asString());
			}
		}
		while (!cursor.isEmpty());
		assertThat(pages).isEqualTo(3);
		assertThat(tools).isEqualTo(this.catalog.actions().size());
		assertThat(this.client
			.post(McpClient.message("tools/list", McpClient.params(Map.of("cursor", "?"))),
					McpClient.headers("tools/list", null))
			.code()).isEqualTo(-32602);
	}

	@Test
	void callsTools() {
		Answer weather = this.client.call("weather", Map.of("city", "Berlin"));
		assertThat(weather.result().path("structuredContent").path("degrees").asDouble()).isEqualTo(21.5);
		assertThat(weather.text()).isEqualTo("{\"city\":\"Berlin\",\"degrees\":21.5}");
		assertThat(weather.result().path("isError").asBoolean(false)).isFalse();
		// A response that takes a second becomes a stream.
		Await.until(() -> !this.client.call("weather", Map.of("city", "Berlin")).isStream());
		assertThat(this.client.call("greet_loudly", Map.of("name", "\\\u0001")).text())
			.isEqualTo("Hello \"\\\u0001\"\n\u00e4\ud83d\ude00");
		assertThat(this.client.call("count", Map.of("to", 20)).result().path("structuredContent").size()).isEqualTo(20);
		assertThat(this.client.call("write", Map.of()).text()).isEqualTo("Once upon a time");
		assertThat(this.client.call("nothing", Map.of()).result().path("content").size()).isZero();
		JsonNode picture = this.client.call("picture", Map.of()).result().path("content").path(0);
		assertThat(picture.path("type").asString()).isEqualTo("image");
		assertThat(picture.path("mimeType").asString()).isEqualTo("image/png");
		assertThat(picture.path("data").asString()).isEqualTo("iVBORwECAw==");
	}

	@Test
	void callsToolsForOlderClients() {
		Answer weather = this.client.old("tools/call", Map.of("name", "weather", "arguments", Map.of("city", "Bonn")));
		assertThat(weather.result().path("structuredContent").path("city").asString()).isEqualTo("Bonn");
		assertThat(weather.result().has("resultType")).isFalse();
		assertThat(this.client.old("tools/call", Map.of("name", "count", "arguments", Map.of("to", 3)))
			.result()
			.has("structuredContent")).isFalse();
		assertThat(this.client.old("nowhere", Map.of()).status()).isEqualTo(200);
		assertThat(this.client.old("nowhere", Map.of()).code()).isEqualTo(-32601);
	}

	@Test
	void errorsOfToolsAreResults() {
		Answer misfit = this.client.call("weather", Map.of("city", ""));
		assertThat(misfit.status()).isEqualTo(200);
		assertThat(misfit.result().path("isError").asBoolean()).isTrue();
		assertThat(misfit.text()).startsWith("INVALID_ARGUMENT").contains("/city: ");
		assertThat(this.client.call("weather", Map.of("town", 1)).text()).contains("/town", "/city");
		Answer told = this.client.call("fail", Map.of("how", "told"));
		assertThat(told.text()).contains("The door is closed", "The action may have run",
				"The same call may succeed later");
		Answer hidden = this.client.call("fail", Map.of("how", "hidden"));
		assertThat(hidden.text()).startsWith("INTERNAL").contains("Correlation id: ").doesNotContain("secret");
		assertThat(this.client.call("large", Map.of()).text()).startsWith("TOO_LARGE");
		assertThat(this.client.call("missing", Map.of()).code()).isEqualTo(-32602);
	}

	@Test
	void tellsWhoCalls() {
		assertThat(this.client.call("who", Map.of()).text()).isEqualTo("nobody");
		assertThat(this.client.call("who", Map.of(), Map.of(), Map.of("X-Principal", "alice")).text())
			.isEqualTo("alice");
	}

	@Test
	void hidesWhatACallerMayNotSee() {
		this.catalog.add(Action.named("for.alice")
			.result(ResultShape.VALUE)
			.visibleTo((session) -> session.principal() != null && session.principal().getName().equals("alice"))
			.handler((exchange) -> Mono.just("hers")));
		assertThat(this.client.call("for.alice", Map.of()).code()).isEqualTo(-32602);
		assertThat(list().body()).doesNotContain("for.alice");
		assertThat(this.client.call("for.alice", Map.of(), Map.of(), Map.of("X-Principal", "alice")).text())
			.isEqualTo("hers");
	}

	@Test
	void progressIsStreamed() {
		Answer answer = this.client.call("progress", Map.of(), Map.of("progressToken", "p\"1"), Map.of());
		assertThat(answer.isStream()).isTrue();
		List<JsonNode> messages = answer.messages();
		assertThat(messages).hasSize(3);
		assertThat(messages.get(0).path("params").path("progressToken").asString()).isEqualTo("p\"1");
		assertThat(messages.get(0).path("params").path("message").asString()).isEqualTo("one");
		assertThat(messages.get(1).path("params").path("progress").asDouble()).isEqualTo(2.5);
		assertThat(answer.text()).isEqualTo("done");
	}

	@Test
	void itemsAreProgress() {
		Answer answer = this.client.call("count", Map.of("arguments", Map.of("to", 200)), Map.of("progressToken", 7),
				Map.of());
		List<JsonNode> messages = answer.messages();
		assertThat(messages).hasSize(201);
		for (int i = 0; i < 200; i++) {
			assertThat(messages.get(i).path("params").path("progress").asInt()).isEqualTo(i + 1);
			assertThat(messages.get(i).path("params").path("message").asString()).isEqualTo(String.valueOf(i + 1));
		}
		assertThat(answer.result().path("structuredContent").size()).isEqualTo(200);
	}

	@Test
	void closingTheStreamReachesTheWork() throws Exception {
		Map<String, Object> params = McpClient.params(Map.of("name", "ticks"), Map.of("progressToken", 1));
		try (InputStream stream = this.client.open(McpClient.message("tools/call", params),
				McpClient.headers("tools/call", "ticks"))) {
			assertThat(stream.read()).isNotEqualTo(-1);
		}
		Await.until(() -> this.tools.events.contains("cancelled"));
		Await.until(() -> this.endpoint.load().calls() == 0 && this.endpoint.load().cancelled() == 1);
	}

	@Test
	void aCallThatTakesLongCanBeCancelledToo() throws Exception {
		try (InputStream stream = this.client.open(
				McpClient.message("tools/call", McpClient.params(Map.of("name", "forever"))),
				McpClient.headers("tools/call", "forever"))) {
			assertThat(stream.read()).isEqualTo(':');
			assertThat(this.tools.events).containsExactly("begun");
		}
		Await.until(() -> this.tools.events.contains("cancelled"));
	}

	@Test
	void asksInMidCallAndGoesOnWhereItWas() {
		Answer first = this.client.call("book", Map.of("from", "Bonn"));
		assertThat(first.result().path("resultType").asString()).isEqualTo("input_required");
		JsonNode question = first.result().path("inputRequests").path("q1");
		assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
		assertThat(question.path("params").path("message").asString()).isEqualTo("Where to?");
		assertThat(question.path("params").path("requestedSchema").path("properties").has("city")).isTrue();
		Answer second = answer(first, "book", Map.of("q1", accept(Map.of("city", "Rom", "days", 3))));
		assertThat(second.result().path("inputRequests").path("q2").path("params").path("message").asString())
			.isEqualTo("Really?");
		Answer last = answer(second, "book", Map.of("q2", accept(Map.of("value", true))));
		assertThat(last.text()).isEqualTo("Bonn-Rom 3 true");
		assertThat(this.tools.runs).hasValue(1);
		assertThat(this.endpoint.load().parked()).isZero();
	}

	static Map<String, Object> accept(Map<String, Object> content) {
		return Map.of("action", "accept", "content", content);
	}

	Answer answer(Answer before, String tool, Map<String, Object> responses) {
		return answer(before.result().path("requestState").asString(), tool, responses, Map.of());
	}

	Answer answer(String state, String tool, Map<String, Object> responses, Map<String, String> headers) {
		Map<String, Object> more = new LinkedHashMap<>();
		more.put("arguments", Map.of("from", "Bonn"));
		more.put("inputResponses", responses);
		more.put("requestState", state);
		return this.client.call(tool, more, Map.of(), headers);
	}

	@Test
	void asksAgainForWhatIsMissingAndSeveralThingsAtOnce() {
		Answer first = this.client.call("both", Map.of());
		assertThat(first.result().path("inputRequests").size()).isEqualTo(2);
		Answer second = answer(first, "both", Map.of("q1", accept(Map.of("value", "a")), "other", 1));
		assertThat(second.result().path("inputRequests").propertyNames()).containsExactly("q2");
		Answer none = answer(second, "both", Map.of());
		assertThat(none.result().path("inputRequests").propertyNames()).containsExactly("q2");
		assertThat(answer(none, "both", Map.of("q2", accept(Map.of("value", "b")))).text()).isEqualTo("[\"a\",\"b\"]");
	}

	@Test
	void anAnswerThatDoesNotFitIsAskedForOnceMore() {
		Answer first = this.client.call("book", Map.of("from", "Bonn"));
		Answer second = answer(first, "book", Map.of("q1", accept(Map.of("city", "Rom"))));
		assertThat(second.result().path("inputRequests").toString()).contains("The last answer did not fit");
		Answer third = answer(second, "book", Map.of("q2", Map.of("action", "decline")));
		assertThat(third.text()).startsWith("FAILED_PRECONDITION: The question was declined");
	}

	@Test
	void asksForAnApproval() {
		Answer first = this.client.call("erase", Map.of("what", "all"));
		assertThat(first.result().path("inputRequests").toString()).contains("erase {\\\"what\\\":\\\"all\\\"}");
		assertThat(this.tools.runs).hasValue(0);
		assertThat(answer(first, "erase", Map.of("q1", accept(Map.of("approve", true)))).text())
			.isEqualTo("erased all");
		Answer again = this.client.call("erase", Map.of("what", "all"));
		assertThat(answer(again, "erase", Map.of("q1", accept(Map.of("approve", false)))).text())
			.startsWith("PERMISSION_DENIED");
		assertThat(this.tools.runs).hasValue(1);
	}

	@Test
	void aClientThatShowsNoFormsIsToldWhatIsMissing() {
		// A response that takes a second becomes a stream.
		Await.untilAsserted(() -> {
			Answer answer = this.client.call("erase", Map.of("arguments", Map.of("what", "all")),
					Map.of("io.modelcontextprotocol/clientCapabilities", Map.of()), Map.of());
			assertThat(answer.code()).isEqualTo(-32021);
			assertThat(answer.error().path("data").path("requiredCapabilities").has("elicitation")).isTrue();
			assertThat(answer.status()).isEqualTo(400);
		});
		Answer old = this.client.old("tools/call", Map.of("name", "erase", "arguments", Map.of("what", "all")));
		assertThat(old.text()).startsWith("PERMISSION_DENIED: The action needs an approval");
		assertThat(this.tools.runs).hasValue(0);
	}

	@Test
	void actionThatGoesOnWithoutAnAnswerHoldsNoLockOfItsCall() {
		List<String> held = new CopyOnWriteArrayList<>();
		AtomicInteger runs = new AtomicInteger();
		this.catalog.add(Action.named("fallback")
			.result(ResultShape.VALUE)
			.handler((exchange) -> exchange.ask("Where to?", String.class).onErrorResume((failure) -> {
				runs.incrementAndGet();
				for (MonitorInfo monitor : ManagementFactory.getThreadMXBean()
					.getThreadInfo(new long[] { Thread.currentThread().getId() }, true, false)[0].getLockedMonitors()) {
					held.add(monitor.getClassName());
				}
				return Mono.just("home");
			})));
		this.client.call("fallback", Map.of("arguments", Map.of()),
				Map.of("io.modelcontextprotocol/clientCapabilities", Map.of()), Map.of());
		this.client.old("tools/call", Map.of("name", "fallback", "arguments", Map.of()));
		assertThat(runs).hasValue(2);
		assertThat(held).doesNotContain(McpCall.class.getName());
	}

	@Test
	void aStateIsGoodOnceForItsCallerAndItsTool() {
		Answer first = this.client.call("book", Map.of("arguments", Map.of("from", "Bonn")), Map.of(),
				Map.of("X-Principal", "alice"));
		String state = first.result().path("requestState").asString();
		Map<String, Object> yes = Map.of("q1", accept(Map.of("city", "Rom", "days", 3)));
		assertThat(answer(state, "book", yes, Map.of()).code()).isEqualTo(-32602);
		assertThat(answer(state, "book", yes, Map.of("X-Principal", "bob")).code()).isEqualTo(-32602);
		assertThat(answer(state, "both", yes, Map.of("X-Principal", "alice")).code()).isEqualTo(-32602);
		for (int i = 0; i < state.length(); i += 7) {
			String tampered = state.substring(0, i) + ((state.charAt(i) == 'A') ? 'B' : 'A') + state.substring(i + 1);
			assertThat(answer(tampered, "book", yes, Map.of("X-Principal", "alice")).code()).isEqualTo(-32602);
		}
		for (String wrong : List.of("", "x", "!!", "A".repeat(10_000), state.substring(4))) {
			assertThat(answer(wrong, "book", yes, Map.of("X-Principal", "alice")).code()).isEqualTo(-32602);
		}
		Answer second = answer(state, "book", yes, Map.of("X-Principal", "alice"));
		assertThat(second.result().path("inputRequests").has("q2")).isTrue();
		assertThat(answer(state, "book", yes, Map.of("X-Principal", "alice")).code()).isEqualTo(-32602);
		assertThat(this.tools.runs).hasValue(1);
	}

	@Test
	void parkedCallsAreBounded() {
		for (int i = 0; i < 3; i++) {
			assertThat(this.client.call("book", Map.of("from", "Bonn")).result().has("requestState")).isTrue();
		}
		assertThat(this.client.call("book", Map.of("from", "Bonn")).text()).startsWith("RESOURCE_EXHAUSTED");
		assertThat(this.endpoint.load().parked()).isEqualTo(3);
	}

	@Test
	void whenTheServerLeavesNothingIsParkedAndWhatIsWaitedForGoesOn() throws Exception {
		Answer first = this.client.call("book", Map.of("from", "Bonn"));
		assertThat(first.result().has("requestState")).isTrue();
		try (InputStream stream = this.client.open(
				McpClient.message("tools/call", McpClient.params(Map.of("name", "forever"))),
				McpClient.headers("tools/call", "forever"))) {
			assertThat(stream.read()).isEqualTo(':');
			this.endpoint.leave();
			assertThat(this.endpoint.load().parked()).isZero();
			assertThat(this.endpoint.load().calls()).isEqualTo(1);
			assertThat(this.tools.events).containsExactly("begun");
		}
		Await.until(() -> this.tools.events.contains("cancelled"));
		assertThat(this.client.call("book", Map.of("from", "Bonn")).text()).startsWith("UNAVAILABLE");
		assertThat(this.endpoint.load().parked()).isZero();
		Map<String, Object> params = McpClient.params(Map.of("notifications", Map.of("toolsListChanged", true)));
		assertThat(this.client
			.post(McpClient.message("subscriptions/listen", params), McpClient.headers("subscriptions/listen", null))
			.status()).isEqualTo(503);
		assertThat(this.endpoint.load().subscriptions()).isZero();
	}

	@Test
	void aClientThatIsGoneAlreadyIsHeardOfLate() {
		HttpReply[] late = new HttpReply[1];
		RpcMessage message = new RpcMessage();
		Mono.<McpAnswer>create(
				(sink) -> late[0] = new HttpReply(message, Revision.STATELESS, true, sink, Duration.ofSeconds(5)))
			.subscribe()
			.dispose();
		AtomicInteger heard = new AtomicInteger();
		late[0].onCancel(heard::incrementAndGet);
		assertThat(heard).hasValue(1);
	}

	@Test
	void whatAResultTakesIsHeldUntilItIsWritten() {
		List<McpAnswer> answers = new ArrayList<>();
		List<HttpReply> replies = new ArrayList<>();
		Mono<McpAnswer> answer = Mono.create((sink) -> {
			RpcMessage message = new RpcMessage();
			message.id = Bytes.utf8("1");
			replies.add(new HttpReply(message, Revision.STATELESS, true, sink, Duration.ofSeconds(5)));
		});
		AtomicInteger over = new AtomicInteger();
		answer.subscribe(answers::add);
		replies.get(0).result(CallResult.nothing(), over::incrementAndGet);
		assertThat(over).hasValue(0);
		answers.get(0).over().run();
		answers.get(0).over().run();
		assertThat(over).hasValue(1);
		answer.subscribe(answers::add);
		replies.get(1).open();
		replies.get(1).result(CallResult.nothing(), over::incrementAndGet);
		assertThat(answers.get(1).events().collectList().block()).hasSize(1);
		assertThat(over).hasValue(1);
		answers.get(1).over().run();
		assertThat(over).hasValue(2);
		answer.subscribe().dispose();
		replies.get(2).result(CallResult.nothing(), over::incrementAndGet);
		assertThat(over).hasValue(3);
	}

	@Test
	void noCallerTakesAllPlaces() {
		Shares shares = new Shares(12);
		for (int i = 0; i < 3; i++) {
			assertThat(shares.enter("a")).isTrue();
		}
		assertThat(shares.enter("a")).isFalse();
		assertThat(shares.enter("b")).isTrue();
		shares.leave("a");
		assertThat(shares.enter("a")).isTrue();
		for (int i = 0; i < 8; i++) {
			assertThat(shares.enter(null)).isTrue();
		}
		assertThat(shares.size()).isEqualTo(12);
		assertThat(shares.enter("c")).isFalse();
		Shares few = new Shares(8);
		for (int i = 0; i < 8; i++) {
			assertThat(few.enter("a")).isTrue();
		}
		assertThat(few.enter("a")).isFalse();
	}

	@Test
	void changesOfToolsAreHeardOf() throws Exception {
		Map<String, Object> params = McpClient.params(Map.of("notifications", Map.of("toolsListChanged", true)));
		try (InputStream stream = this.client.open(McpClient.message("subscriptions/listen", params),
				McpClient.headers("subscriptions/listen", null))) {
			assertThat(line(stream)).contains("notifications/subscriptions/acknowledged", "\"toolsListChanged\":true",
					"\"io.modelcontextprotocol/subscriptionId\":1");
			this.catalog.remove("weather");
			assertThat(line(stream)).contains("notifications/tools/list_changed");
			this.endpoint.leave();
			assertThat(line(stream)).contains("\"resultType\":\"complete\"");
			while (stream.read() != -1) {
				// Up to the end, which has to come.
			}
		}
		Await.until(() -> this.endpoint.load().subscriptions() == 0);
	}

	private static String line(InputStream stream) throws Exception {
		StringBuilder line = new StringBuilder();
		while (true) {
			int octet = stream.read();
			if (octet == -1) {
				throw new AssertionError("The stream has ended");
			}
			if (octet != '\n') {
				line.append((char) octet);
			}
			else if (line.indexOf("data: ") == 0) {
				return line.toString();
			}
			else {
				line.setLength(0);
			}
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			MCP-Protocol-Version | ''         | 400 | -32020
			MCP-Protocol-Version | 2025-11-25 | 400 | -32020
			MCP-Protocol-Version | 1999-01-01 | 400 | -32020
			Mcp-Method           | ''         | 400 | -32020
			Mcp-Method           | tools/list | 400 | -32020
			Mcp-Name             | ''         | 400 | -32020
			Mcp-Name             | nothing    | 400 | -32020
			Mcp-Name             | =?base64?%%?= | 400 | -32020
			Content-Type         | text/plain | 415 | -32600
			Content-Type         | ''         | 415 | -32600
			Accept               | text/html  | 406 | -32600
			Origin               | http://evil.example | 403 | -32600
			Origin               | null       | 403 | -32600
			""")
	void wrongHeadersAreRefused(String name, String value, int status, int code) {
		Answer answer = this.client.call("weather", Map.of("arguments", Map.of("city", "Bonn")), Map.of(),
				Map.of(name, value));
		assertThat(answer.status()).isEqualTo(status);
		assertThat(answer.code()).isEqualTo(code);
	}

	@ParameterizedTest
	@CsvSource({ "Mcp-Name, =?base64?d2VhdGhlcg==?=", "Origin, http://allowed.example", "Mcp-Session-Id, 1",
			"Last-Event-ID, 7", "Content-Type, application/json; charset=utf-8", "Accept, '*/*'" })
	void rightHeadersAreTaken(String name, String value) {
		Answer answer = this.client.call("weather", Map.of("arguments", Map.of("city", "Bonn")), Map.of(),
				Map.of(name, value));
		assertThat(answer.text()).contains("Bonn");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
					``                                                      | 400 | -32700
					{                                                       | 400 | -32700
					{"jsonrpc":"2.0","id":1,"method":"ping"} {}             | 400 | -32700
					{"jsonrpc":"2.0","id":1,"method":"ping",}               | 400 | -32700
					[{"jsonrpc":"2.0","id":1,"method":"ping"}]              | 400 | -32600
					[]                                                      | 400 | -32600
					7                                                       | 400 | -32600
					null                                                    | 400 | -32600
					{"id":1,"method":"ping"}                                | 400 | -32600
					{"jsonrpc":"1.0","id":1,"method":"ping"}                | 400 | -32600
					{"jsonrpc":"2.0","id":null,"method":"ping"}             | 400 | -32600
					{"jsonrpc":"2.0","id":1.5,"method":"ping"}              | 400 | -32600
					{"jsonrpc":"2.0","id":{},"method":"ping"}               | 400 | -32600
					{"jsonrpc":"2.0","id":1}                                | 400 | -32600
					{"jsonrpc":"2.0","id":1,"result":{}}                    | 400 | -32600
					{"jsonrpc":"2.0","id":1,"method":7}                     | 400 | -32600
					{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}    | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{}}} | 200 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","arguments":[]}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":[]}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":{"progressToken":{}}}} | 400 | -32602
					{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"ping"} | 400 | -32602
					{"jsonrpc":7,"jsonrpc":"2.0","id":1,"method":"ping"}    | 400 | -32602
					{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}         | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"uri":"nothing"}} | 200 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","name":"nothing"}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","cursor":"a","cursor":"a"}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","requestState":"a","requestState":"a"}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","inputResponses":{},"inputResponses":{}}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","_meta":{},"_meta":{}}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","_meta":{"progressToken":1,"progressToken":1}}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","_meta":{"io.agentsocket/callKey":""}}} | 400 | -32602
					{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing","_meta":{"io.agentsocket/callKey":7}}} | 400 | -32602
					""")
	void wrongBodiesAreRefused(String body, int status, int code) {
		Answer answer = this.client.post(body, Map.of("MCP-Protocol-Version", "2025-11-25"));
		assertThat(answer.status()).isEqualTo(status);
		assertThat(answer.code()).isEqualTo(code);
		assertThat(this.tools.runs).hasValue(0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "2024-11-05", "2099-01-01", "x" })
	void unknownRevisionsAreRefused(String version) {
		assertThat(this.client.post(McpClient.message("tools/list", Map.of()), Map.of("MCP-Protocol-Version", version))
			.code()).isEqualTo(-32022);
		Map<String, String> headers = McpClient.headers("tools/list", null);
		headers.put("MCP-Protocol-Version", version);
		Answer answer = this.client.post(
				McpClient.message("tools/list",
						McpClient.params(Map.of(), Map.of("io.modelcontextprotocol/protocolVersion", version))),
				headers);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.code()).isEqualTo(-32022);
		assertThat(answer.error().path("data").path("supported").path(0).asString()).isEqualTo(McpClient.STATELESS);
		assertThat(answer.error().path("data").path("requested").asString()).isEqualTo(version);
	}

	@Test
	void aPageWhoseNameIsReboundIsRefused() throws IOException {
		assertThat(statusOf("Host: evil.example", "Origin: http://evil.example")).isEqualTo(403);
		assertThat(statusOf("Host: evil.example", "Origin: http://evil.example", "X-Request-Id: 1")).isEqualTo(403);
		assertThat(statusOf("Host: evil.example", "Origin: http://evil.example", "X-Forwarded-For: 10.0.0.1"))
			.isEqualTo(403);
		assertThat(statusOf("Host: agents.example", "Origin: http://agents.example", "Via: 1.1 proxy")).isEqualTo(200);
		assertThat(statusOf("Host: agents.example", "X-Forwarded-For: 10.0.0.1")).isEqualTo(200);
		assertThat(statusOf("Host: localhost", "Origin: http://localhost")).isEqualTo(200);
	}

	/** The status of a ping with some headers, which no client would send. */
	private int statusOf(String... headers) throws IOException {
		byte[] request = raw(McpClient.message("ping", Map.of()), headers);
		try (Socket socket = connect()) {
			socket.getOutputStream().write(request);
			return Integer
				.parseInt(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).substring(9, 12));
		}
	}

	private Socket connect() throws IOException {
		Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.running.port());
		socket.setSoTimeout((int) Await.LONG.toMillis());
		return socket;
	}

	private static byte[] raw(String body, String... headers) {
		return ("POST /mcp HTTP/1.1\r\n" + String.join("\r\n", headers)
				+ "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
				+ "Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII);
	}

	private static byte[] rawCall(String tool, Map<String, Object> meta) {
		return raw(McpClient.message("tools/call", McpClient.params(Map.of("name", tool), meta)), "Host: localhost",
				"MCP-Protocol-Version: " + McpClient.STATELESS, "Mcp-Method: tools/call", "Mcp-Name: " + tool);
	}

	@Test
	void aRequestThatIsClosedAtEachByteBeginsNothing() throws IOException {
		byte[] request = rawCall("nothing", Map.of());
		for (int length = 0; length < request.length; length++) {
			try (Socket socket = connect()) {
				socket.getOutputStream().write(request, 0, length);
			}
		}
		assertThat(this.client.call("nothing", Map.of()).status()).isEqualTo(200);
		assertThat(this.tools.runs).hasValue(1);
		assertThat(this.endpoint.load().begun()).isEqualTo(1);
	}

	@Test
	void aResponseThatIsClosedAtAnyByteCancelsItsCall() throws IOException {
		byte[] request = rawCall("ticks", Map.of("progressToken", 1));
		int calls = 0;
		// From the status line into the third event.
		for (int length = 1; length < 500; length += 11) {
			try (Socket socket = connect()) {
				socket.getOutputStream().write(request);
				assertThat(socket.getInputStream().readNBytes(length)).hasSize(length);
			}
			calls++;
		}
		int begun = calls;
		Await.until(() -> Collections.frequency(this.tools.events, "cancelled") == begun);
		Await.until(() -> this.endpoint.load().calls() == 0 && this.endpoint.load().cancelled() == begun);
		assertThat(this.endpoint.load().begun()).isEqualTo(begun);
	}

	@Test
	void whatIsKeptOfARequestIsBounded() {
		String longest = "x".repeat(1022);
		assertThat(this.client.post(ping(longest), Map.of()).status()).isEqualTo(200);
		Answer longer = this.client.post(ping(longest + "x"), Map.of());
		assertThat(longer.status()).isEqualTo(400);
		assertThat(longer.code()).isEqualTo(-32600);
		assertThat(longer.error().path("message").asString()).isEqualTo("An id has at most 1024 bytes");
		assertThat(this.client
			.call("count", Map.of("arguments", Map.of("to", 1)), Map.of("progressToken", longest), Map.of())
			.messages()).hasSize(2);
		Answer token = this.client.call("count", Map.of("arguments", Map.of("to", 1)),
				Map.of("progressToken", longest + "x"), Map.of());
		assertThat(token.status()).isEqualTo(400);
		assertThat(token.code()).isEqualTo(-32602);
	}

	private static String ping(String id) {
		return McpClient.json(Map.of("jsonrpc", "2.0", "id", id, "method", "ping"));
	}

	@Test
	void nothingOfARequestsBodyIsKeptWhileACallRuns() {
		RpcMessage message = new RpcMessage();
		byte[] body = ("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools/call\",\"params\":{\"name\":\"book\",\"uri\":\"u\","
				+ "\"cursor\":\"c\",\"requestState\":\"s\",\"arguments\":{\"a\":1},\"inputResponses\":{\"q\":\""
				+ "x".repeat(90_000) + "\"},\"_meta\":{\"progressToken\":\"p\",\"traceparent\":\"no header\\n\","
				+ "\"io.agentsocket/callKey\":\"k\",\"io.modelcontextprotocol/clientInfo\":{\"name\":\"n\"}}}}")
			.getBytes(StandardCharsets.UTF_8);
		new RpcReader(32).read(message, Bytes.of(body));
		message.settle();
		assertThat(List.of(message.id, message.arguments, message.inputResponses, message.meta.progressToken))
			.allSatisfy((kept) -> assertThat(kept.array()).hasSizeLessThan(1024));
		assertThat(message.id.toUtf8()).isEqualTo("\"a\"");
		assertThat(message.arguments.toUtf8()).isEqualTo("{\"a\":1}");
		assertThat(message.meta.progressToken.toUtf8()).isEqualTo("\"p\"");
		assertThat(message.meta.callKey).isEqualTo("k");
		assertThat(message.meta.traceparent).isNull();
		assertThat(message.meta.clientName).isEmpty();
		assertThat(message.requestState).isNull();
		assertThat(message.cursor).isNull();
		assertThat(message.uri).isNull();
	}

	@Test
	void progressThatIsNoNumberIsLeftOut() {
		List<JsonNode> messages = this.client.call("wrong_progress", Map.of(), Map.of("progressToken", 1), Map.of())
			.messages();
		assertThat(messages).hasSize(2);
		assertThat(messages.get(0).path("params").path("progress").asInt()).isEqualTo(2);
		assertThat(messages.get(0).path("params").has("total")).isFalse();
	}

	@Test
	void aClientThatShowsNoFormsCannotAnswer() {
		Answer first = this.client.call("book", Map.of("from", "Bonn"));
		String state = first.result().path("requestState").asString();
		Map<String, Object> yes = Map.of("q1", accept(Map.of("city", "Rom", "days", 3)));
		Answer refused = this.client.call("book", Map.of("inputResponses", yes, "requestState", state),
				Map.of("io.modelcontextprotocol/clientCapabilities", Map.of()), Map.of());
		assertThat(refused.status()).isEqualTo(400);
		assertThat(refused.code()).isEqualTo(-32021);
		assertThat(refused.error().path("data").path("requiredCapabilities").has("elicitation")).isTrue();
		assertThat(answer(state, "book", yes, Map.of()).result().path("inputRequests").has("q2")).isTrue();
	}

	@Test
	void otherMethodsAndUnknownOnesAreRefused() throws Exception {
		HttpRequest post = this.client.request("", Map.of());
		for (String method : List.of("GET", "DELETE", "PUT", "PATCH")) {
			assertThat(this.client.http()
				.send(HttpRequest.newBuilder(post.uri()).method(method, BodyPublishers.noBody()).build(),
						BodyHandlers.ofString())
				.statusCode()).isEqualTo(405);
		}
		// So are those of extensions that discovery does not name.
		for (String name : List.of("prompts/list", "events/list", "events/poll", "events/stream", "events/subscribe")) {
			Answer unknown = this.client.post(
					McpClient.message(name, McpClient.params(Map.of("name", "order.shipped"))),
					McpClient.headers(name, null));
			assertThat(unknown.status()).isEqualTo(404);
			assertThat(unknown.code()).isEqualTo(-32601);
		}
	}

	@Test
	void largeAndNestedBodiesAreRefused() {
		assertThat(this.client.call("weather", Map.of("city", "x".repeat(200_000))).status()).isEqualTo(413);
		String nested = "{\"a\":".repeat(20_000) + "1" + "}".repeat(20_000);
		Answer deep = this.client.post(nested.substring(0, 99_000), Map.of());
		assertThat(deep.status()).isEqualTo(400);
		StringBuilder arguments = new StringBuilder("1");
		for (int i = 0; i < 40; i++) {
			arguments.insert(0, "{\"a\":").append('}');
		}
		assertThat(this.client
			.post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"nothing\","
					+ "\"arguments\":" + arguments + "}}", Map.of())
			.status()).isEqualTo(400);
	}

}
