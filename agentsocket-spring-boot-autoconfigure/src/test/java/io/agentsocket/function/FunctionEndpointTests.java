package io.agentsocket.function;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ActionSchema;
import io.agentsocket.action.ActionSchemas;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.StateUse;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.WebhookSignature;
import io.agentsocket.security.SecurityIdentities;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Requests that are good, and those that are not: the vectors of
 * {@code docs/vectors/functions.json} on the side of a function.
 */
class FunctionEndpointTests {

	private static final JsonNode FILE = JsonMapper.shared().readTree(new File("../docs/vectors/functions.json"));

	private static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	private static final Codec JSON = JacksonCodec.json();

	private static final long NOW = 1_800_000_000;

	private final AtomicLong clock = new AtomicLong(NOW);

	private final ActionCatalog catalog = new ActionCatalog();

	static Stream<String> signatures() {
		return FILE.get("signatures").valueStream().map((vector) -> vector.get("id").asString());
	}

	static Stream<String> requests() {
		return FILE.get("requests").valueStream().map((vector) -> vector.get("id").asString());
	}

	private static JsonNode vector(String section, String id) {
		return FILE.get(section)
			.valueStream()
			.filter((each) -> each.get("id").asString().equals(id))
			.findFirst()
			.orElseThrow();
	}

	private FunctionEndpoint endpoint(String... secrets) {
		return FunctionEndpoint
			.builder(this.catalog, JSON, new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT))
			.codecs(List.of(JSON, JacksonCodec.cbor()))
			.secrets(List.of(secrets))
			.clock(this.clock::get)
			.build();
	}

	private static Answered answered(FunctionEndpoint endpoint, IncomingRequest request) {
		FunctionAnswer answer = endpoint.answer(request).block(Await.LONG);
		List<Bytes> body = Flux.from(answer.body()).collectList().block(Await.LONG);
		StringBuilder hex = new StringBuilder();
		StringBuilder text = new StringBuilder();
		body.forEach((bytes) -> {
			hex.append(bytes);
			text.append(bytes.toUtf8());
		});
		return new Answered(answer.status(), answer.contentType(), hex.toString(), text.toString());
	}

	private IncomingRequest signed(String body) {
		return signed("POST", "application/json", body.getBytes(StandardCharsets.UTF_8));
	}

	private IncomingRequest signed(String method, String type, byte[] body) {
		String id = WebhookSignature.newId();
		Map<String, List<String>> headers = new HashMap<>();
		headers.put("Content-Type", List.of(type));
		headers.put("Webhook-Id", List.of(id));
		headers.put("Webhook-Timestamp", List.of(String.valueOf(NOW)));
		headers.put("Webhook-Signature", List.of(new WebhookSignature(List.of(SECRET)).sign(id, NOW, Bytes.of(body))));
		return new IncomingRequest(method, headers, Bytes.of(body));
	}

	@ParameterizedTest
	@MethodSource("signatures")
	void signaturesAreAcceptedOrNot(String id) {
		JsonNode vector = vector("signatures", id);
		FunctionEndpoint endpoint = endpoint(
				vector.get("secrets").valueStream().map(JsonNode::asString).toArray(String[]::new));
		if (vector.has("after")) {
			assertThat(send(endpoint, vector("signatures", vector.get("after").asString()))).isNotEqualTo(401);
		}
		int status = send(endpoint, vector);
		assertThat(status != 401).isEqualTo(vector.get("accepted").asBoolean());
	}

	private int send(FunctionEndpoint endpoint, JsonNode vector) {
		this.clock.set(vector.get("now").asLong());
		Map<String, List<String>> headers = new HashMap<>();
		headers.put("content-type", List.of("application/json"));
		vector.get("headers")
			.properties()
			.forEach((header) -> headers.put(header.getKey(), List.of(header.getValue().asString())));
		return answered(endpoint, new IncomingRequest("POST", headers, Bytes.utf8(vector.get("body").asString())))
			.status();
	}

	@ParameterizedTest
	@MethodSource("requests")
	void requestsAreUnderstood(String id) {
		this.catalog.add(Action.named("weather.current").handler((exchange) -> Mono.just(21)));
		JsonNode body = vector("requests", id).get("body");
		Answered answer = answered(endpoint(SECRET), signed(body.toString()));
		switch (body.get("type").asString()) {
			case "invoke" -> {
				if (body.has("continuation")) {
					// It is none of this function's.
					assertThat(answer.status()).isEqualTo(400);
					return;
				}
				assertThat(answer.type()).isEqualTo("application/vnd.agentsocket.frames;codec=cbor");
				// DATA with L and E on stream 1: the number 21.
				assertThat(answer.hex()).isEqualTo("4b01" + "01" + "15");
			}
			case "describe" -> assertThat(answer.text()).contains("\"weather.current\"");
			default -> assertThat(answer.status()).isEqualTo(204);
		}
	}

	@Test
	void headerThatIsThereTwiceIsRefused() {
		FunctionEndpoint endpoint = endpoint(SECRET);
		IncomingRequest once = signed("{\"v\":1,\"type\":\"warm\"}");
		for (String header : List.of("webhook-id", "webhook-timestamp", "webhook-signature")) {
			Map<String, List<String>> headers = new HashMap<>(once.headers());
			String value = once.single(header);
			headers.put(header, List.of(value, value));
			assertThat(answered(endpoint, new IncomingRequest("POST", headers, once.body())).status()).isEqualTo(401);
		}
		assertThat(answered(endpoint, once).status()).isEqualTo(204);
		assertThat(answered(endpoint, once).status()).as("again").isEqualTo(401);
	}

	@Test
	void idThatWasRefusedIsNotRemembered() {
		FunctionEndpoint endpoint = endpoint(SECRET);
		IncomingRequest right = signed("{\"v\":1,\"type\":\"warm\"}");
		assertThat(answered(endpoint, new IncomingRequest("POST", right.headers(), Bytes.utf8("{}"))).status())
			.isEqualTo(401);
		assertThat(answered(endpoint, right).status()).isEqualTo(204);
	}

	@Test
	void whatIsNoRequestIsRefused() {
		FunctionEndpoint endpoint = endpoint(SECRET);
		byte[] warm = "{\"v\":1,\"type\":\"warm\"}".getBytes(StandardCharsets.UTF_8);
		assertThat(answered(endpoint, signed("GET", "application/json", warm)).status()).isEqualTo(405);
		assertThat(answered(endpoint, signed("POST", "text/plain", warm)).status()).isEqualTo(415);
		assertThat(answered(endpoint, signed("POST", "application/json", new byte[FunctionEndpoint.MAX_BODY + 1]))
			.status()).isEqualTo(413);
		for (String none : List.of("", "[1]", "{", "null", "{\"v\":1}}", "\u0000", "[".repeat(5000))) {
			assertThat(answered(endpoint, signed(none)).status()).as(none).isEqualTo(400);
		}
		assertThat(answered(endpoint, signed("{\"v\":2,\"type\":\"invoke\"}")).status()).isEqualTo(501);
		assertThat(answered(endpoint, signed("{\"v\":\"1\",\"type\":\"invoke\"}")).status()).isEqualTo(501);
		assertThat(answered(endpoint, signed("{\"v\":1,\"type\":\"later\"}")).status()).isEqualTo(204);
		assertThat(answered(endpoint, signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"none\"}")).status())
			.isEqualTo(404);
		assertThat(answered(endpoint, signed("{\"v\":1,\"type\":\"invoke\"}")).status()).isEqualTo(404);
		assertThat(answered(endpoint, signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"a b\\u0000\"}")).status())
			.isEqualTo(404);
		assertThat(answered(endpoint,
				signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"none\",\"continuation\":\"mine\"}"))
			.status()).isEqualTo(400);
	}

	@Test
	void membersOfAnotherTypeCountAsAbsent() {
		this.catalog.add(Action.named("a").handler((exchange) -> Mono.just(exchange.session().id() + ".")));
		Answered answer = answered(endpoint(SECRET),
				signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"a\",\"arguments\":[1],"
						+ "\"session\":7,\"principal\":[],\"timeoutMs\":\"x\",\"limits\":{\"item\":-5},\"state\":1,\"codec\":{}}"));
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.text()).endsWith("\".\"");
	}

	@Test
	void describeTellsTheStateThatAnActionUses() {
		this.catalog
			.add(Action.named("add").handler(new StateUse(true, Set.of("cart", "a.b")).by((exchange) -> Mono.just(1))));
		this.catalog
			.add(Action.named("show").handler(new StateUse(false, Set.of("cart")).by((exchange) -> Mono.just(1))));
		this.catalog.add(Action.named("none").handler((exchange) -> Mono.just(1)));
		JsonNode actions = JsonMapper.shared()
			.readTree(answered(endpoint(SECRET), signed("{\"v\":1,\"type\":\"describe\"}")).text())
			.get("actions");
		assertThat(actions.valueStream()
			.map((each) -> each.get("name").asString() + " " + each.path("state").asString() + " " + each.path("keys")))
			.containsExactlyInAnyOrder("add write [\"a.b\",\"cart\"]", "show read [\"cart\"]", "none  ");
		assertThatIllegalArgumentException().isThrownBy(() -> new StateUse(true, Set.of("a b")))
			.withMessageContaining("A-Za-z0-9_.-");
	}

	/** A relay would refuse the question, and nobody would know why. */
	@Test
	void questionWhoseContinuationIsTooLargeIsAnErrorThatNamesTheRule() {
		this.catalog.add(Action.named("a").handler((exchange) -> exchange.ask("Which day?", String.class)));
		String request = "{\"v\":1,\"type\":\"invoke\",\"action\":\"a\",\"continuation\":\"{\\\"q\\\":\\\"x\\\"}\","
				+ "\"answer\":{\"outcome\":\"answer\",\"value\":\"%s\"}}";
		assertThat(answered(endpoint(SECRET), signed(request.formatted("y".repeat(15_000)))).text())
			.contains("Which day?");
		Answered answer = answered(endpoint(SECRET), signed(request.formatted("y".repeat(16_384))));
		// ERROR with L of stream 1: code 13, may have run.
		assertThat(answer.hex()).startsWith("6201").contains("0d02");
		assertThat(answer.text()).contains("16384 bytes of a continuation");
	}

	/** Schemas may be made when they are asked for, which is then. */
	@Test
	void describeLeavesOutAnActionWhoseSchemaCannotBeMade() {
		ActionSchema bad = ActionSchema.by(() -> {
			throw new IllegalArgumentException("no schema");
		});
		this.catalog
			.add(Action.named("bad").schemas(new ActionSchemas(bad, null, null)).handler((exchange) -> Mono.just(1)));
		this.catalog.add(Action.named("good").handler((exchange) -> Mono.just(1)));
		Answered answer = answered(endpoint(SECRET), signed("{\"v\":1,\"type\":\"describe\"}"));
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.text()).contains("\"good\"").doesNotContain("\"bad\"");
	}

	@Test
	void describeTellsWhatEverybodySees() {
		this.catalog.add(Action.named("open")
			.hints(new ActionHints(false, false, true, false, true, Await.LONG))
			.handler((exchange) -> Mono.empty()));
		this.catalog.add(Action.named("secret")
			.visibleTo((session) -> session.principal() != null)
			.handler((exchange) -> Mono.empty()));
		this.catalog.add(Action.named("upload").items(Map.of()).handler((exchange) -> Mono.empty()));
		Answered answer = answered(endpoint(SECRET), signed("{\"v\":1,\"type\":\"describe\"}"));
		assertThat(answer.text()).contains("\"open\"")
			.contains("\"idempotent\":true")
			.contains("\"timeoutMs\":60000")
			.doesNotContain("approval", "secret", "upload");
		assertThat(answered(endpoint(SECRET), signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"secret\"}")).status())
			.isEqualTo(404);
		assertThat(answered(endpoint(SECRET),
				signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"secret\",\"principal\":{\"name\":\"alice\"}}"))
			.status()).isEqualTo(200);
	}

	@Test
	void silentActionHasSignsOfLifeUntilItIsCancelled() {
		AtomicInteger cancelled = new AtomicInteger();
		this.catalog
			.add(Action.named("never").handler((exchange) -> Mono.never().doOnCancel(cancelled::incrementAndGet)));
		FunctionEndpoint endpoint = FunctionEndpoint
			.builder(this.catalog, JSON, new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT))
			.heartbeat(Duration.ofMillis(50))
			.build();
		FunctionAnswer answer = endpoint.answer(signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"never\"}"))
			.block(Await.LONG);
		assertThat(answer.status()).isEqualTo(200);
		assertThat(Flux.from(answer.body()).take(3).map(Bytes::toString).collectList().block(Await.LONG))
			.containsExactly("120100", "120100", "120100");
		Await.until(() -> cancelled.get() == 1);
	}

	@Test
	void withoutSecretsEverybodyIsAnswered() {
		assertThat(answered(endpoint(), new IncomingRequest("POST", Map.of("content-type", List.of("application/json")),
				Bytes.utf8("{\"v\":1,\"type\":\"warm\"}")))
			.status()).isEqualTo(204);
	}

	@Test
	void callerOfAnActionIsTheAgentAndNotTheRelay() {
		this.catalog.add(Action.named("caller")
			.handler((exchange) -> ReactiveSecurityContextHolder.getContext()
				.map((context) -> "caller:" + context.getAuthentication().getName())
				.defaultIfEmpty("caller:none")));
		FunctionEndpoint endpoint = FunctionEndpoint
			.builder(this.catalog, JSON, new QuestionSender(TypeSchemas.NONE, QuestionSender.TIMEOUT))
			.identities(new SecurityIdentities(true))
			.build();
		String invoke = "{\"v\":1,\"type\":\"invoke\",\"action\":\"caller\"";
		assertThat(caller(endpoint, invoke + ",\"principal\":{\"name\":\"alice\"}}")).contains("caller:alice");
		assertThat(caller(endpoint, invoke + "}")).contains("caller:none");
	}

	private String caller(FunctionEndpoint endpoint, String body) {
		return endpoint.answer(signed(body))
			.flatMapMany((answer) -> Flux.from(answer.body()))
			.map(Bytes::toUtf8)
			.collectList()
			.contextWrite(ReactiveSecurityContextHolder
				.withAuthentication(new TestingAuthenticationToken("relay", "", "ADMIN")))
			.block(Await.LONG)
			.toString();
	}

	@Test
	void framesOfARefusedInvocationAreNoResult() {
		this.catalog.add(Action.named("outer")
			.handler((exchange) -> exchange.invoke("inner")
				.items(Flux.just("x".repeat(40_000), "inner item"))
				.toMono(String.class)
				.onErrorResume((error) -> Mono.just("own result"))));
		Answered answer = answered(endpoint(SECRET), signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"outer\"}"));
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.text()).endsWith("\"own result\"").doesNotContain("inner item", "xxx");
	}

	@Test
	void headersAreCheckedBeforeTheBodyIsRead() {
		FunctionEndpoint endpoint = endpoint(SECRET);
		IncomingRequest right = signed("{\"v\":1,\"type\":\"warm\"}");
		IncomingRequest head = new IncomingRequest("POST", right.headers(), Bytes.EMPTY);
		assertThat(endpoint.refuse(head)).isNull();
		assertThat(endpoint.refuse(new IncomingRequest("PUT", right.headers(), Bytes.EMPTY)).status()).isEqualTo(405);
		assertThat(endpoint.refuse(new IncomingRequest("POST", Map.of(), Bytes.EMPTY)).status()).isEqualTo(401);
		this.clock.addAndGet(301);
		assertThat(endpoint.refuse(head).status()).isEqualTo(401);
	}

	@Test
	void requestsWithoutASignatureAreOneLine() {
		FunctionEndpoint endpoint = endpoint(SECRET);
		try (LogLines lines = LogLines.of(FunctionEndpoint.class, Level.WARN)) {
			for (int i = 0; i < 100; i++) {
				assertThat(endpoint.refuse(new IncomingRequest("POST", Map.of(), Bytes.EMPTY)).status()).isEqualTo(401);
				assertThat(endpoint.unread(413, "A request has at most 1 MiB").status()).isEqualTo(413);
			}
			assertThat(lines.texts()).hasSize(2);
		}
	}

	@Test
	void sessionHasAtMost256Actions() {
		ActionCatalog own = new SessionCatalogs().of("s");
		for (int i = 0; i < 256; i++) {
			own.add(Action.named("a" + i).handler((exchange) -> Mono.empty()));
		}
		Action other = Action.named("other").handler((exchange) -> Mono.empty());
		assertThatIllegalStateException().isThrownBy(() -> own.add(other));
		assertThatIllegalStateException().isThrownBy(() -> own.replace(other));
		own.remove("a0");
		own.add(other);
	}

	@Test
	void nameThatIsTooLongIsNotFound() {
		assertThat(answered(endpoint(SECRET),
				signed("{\"v\":1,\"type\":\"invoke\",\"action\":\"" + "ä".repeat(65) + "\"}"))
			.status()).isEqualTo(404);
	}

	@Test
	void oldestIdThatIsRememberedIsRefused() {
		FunctionEndpoint endpoint = endpoint(SECRET);
		IncomingRequest oldest = signed("{\"v\":1,\"type\":\"warm\"}");
		assertThat(endpoint.answer(oldest).block(Await.LONG).status()).isEqualTo(204);
		for (int i = 1; i < 10_000; i++) {
			endpoint.answer(signed("{\"v\":1,\"type\":\"warm\"}")).block(Await.LONG);
		}
		assertThat(endpoint.answer(oldest).block(Await.LONG).status()).isEqualTo(401);
	}

	@Test
	void questionsHaveDifferentNames() {
		Random random = new Random(7);
		Set<String> names = new HashSet<>();
		for (int i = 0; i < 300_000; i++) {
			byte[] arguments = new byte[16];
			random.nextBytes(arguments);
			names.add(Replay.question("as.approve", Bytes.of(arguments)));
		}
		// A checksum of 32 bits gives the same name to ten of them.
		assertThat(names).hasSize(300_000);
	}

	private record Answered(int status, String type, String hex, String text) {
	}

}
