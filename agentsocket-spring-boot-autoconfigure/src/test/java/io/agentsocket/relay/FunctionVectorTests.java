package io.agentsocket.relay;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.Answer;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The vectors of {@code docs/vectors/functions.json} on the side of the relay: each
 * answer goes through a pod to an agent.
 */
class FunctionVectorTests {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	private static final JsonNode FILE = MAPPER.readTree(new File("../docs/vectors/functions.json"));

	private static final String STATE = "state";

	private static final String TEXT = "text";

	private final List<Object> items = new ArrayList<>();

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private final Queue<String> asked = new ConcurrentLinkedQueue<>();

	static Stream<String> answers() {
		return FILE.get("answers").valueStream().map((vector) -> vector.get("id").asString());
	}

	@Test
	void signsAsTheVectorsDo() {
		JsonNode right = FILE.get("signatures").get(0);
		JsonNode headers = right.get("headers");
		WebhookSignature signature = new WebhookSignature(List.of(right.get("secrets").get(0).asString()));
		assertThat(signature.sign(headers.get("webhook-id").asString(), headers.get("webhook-timestamp").asLong(),
				Bytes.utf8(right.get("body").asString())))
			.isEqualTo(headers.get("webhook-signature").asString());
	}

	@ParameterizedTest
	@MethodSource("answers")
	void answerReachesTheAgent(String id) throws IOException {
		JsonNode vector = FILE.get("answers")
			.valueStream()
			.filter((each) -> each.get("id").asString().equals(id))
			.findFirst()
			.orElseThrow();
		ResultShape shape = ResultShape.valueOf(vector.get("result").asString().toUpperCase(Locale.ROOT));
		for (String codec : List.of("cbor", "json")) {
			this.items.clear();
			this.events.clear();
			this.asked.clear();
			try (RelayFixture pod = new RelayFixture((call) -> answer(vector, call))) {
				pod.add(action(pod, vector, shape));
				check(vector, pod, shape, codec);
			}
		}
	}

	private static RelayedAction action(RelayFixture pod, JsonNode vector, ResultShape shape) {
		JsonNode state = vector.get(STATE);
		StateAccess access = (state != null)
				? StateAccess.valueOf(state.get("access").asString().toUpperCase(Locale.ROOT)) : StateAccess.NONE;
		String[] keys = (state != null) ? state.get("keys").valueStream().map(JsonNode::asString).toArray(String[]::new)
				: new String[0];
		return pod.action("act", shape, ActionHints.NONE, access, keys);
	}

	private static void answer(JsonNode vector, TestFunction.Call call) throws IOException {
		if (call.json().containsKey("continuation")) {
			call.answer(204, null, new byte[0]);
			return;
		}
		byte[] body = vector.has("hex") ? HexFormat.of().parseHex(vector.get("hex").asString())
				: vector.has(TEXT) ? vector.get(TEXT).asString().getBytes(StandardCharsets.UTF_8) : new byte[0];
		int repeat = vector.has("repeat") ? vector.get("repeat").asInt() : 1;
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		for (int i = 0; i < repeat; i++) {
			all.writeBytes(body);
		}
		List<String> headers = new ArrayList<>();
		if (vector.has("headers")) {
			vector.get("headers")
				.properties()
				.forEach((header) -> headers.add(header.getKey() + ": " + header.getValue().asString()));
		}
		call.answer(vector.get("status").asInt(),
				vector.has("contentType") ? vector.get("contentType").asString() : null, all.toByteArray(),
				headers.toArray(String[]::new));
	}

	private void check(JsonNode vector, RelayFixture pod, ResultShape shape, String codec) {
		AgentSocketClient client = pod
			.connect((builder) -> builder.codec(codec.equals("cbor") ? io.agentsocket.codec.JacksonCodec.cbor()
					: io.agentsocket.codec.JacksonCodec.json())
				.onQuestion((question) -> {
					this.asked.add(question.prompt());
					return Mono.just(Answer.of("2027-03-01"));
				})
				.onApproval((approval) -> {
					this.asked.add(approval.prompt());
					return Mono.just(true);
				}));
		for (String name : List.of("a.b", "page.read")) {
			client.events(name, JsonNode.class).subscribe((payload) -> this.events.add(name + "=" + payload));
		}
		setState(vector, pod);
		JsonNode outcome = vector.get("outcome");
		ActionException error = invoke(client, shape);
		if (outcome.has("error")) {
			checkError(outcome.get("error"), error);
		}
		else {
			assertThat(error).as("error").isNull();
		}
		checkItems(outcome, shape);
		if (outcome.has("ask") || outcome.has("approve")) {
			JsonNode question = outcome.has("ask") ? outcome.get("ask") : outcome.get("approve");
			assertThat(this.asked).containsExactly(question.get("prompt").asString());
			TestFunction.Call second = pod.function.calls.get(1);
			assertThat(second.json().get("continuation")).isEqualTo(question.get("continuation").asString());
		}
		if (outcome.has("events")) {
			io.agentsocket.Await.until(() -> this.events.size() == outcome.get("events").size());
			outcome.get("events")
				.forEach((event) -> assertThat(this.events)
					.contains(event.get("name").asString() + "=" + event.get("payload")));
		}
		if (outcome.has(STATE)) {
			StateDocument state = pod.state();
			assertThat(state.version()).isEqualTo(outcome.get(STATE).get("version").asLong());
			assertThat(tree(state.values())).isEqualTo(outcome.get(STATE).get("values"));
		}
		io.agentsocket.Await.until(() -> pod.relays.writers() == 0);
	}

	private static void setState(JsonNode vector, RelayFixture pod) {
		JsonNode state = vector.get(STATE);
		if (state != null) {
			Map<String, Object> document = new LinkedHashMap<>();
			document.put("version", state.get("version").asLong());
			document.put("values", MAPPER.treeToValue(state.get("values"), Map.class));
			pod.session()
				.setAttribute(StateDocument.ATTRIBUTE, TestFunction.JSON.encodeMap(document).toUtf8())
				.block(RelayFixture.TIMEOUT);
		}
	}

	private ActionException invoke(AgentSocketClient client, ResultShape shape) {
		Class<?> type = switch (shape) {
			case TEXT -> String.class;
			case BYTES -> byte[].class;
			default -> JsonNode.class;
		};
		try {
			client.invoke("act").toFlux(type).doOnNext(this.items::add).blockLast(RelayFixture.TIMEOUT);
			return null;
		}
		catch (ActionException ex) {
			return ex;
		}
	}

	private static void checkError(JsonNode expected, ActionException error) {
		assertThat(error).as("error").isNotNull();
		assertThat(error.code()).isEqualTo(expected.get("code").asInt());
		if (expected.has(TEXT)) {
			assertThat(error.text()).isEqualTo(expected.get(TEXT).asString());
		}
		if (expected.has("retryable")) {
			assertThat(error.isRetryable()).isEqualTo(expected.get("retryable").asBoolean());
		}
		if (expected.has("mayHaveRun")) {
			assertThat(error.hasMaybeRun()).isEqualTo(expected.get("mayHaveRun").asBoolean());
		}
		if (expected.has("violations")) {
			assertThat(error.violations()).hasSize(expected.get("violations").size());
			assertThat(error.violations().get(0).pointer())
				.isEqualTo(expected.get("violations").get(0).get("pointer").asString());
		}
	}

	private void checkItems(JsonNode outcome, ResultShape shape) {
		if (outcome.has("items") && shape != ResultShape.NONE) {
			List<JsonNode> expected = new ArrayList<>();
			outcome.get("items").forEach(expected::add);
			assertThat(this.items.stream().map(FunctionVectorTests::tree).toList()).isEqualTo(expected);
		}
		if (outcome.has(TEXT)) {
			assertThat(String.join("", this.items.stream().map(String::valueOf).toList()))
				.isEqualTo(outcome.get(TEXT).asString());
		}
		if (outcome.has("bytes")) {
			ByteArrayOutputStream all = new ByteArrayOutputStream();
			this.items.forEach((item) -> all.writeBytes((byte[]) item));
			assertThat(HexFormat.of().formatHex(all.toByteArray())).isEqualTo(outcome.get("bytes").asString());
		}
	}

	private static JsonNode tree(Object value) {
		return MAPPER.readTree(MAPPER.writeValueAsString(value));
	}

	/** The names of the members that outcomes have, so that none is forgotten here. */
	@Test
	void outcomesHaveKnownMembers() {
		Set<String> known = Set.of("items", TEXT, "bytes", "end", "error", "events", "progress", "defined", "withdrawn",
				"ask", "approve", STATE);
		FILE.get("answers").forEach((vector) -> assertThat(known).containsAll(vector.get("outcome").propertyNames()));
	}

}
