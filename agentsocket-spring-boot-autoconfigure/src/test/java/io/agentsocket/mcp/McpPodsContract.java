package io.agentsocket.mcp;

import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.mcp.McpClient.Answer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestCluster;
import io.agentsocket.server.TestWeb;
import io.agentsocket.servlet.McpServlet;
import io.agentsocket.servlet.UpgradeContext;
import io.agentsocket.session.Durability;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.webflux.McpWebHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Questions that are asked by one pod and answered at another one, for each way in which
 * pods are linked.
 */
abstract class McpPodsContract {

	/** Parked calls in the test of many. */
	private static final int MANY = 500;

	/** Threads with clients. */
	private static final int CLIENTS = 16;

	private static final String LOST = "LOST: The pod where the call was parked is gone";

	private final Tools tools = new Tools();

	private final List<McpPod> pods = new ArrayList<>();

	private TestCluster cluster;

	abstract TestCluster.Backing backing();

	@BeforeEach
	void start() {
		AgentTools agentTools = AgentTools.builder().build();
		this.cluster = new TestCluster(backing(), Durability.STRICT, Await.LONG, 3,
				(name, builder) -> builder
					.questionSender(new QuestionSender(agentTools.typeSchemas(), QuestionSender.TIMEOUT)),
				() -> agentTools.actionsOf(this.tools).toArray(Action[]::new));
		for (int i = 0; i < 3; i++) {
			this.pods.add(new McpPod(this.cluster.pod(i)));
		}
		// Each pod knows of the others.
		for (McpPod pod : this.pods) {
			for (McpPod other : this.pods) {
				Await.until(() -> pod.knows(other));
			}
		}
	}

	@AfterEach
	void stop() {
		this.pods.forEach(McpPod::close);
		this.cluster.close();
	}

	private McpPod pod(int index) {
		return this.pods.get(index);
	}

	/** Nothing is left in a pod of calls, requests and what they have taken. */
	private void assertUnused(McpPod pod) {
		Await.until(() -> pod.endpoint.load().calls() == 0 && pod.endpoint.load().parked() == 0);
		Await.until(pod.pod.server().bounds()::isUnused);
	}

	private static Answer ask(McpPod pod, int id) {
		return pod.client.call("question", Map.of("arguments", Map.of("id", id)), Map.of(), caller(id));
	}

	/** No caller has more than its share of the places. */
	private static Map<String, String> caller(int id) {
		return Map.of("X-Principal", "caller" + id % 10);
	}

	private static String state(Answer answer) {
		assertThat(answer.body()).contains("\"resultType\":\"input_required\"");
		return answer.result().path("requestState").asString();
	}

	private static Answer answer(McpPod pod, String state, int id) {
		return answer(pod, "question", state, id, Map.of(), caller(id));
	}

	private static Answer answer(McpPod pod, String tool, String state, int id, Map<String, Object> meta,
			Map<String, String> headers) {
		Map<String, Object> more = new LinkedHashMap<>();
		more.put("arguments", Map.of("id", id));
		more.put("inputResponses", Map.of("q1", accept("yes"), "q2", accept("really")));
		more.put("requestState", state);
		return pod.client.call(tool, more, meta, headers);
	}

	private static Map<String, Object> accept(String value) {
		return Map.of("action", "accept", "content", Map.of("value", value));
	}

	private static void concurrently(int count, IntConsumer work) throws InterruptedException {
		ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
		try {
			CountDownLatch done = new CountDownLatch(count);
			IntStream.range(0, count).forEach((id) -> clients.execute(() -> {
				try {
					work.accept(id);
				}
				finally {
					done.countDown();
				}
			}));
			Await.until(done);
		}
		finally {
			clients.shutdownNow();
			clients.awaitTermination(60, TimeUnit.SECONDS);
		}
	}

	@Test
	void eachOfManyCallsEndsOnceOrWithOneErrorWhenAPodIsKilledMeanwhile() throws Exception {
		String[] states = new String[MANY];
		concurrently(MANY, (id) -> states[id] = state(ask(pod(id % 2), id)));
		assertThat(this.tools.begun).hasSize(MANY);
		Answer[] answers = new Answer[MANY];
		AtomicInteger answered = new AtomicInteger();
		CountDownLatch killed = new CountDownLatch(1);
		concurrently(MANY, (id) -> {
			if (answered.incrementAndGet() == MANY / 4) {
				pod(0).kill();
				killed.countDown();
			}
			if (id >= MANY - 2 * CLIENTS) {
				// Some of them are lost, however long the machine stops the one that
				// kills.
				Await.until(killed);
			}
			answers[id] = answer(pod(2), states[id], id);
		});
		int lost = 0;
		for (int id = 0; id < MANY; id++) {
			assertThat(this.tools.begun.get(id)).as("call " + id).hasValue(1);
			boolean error = answers[id].result().path("isError").asBoolean();
			assertThat(answers[id].text()).startsWith(error ? LOST : "answered " + id + " yes");
			if (error) {
				lost++;
				assertThat(id % 2).isZero();
				assertThat(answers[id].text()).contains("The action may have run");
				assertThat(
						answers[id].result().path("_meta").path("io.agentsocket/error").path("mayHaveRun").asBoolean())
					.isTrue();
			}
			else {
				assertThat(this.tools.ended.get(id)).as("call " + id).hasValue(1);
			}
		}
		assertThat(lost).isBetween(1, MANY / 2);
		assertThat(this.tools.ended.values()).allSatisfy((count) -> assertThat(count).hasValue(1));
		assertThat(pod(2).endpoint.load().lost()).isEqualTo(lost);
		assertUnused(pod(1));
		assertUnused(pod(2));
	}

	@Test
	void whatADeadPodHasAskedIsAnsweredWithAnErrorAtOnce() {
		String state = state(ask(pod(0), 1));
		pod(0).kill();
		Await.until(() -> pod(2).pod.server().mail().isGone("pod1"));
		Answer answer = answer(pod(2), state, 1);
		assertThat(answer.text()).startsWith(LOST);
		// Nothing has been waited for.
		assertThat(pod(2).endpoint.load().carried()).isZero();
		assertThat(this.tools.ended).isEmpty();
	}

	@Test
	void olderClientsGetOneErrorAtEachPod() {
		for (int id = 0; id < 9; id++) {
			Answer answer = pod(id % 3).client.old("tools/call",
					Map.of("name", "question", "arguments", Map.of("id", id)));
			assertThat(answer.result().path("isError").asBoolean()).isTrue();
			assertThat(this.tools.begun.get(id)).hasValue(1);
		}
		assertThat(this.tools.ended).isEmpty();
		this.pods.forEach(this::assertUnused);
	}

	@Test
	void severalQuestionsAreAnsweredAtSeveralPods() {
		Answer first = pod(0).client.call("twice", Map.of("id", 1));
		Answer second = answer(pod(1), "twice", state(first), 1, Map.of(), Map.of());
		assertThat(second.result().path("inputRequests").propertyNames()).containsExactly("q2");
		Answer last = answer(pod(2), "twice", state(second), 1, Map.of(), Map.of());
		assertThat(last.text()).isEqualTo("yes really");
		assertThat(pod(1).endpoint.load().carried()).isOne();
		assertThat(this.tools.begun.get(1)).hasValue(1);
		this.pods.forEach(this::assertUnused);
	}

	@Test
	void itemsComeThroughTheOtherPodInOrder() {
		String state = state(pod(0).client.call("count", Map.of("id", 300)));
		Answer answer = answer(pod(1), "count", state, 300, Map.of("progressToken", "p"), Map.of());
		assertThat(answer.isStream()).isTrue();
		List<JsonNode> messages = answer.messages();
		assertThat(messages).hasSize(301);
		for (int i = 0; i < 300; i++) {
			assertThat(messages.get(i).path("params").path("progress").asInt()).isEqualTo(i + 1);
			assertThat(messages.get(i).path("params").path("progressToken").asString()).isEqualTo("p");
		}
		assertThat(answer.result().path("structuredContent").size()).isEqualTo(300);
		this.pods.forEach(this::assertUnused);
	}

	@Test
	void closingTheResponseReachesThePodOfTheCall() throws Exception {
		closeWhileItRuns(() -> {
		});
		assertUnused(pod(2));
	}

	@Test
	void theDeathOfThePodOfTheClientCancelsTheCall() throws Exception {
		closeWhileItRuns(() -> pod(2).kill());
	}

	private void closeWhileItRuns(Runnable meanwhile) throws Exception {
		String state = state(pod(0).client.call("forever", Map.of("id", 1)));
		Map<String, Object> params = McpClient
			.params(Map.of("name", "forever", "requestState", state, "inputResponses", Map.of("q1", accept("yes"))));
		try (InputStream stream = pod(2).client.open(McpClient.message("tools/call", params),
				McpClient.headers("tools/call", "forever"))) {
			assertThat(stream.read()).isEqualTo(':');
			assertThat(this.tools.events).containsExactly("goes on");
			meanwhile.run();
		}
		Await.until(() -> this.tools.events.contains("cancelled"));
		assertUnused(pod(0));
	}

	@Test
	void aPodThatLeavesWaitsForWhatItDoesForOthers() {
		leave(pod(0));
	}

	@Test
	void aPodThatLeavesWaitsForWhatOthersDoForIt() {
		leave(pod(2));
	}

	/** A pod leaves while a call of the first pod runs for a client of the third. */
	private void leave(McpPod leaving) {
		String state = state(pod(0).client.call("paced", Map.of("id", 1)));
		Mono<Answer> answer = Mono.fromCallable(() -> answer(pod(2), "paced", state, 1, Map.of(), Map.of()))
			.subscribeOn(Schedulers.boundedElastic())
			.cache();
		answer.subscribe();
		Await.until(() -> this.tools.events.contains("goes on"));
		leaving.pod.server().drain().subscribe(null, null, () -> this.tools.events.add("has left"));
		leaving.endpoint.leave();
		Await.pass(Duration.ofMillis(300), "a pod that waits for nothing has left by then");
		this.tools.go.tryEmitEmpty();
		assertThat(Mono.from(answer).block(Await.LONG).text()).isEqualTo("went on");
		Await.until(() -> this.tools.events.contains("has left"));
		assertThat(this.tools.events).containsExactly("goes on", "went on", "has left");
	}

	@Test
	void statesThatAreNoneTakeNoPlaceOfTheirCaller() throws Exception {
		String state = state(ask(pod(0), 1));
		byte[] bytes = java.util.Base64.getUrlDecoder().decode(state);
		bytes[0]++;
		String forged = java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
		concurrently(MANY, (id) -> assertThat(answer(pod(1), forged, 1).code()).isEqualTo(-32602));
		assertThat(pod(1).endpoint.load().carried()).isZero();
		assertThat(answer(pod(1), state, 1).text()).isEqualTo("answered 1 yes");
		assertThat(pod(1).endpoint.load().carried()).isOne();
		this.pods.forEach(this::assertUnused);
	}

	@Test
	void aStateIsGoodOnceForItsCallerAndItsToolAtEachPod() {
		String state = state(ask(pod(0), 1));
		Map<String, String> other = Map.of("X-Principal", "mallory");
		assertThat(answer(pod(1), "question", state, 1, Map.of(), other).code()).isEqualTo(-32602);
		assertThat(answer(pod(1), "question", state, 1, Map.of(), Map.of()).code()).isEqualTo(-32602);
		assertThat(answer(pod(1), "twice", state, 1, Map.of(), caller(1)).code()).isEqualTo(-32602);
		// The seal, the id, the number and the time.
		for (int i = 0; i < 56; i += 9) {
			String tampered = state.substring(0, i) + ((state.charAt(i) == 'A') ? 'B' : 'A') + state.substring(i + 1);
			assertThat(answer(pod(1), tampered, 1).code()).isEqualTo(-32602);
		}
		Answer formless = pod(1).client.call("question", Map.of("requestState", state, "inputResponses", Map.of()),
				Map.of("io.modelcontextprotocol/clientCapabilities", Map.of()), caller(1));
		assertThat(formless.code()).isEqualTo(-32021);
		assertThat(this.tools.ended).isEmpty();
		assertThat(answer(pod(2), state, 1).text()).isEqualTo("answered 1 yes");
		assertThat(answer(pod(1), state, 1).code()).isEqualTo(-32602);
		assertThat(this.tools.begun.get(1)).hasValue(1);
		this.pods.forEach(this::assertUnused);
	}

	@Test
	void aPodThatNobodyHasSeenIsNotWaitedForLong() {
		String state = state(ask(pod(0), 1));
		byte[] bytes = java.util.Base64.getUrlDecoder().decode(state);
		bytes[bytes.length - 1] = '9';
		String forged = java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
		assertThat(answer(pod(1), forged, 1).text()).startsWith(LOST);
		assertUnused(pod(1));
		assertThat(answer(pod(1), state, 1).text()).isEqualTo("answered 1 yes");
	}

	/** A pod with the endpoint. */
	private static final class McpPod {

		private final TestCluster.Pod pod;

		private final McpEndpoint endpoint;

		private final TestWeb.Running web;

		private final McpClient client;

		private boolean closed;

		McpPod(TestCluster.Pod pod) {
			this.pod = pod;
			this.endpoint = new McpEndpoint(pod.server().directCalls(), JacksonCodec.json(),
					new McpSettings("test", "1.0", null, 100_000, 100_000, 32, Duration.ofMinutes(5),
							Duration.ofMinutes(5), Duration.ofMillis(100), 2 * MANY, 2),
					new CallerPolicy(List.of(), List.of(), List.of()));
			this.web = TestWeb.present()
				.start(() -> new McpWebHandler(this.endpoint), () -> new McpServlet(this.endpoint, UpgradeContext.NONE),
						(http) -> http);
			this.client = new McpClient(this.web.port());
		}

		boolean knows(McpPod other) {
			return this.pod.server().mail().isAlive(other.pod.name())
					&& !this.pod.server().mail().isAlive("nobody of this name");
		}

		/** It says nothing any more, to pods and to clients. */
		synchronized void kill() {
			this.pod.kill();
			close();
		}

		synchronized void close() {
			if (!this.closed) {
				this.closed = true;
				try {
					this.web.stop().run();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
				this.endpoint.close();
			}
		}

	}

	/** Tools that ask, and what has become of their calls. */
	static final class Tools {

		private final Map<Integer, AtomicInteger> begun = new ConcurrentHashMap<>();

		private final Map<Integer, AtomicInteger> ended = new ConcurrentHashMap<>();

		private final Queue<String> events = new ConcurrentLinkedQueue<>();

		private final Sinks.Empty<Void> go = Sinks.empty();

		private Mono<String> begin(int id, AgentExchange exchange) {
			this.begun.computeIfAbsent(id, (key) -> new AtomicInteger()).incrementAndGet();
			return exchange.ask("Sure?", String.class);
		}

		@AgentTool("question")
		Mono<String> question(int id, AgentExchange exchange) {
			return begin(id, exchange).map((answer) -> {
				this.ended.computeIfAbsent(id, (key) -> new AtomicInteger()).incrementAndGet();
				return "answered " + id + " " + answer;
			});
		}

		@AgentTool("twice")
		Mono<String> twice(int id, AgentExchange exchange) {
			return begin(id, exchange)
				.flatMap((first) -> exchange.ask("Really?", String.class).map((second) -> first + " " + second));
		}

		@AgentTool("count")
		Flux<Integer> count(int id, AgentExchange exchange) {
			return begin(id, exchange).thenMany(Flux.range(1, id));
		}

		@AgentTool("paced")
		Mono<String> paced(int id, AgentExchange exchange) {
			return begin(id, exchange).then(Mono.defer(() -> {
				this.events.add("goes on");
				return this.go.asMono().then(Mono.fromCallable(() -> {
					this.events.add("went on");
					return "went on";
				}));
			}));
		}

		@AgentTool("forever")
		Mono<String> forever(int id, AgentExchange exchange) {
			return begin(id, exchange).then(Mono.<String>never()
				.doOnSubscribe((subscription) -> this.events.add("goes on"))
				.doOnCancel(() -> this.events.add("cancelled")));
		}

	}

}
