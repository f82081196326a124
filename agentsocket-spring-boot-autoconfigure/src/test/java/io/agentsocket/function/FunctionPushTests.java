package io.agentsocket.function;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.agentsocket.Await;
import io.agentsocket.OwnEventLoops;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.action.FunctionPushException;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools of a function push to a pod, which is a small server here. Section 10 of
 * {@code docs/function-protocol.md}.
 */
class FunctionPushTests {

	private static final Codec JSON = JacksonCodec.json();

	/** Answers of the pod, the first ones first; the last one stays. */
	private final Deque<Answer> answers = new ArrayDeque<>();

	private final Queue<Push> pushes = new ConcurrentLinkedQueue<>();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private HttpServer pod;

	private static ConfigurableApplicationContext function;

	@BeforeAll
	static void startFunction() {
		function = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.run("--agentsocket.function.enabled=true", "--agentsocket.function.unsigned=true");
	}

	@AfterAll
	static void stopFunction() {
		function.close();
	}

	@BeforeEach
	void start() throws IOException {
		this.pod = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.pod.setExecutor(this.threads);
		this.pod.createContext("/", this::handle);
		this.pod.start();
	}

	@AfterEach
	void stop() {
		this.pod.stop(0);
		this.threads.shutdownNow();
	}

	private void handle(HttpExchange exchange) throws IOException {
		byte[] body = exchange.getRequestBody().readAllBytes();
		this.pushes.add(new Push(exchange.getRequestMethod() + " " + exchange.getRequestURI(),
				exchange.getRequestHeaders().getFirst("authorization"),
				exchange.getRequestHeaders().getFirst("idempotency-key"), JSON.decodeMap(Bytes.of(body))));
		Answer answer;
		synchronized (this.answers) {
			answer = (this.answers.size() > 1) ? this.answers.remove() : this.answers.element();
		}
		answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
		exchange.sendResponseHeaders(answer.status(), 0);
		byte[] told = answer.body().getBytes(StandardCharsets.UTF_8);
		do {
			exchange.getResponseBody().write(told);
		}
		while (answer.isEndless());
		exchange.close();
	}

	private String callback() {
		return callback(1_800_000_900);
	}

	private String callback(long expiresAt) {
		return "\"callback\":{\"url\":\"http://127.0.0.1:" + this.pod.getAddress().getPort()
				+ "/sessions/s-1/frames\",\"token\":\"t-1\",\"expiresAt\":" + expiresAt + ",\"scope\":[\"events\"]}";
	}

	private String invoke(String action, String callback) {
		FunctionAnswer answer = answer(action, callback);
		StringBuilder text = new StringBuilder();
		Flux.from(answer.body()).doOnNext((bytes) -> text.append(bytes.toUtf8())).blockLast(Await.LONG);
		return text.toString();
	}

	private FunctionAnswer answer(String action, String callback) {
		Bytes body = Bytes.utf8("{\"v\":1,\"type\":\"invoke\",\"action\":\"" + action
				+ "\",\"session\":{\"id\":\"s-1\"},\"timeoutMs\":60000" + (callback.isEmpty() ? "" : "," + callback)
				+ "}");
		return function.getBean(FunctionEndpoint.class)
			.answer(new IncomingRequest("POST", Map.of("content-type", List.of("application/json")), body))
			.block(Await.LONG);
	}

	@Test
	void eventReachesThePodWithTheTokenOfTheRequest() {
		this.answers.add(new Answer(202, Map.of(), "{\"status\": \"live\"}", false));
		assertThat(invoke("report", callback())).endsWith("\"LIVE 2027-01-15T08:15:00Z [events]\"");
		Push push = this.pushes.element();
		assertThat(push.line()).isEqualTo("POST /sessions/s-1/frames");
		assertThat(push.authorization()).isEqualTo("Bearer t-1");
		assertThat(push.key()).hasSizeBetween(1, 64);
		assertThat(push.body())
			.isEqualTo(Map.of("ops", List.of(Map.of("event", "report.read", "payload", Map.of("page", 3)))));
	}

	@Test
	void pushIsRepeatedWithItsKeyWhereThatIsAllowed() {
		this.answers.add(new Answer(503, Map.of("retry-after", "0"), "", false));
		this.answers.add(new Answer(429, Map.of("retry-after", "0"), "", false));
		this.answers.add(new Answer(202, Map.of(), "{\"status\":\"queued\"}", false));
		assertThat(invoke("report", callback())).contains("QUEUED");
		assertThat(this.pushes).hasSize(3).extracting(Push::key).containsOnly(this.pushes.element().key());
	}

	/** The body was slow, or a gateway has found no pod. */
	@ParameterizedTest
	@ValueSource(ints = { 408, 502, 504 })
	void pushIsRepeatedThatNoPodHasSeenAsAWhole(int status) {
		this.answers.add(new Answer(status, Map.of("retry-after", "0"), "", false));
		this.answers.add(new Answer(202, Map.of(), "{\"status\":\"queued\"}", false));
		assertThat(invoke("report", callback())).contains("QUEUED");
		assertThat(this.pushes).hasSize(2).extracting(Push::key).containsOnly(this.pushes.element().key());
	}

	@Test
	void pushIsGivenUpAfterThreeRepetitions() {
		this.answers.add(new Answer(503, Map.of("retry-after", "0"), "", false));
		assertThat(invoke("report", callback())).contains("refused 503");
		assertThat(this.pushes).hasSize(4);
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 401, 403, 404, 409, 410, 413, 500, 307 })
	void pushThatIsRefusedIsNotRepeated(int status) {
		this.answers.add(new Answer(status, Map.of("location", "/elsewhere"), "", false));
		assertThat(invoke("report", callback())).contains("refused " + status);
		assertThat(this.pushes).hasSize(1);
	}

	/** Only the first bytes of an answer are read. */
	@Test
	void answerWithoutEndDoesNoHarm() {
		this.answers.add(new Answer(202, Map.of(), "{\"status\":\"queued\"}" + " ".repeat(1000), true));
		assertThat(invoke("report", callback())).contains("QUEUED");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\"callback\":7", "\"callback\":{\"url\":\"ftp://pods/\",\"token\":\"t\"}",
			"\"callback\":{\"url\":\"no url\",\"token\":\"t\"}", "\"callback\":{\"url\":\"http://pods/\"}",
			"\"callback\":{\"url\":\"http://pods/\",\"token\":\"a\\nhost: b\"}" })
	void withoutACallbackThereIsNoPush(String callback) {
		assertThat(invoke("maybe", callback)).endsWith("\"no push\"");
		// Problem details of FAILED_PRECONDITION, which has not run.
		assertThat(invoke("report", callback)).contains("\"code\":9", "takes pushes");
	}

	/** The request has no other answer, and the rest comes by a push. */
	@Test
	void detachedInvocationIsAnsweredWith202() {
		this.answers.add(new Answer(202, Map.of(), "{\"status\": \"live\"}", false));
		assertThat(answer("later", callback(Instant.now().getEpochSecond() + 900)).status()).isEqualTo(202);
		Await.until(() -> !this.pushes.isEmpty());
		assertThat(this.pushes.element().body())
			.isEqualTo(Map.of("ops", List.of(Map.of("item", Map.of("page", 3)), Map.of("end", true))));
	}

	/** A push for which pods have no room now is repeated, until the token expires. */
	@ParameterizedTest
	@ValueSource(ints = { 408, 503 })
	void pushOfADetachedInvocationIsNotGivenUpWhilePodsAreFull(int status) {
		for (int i = 0; i < 5; i++) {
			this.answers.add(new Answer(status, Map.of("retry-after", "0"), "", false));
		}
		this.answers.add(new Answer(202, Map.of(), "{\"status\": \"live\"}", false));
		assertThat(answer("later", callback(Instant.now().getEpochSecond() + 900)).status()).isEqualTo(202);
		Await.until(() -> this.pushes.size() == 6);
		assertThat(this.pushes).extracting(Push::key).containsOnly(this.pushes.element().key());
	}

	/** The agent is told that an item was refused, and nothing else. */
	@Test
	void detachedInvocationEndsWithAnErrorWhenAPodRefusesAnItem() {
		this.answers.add(new Answer(413, Map.of(), "", false));
		this.answers.add(new Answer(202, Map.of(), "{\"status\": \"live\"}", false));
		answer("pages", callback(Instant.now().getEpochSecond() + 900));
		Await.until(() -> this.pushes.size() == 2);
		assertThat(this.pushes).last().extracting(Push::body).asString().contains("error", "code=13");
	}

	private List<Map<String, Object>> pushed(String action) {
		this.answers.add(new Answer(202, Map.of(), "{\"status\": \"live\"}", false));
		assertThat(answer(action, callback(Instant.now().getEpochSecond() + 900)).status()).isEqualTo(202);
		List<Map<String, Object>> operations = new ArrayList<>();
		Await.until("the end", () -> {
			operations.clear();
			this.pushes.forEach((push) -> ((List<?>) push.body().get("ops"))
				.forEach((operation) -> operations.add(InvokeRequest.map(operation))));
			return operations.stream()
				.anyMatch((operation) -> operation.containsKey("end") || operation.containsKey("error"));
		});
		return operations;
	}

	/** As in an answer, where a text is cut has no meaning. */
	@Test
	void detachedTextIsTheSameWhereverItIsCut() {
		StringBuilder text = new StringBuilder();
		pushed("pieces").forEach((operation) -> text.append(operation.getOrDefault("text", "")));
		assertThat(text).hasToString("a\uD83D\uDE00b");
	}

	@Test
	void detachedTextThatEndsWithinACharacterFails() {
		assertThat(pushed("half")).last().asString().contains("error", "code=13");
	}

	/** Reactor signals nothing of such an error. */
	@Test
	void errorOfTheJvmEndsADetachedInvocation() {
		assertThat(pushed("overflow")).last().asString().contains("error", "code=13");
	}

	@Test
	void detachedBytesAreTakenInAllTheirClasses() {
		assertThat(pushed("buffers")).containsExactly(Map.of("bytes", "YQ=="), Map.of("end", true));
	}

	/** The same tools in a pod. */
	@Test
	void podHasNoPushAndTheParameterIsNoArgument() {
		try (ConfigurableApplicationContext pod = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.REACTIVE)
			.run("--server.port=0", "--server.address=127.0.0.1")) {
			Action maybe = pod.getBean(ActionCatalog.class).find("maybe");
			assertThat(maybe.input().toString()).doesNotContain("push");
		}
	}

	private record Answer(int status, Map<String, String> headers, String body, boolean isEndless) {
	}

	private record Push(String line, String authorization, String key, Map<String, Object> body) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(OwnEventLoops.class)
	static class Application {

		@Bean
		Tools tools() {
			return new Tools();
		}

	}

	static class Tools {

		@AgentTool
		Mono<String> report(FunctionPush push) {
			return push.event("report.read", Map.of("page", 3))
				.map((receipt) -> receipt + " " + push.expiresAt() + " " + push.scope())
				.onErrorResume(FunctionPushException.class, (refused) -> Mono.just("refused " + refused.status()));
		}

		@AgentTool
		Mono<Page> later(FunctionPush push) {
			return push.detach(Mono.just(new Page(3)));
		}

		@AgentTool
		Flux<Page> pages(FunctionPush push) {
			return push.detach(Flux.just(new Page(1)).concatWith(Mono.never()));
		}

		@AgentTool
		Flux<String> pieces(FunctionPush push) {
			return push.detach(Flux.just("a\uD83D", "", "\uDE00b"));
		}

		@AgentTool
		Flux<String> half(FunctionPush push) {
			return push.detach(Flux.just("a\uD83D"));
		}

		@AgentTool
		Flux<Page> overflow(FunctionPush push) {
			return push.detach(Flux.just(new Page(1)).publishOn(Schedulers.parallel()).doOnNext((page) -> {
				throw new StackOverflowError();
			}));
		}

		@AgentTool
		Flux<ByteBuffer> buffers(FunctionPush push) {
			return push.detach(Flux.just(ByteBuffer.wrap(new byte[] { 'a' })));
		}

		@AgentTool
		String maybe(@Nullable FunctionPush push) {
			return (push != null) ? "push" : "no push";
		}

	}

	/** An item that is no text. */
	record Page(int page) {
	}

}
