package io.agentsocket.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.agentsocket.Await;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.Answer;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.server.TestCluster;
import io.agentsocket.session.Durability;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents invoke functions while a random schedule kills pods and functions in the middle
 * of streams and cuts connections. Each agent gets the rest or one explicit error, what
 * must not run twice does not, and a patch of the state is applied as a whole or not at
 * all. The seed is printed; {@code -Dagentsocket.test.seed} sets it, and
 * {@code -Dagentsocket.test.strokes} makes the schedule longer.
 */
class RelayChaosTests {

	private static final Log logger = LogFactory.getLog(RelayChaosTests.class);

	private static final int AGENTS = 6;

	private static final int PODS = 3;

	private static final int STROKES = Integer.getInteger("agentsocket.test.strokes", 25);

	private static final int ITEMS = 40;

	/**
	 * Tries of a push, 20 ms apart: a push whose pod has died is under way for 30 s.
	 */
	private static final int PATIENCE = 1700;

	/**
	 * Deadline of an invocation whose push may never come: longer than the key of a push
	 * is taken by a pod that has died.
	 */
	private static final Duration LATE = Duration.ofSeconds(20);

	/** Items of an invocation that is answered by pushes. */
	private static final int PUSHED = 5;

	/** Errors that tell an agent of a pod or a function that has died. */
	private static final Set<Integer> EXPLICIT = Set.of(ErrorCode.LOST.code(), ErrorCode.UNAVAILABLE.code(),
			ErrorCode.ABORTED.code());

	/** How often a function has run, by the id of the call. */
	private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

	private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

	private final Map<Integer, AtomicInteger> outcomes = new ConcurrentHashMap<>();

	private final AtomicBoolean over = new AtomicBoolean();

	private RelayCluster pods;

	@Test
	void agentGetsTheRestOrOneErrorAndNothingRunsTwice() throws IOException {
		long seed = Long.getLong("agentsocket.test.seed", System.nanoTime());
		logger.info("Seed of the schedule: " + seed);
		Random random = new Random(seed);
		this.pods = new RelayCluster(Durability.STRICT, PODS, this::answer, RelayChaosTests::actions);
		List<Agent> agents = new ArrayList<>();
		try {
			this.pods.cluster.spread();
			List<Mono<Void>> work = new ArrayList<>();
			for (int i = 0; i < AGENTS; i++) {
				Agent agent = new Agent("agent" + i, new Random(random.nextLong()));
				agents.add(agent);
				work.add(agent.work());
			}
			Mono<Void> all = Mono.when(work).cache();
			all.subscribe();
			for (int i = 0; i < STROKES; i++) {
				Await.pass(Duration.ofMillis(30 + random.nextInt(250)), "the operations come at random times");
				stroke(random);
			}
			this.over.set(true);
			try {
				all.block(Await.LONG.plusSeconds(20));
			}
			catch (IllegalStateException ex) {
				agents.forEach((agent) -> this.wrong.add(agent.name + " waits for " + agent.current));
				assertThat(this.wrong).as("seed " + seed).isEmpty();
			}
			agents.forEach(Agent::checkState);
			this.pods.relays()
				.forEach((relays) -> Await.until("no lane of writers stays", () -> relays.writers() == 0));
			this.pods.relays()
				.forEach((relays) -> Await.until("no invocation stays open", () -> relays.pushable() == 0));
		}
		finally {
			this.over.set(true);
			agents.forEach((agent) -> agent.client.close().block(Await.LONG));
			this.pods.close();
		}
		logger.info("Calls by outcome, 0 is none but the result: " + new TreeMap<>(this.outcomes));
		assertThat(this.wrong).as("seed " + seed).isEmpty();
		assertThat(this.outcomes.get(0).get()).as("seed " + seed).isPositive();
	}

	private void stroke(Random random) {
		switch (random.nextInt(4)) {
			case 0 -> this.pods.cluster.cutSome(random);
			case 1 -> this.pods.cluster.cut();
			case 2 -> this.pods.function.cutSome(random);
			default -> {
				TestCluster.Pod pod = this.pods.cluster.pod(random.nextInt(this.pods.cluster.size()));
				this.pods.add(actions(this.pods.function));
				this.pods.kill(pod);
			}
		}
	}

	private static List<RelayedAction> actions(TestFunction function) {
		return List.of(action(function, "once", "items", false, StateAccess.NONE),
				action(function, "again", "items", true, StateAccess.NONE),
				action(function, "add", "value", false, StateAccess.WRITE),
				action(function, "ask", "value", false, StateAccess.NONE),
				action(function, "push", "items", false, StateAccess.NONE));
	}

	private static RelayedAction action(TestFunction function, String name, String result, boolean idempotent,
			StateAccess state) {
		return new RelayedAction(
				ActionDescriptor
					.from(Map.of("name", name, "result", result, "hints", Map.of("idempotent", idempotent))),
				state, (state != StateAccess.NONE) ? Set.of("a", "b") : Set.of(), null, function.url());
	}

	private void answer(TestFunction.Call call) throws IOException {
		ThreadLocalRandom fate = ThreadLocalRandom.current();
		if (!"invoke".equals(call.json().get("type"))) {
			call.answer(204, null, new byte[0]);
			return;
		}
		if (fate.nextInt(40) == 0) {
			call.answer(503, null, new byte[0], "Retry-After: 0");
			return;
		}
		String action = String.valueOf(call.json().get("action"));
		String id = String.valueOf(((Map<?, ?>) call.json().get("arguments")).get("id"));
		boolean answered = call.json().containsKey("answer");
		int run = this.runs.computeIfAbsent(answered ? id + " answered" : id, (key) -> new AtomicInteger())
			.incrementAndGet();
		if (run > 1 && !action.equals("again")) {
			this.wrong.add(action + " " + id + " ran twice" + (answered ? " with its answer" : ""));
		}
		if (fate.nextInt(40) == 0) {
			call.reset();
			return;
		}
		switch (action) {
			case "add" -> add(call, fate);
			case "ask" -> call.envelope(answered ? "{\"result\":\"" + id + "\"}"
					: "{\"ask\":{\"prompt\":\"Go on?\",\"continuation\":\"" + id + "\"}}");
			case "push" -> {
				call.answer(202, null, new byte[0]);
				new Thread(() -> push(call), "function-push").start();
			}
			default -> items(call, fate);
		}
	}

	private void items(TestFunction.Call call, ThreadLocalRandom fate) throws IOException {
		int death = (fate.nextInt(8) == 0) ? fate.nextInt(ITEMS) : ITEMS;
		call.stream(Answers.FRAMES);
		for (int i = 0; i < ITEMS; i++) {
			if (i == death) {
				call.reset();
				return;
			}
			byte[] digits = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
			ByteArrayOutputStream frame = new ByteArrayOutputStream();
			frame.writeBytes(new byte[] { 0x4a, 1, (byte) digits.length });
			frame.writeBytes(digits);
			call.chunk(frame.toByteArray());
			LockSupport.parkNanos(fate.nextInt(3_000_000));
		}
		call.chunk(new byte[] { 0x4b, 1, 0 });
		call.end();
	}

	/** Two values that change together. */
	private void add(TestFunction.Call call, ThreadLocalRandom fate) throws IOException {
		Map<?, ?> state = (Map<?, ?>) call.json().get("state");
		Map<?, ?> values = (Map<?, ?>) state.get("values");
		int a = (values.get("a") instanceof Number number) ? number.intValue() : 0;
		int b = (values.get("b") instanceof Number number) ? number.intValue() : 0;
		if (a != b) {
			this.wrong.add("half of a patch was applied: " + values);
		}
		LockSupport.parkNanos(fate.nextInt(5_000_000));
		byte[] body = ("{\"result\":%d,\"state\":{\"version\":%s,\"set\":{\"a\":%d,\"b\":%d}}}".formatted(a + 1,
				state.get("version"), a + 1, a + 1))
			.getBytes(StandardCharsets.UTF_8);
		if (fate.nextInt(10) == 0) {
			call.raw("HTTP/1.1 200 OK\r\nContent-Type: " + Answers.ENVELOPE + "\r\nContent-Length: " + body.length
					+ "\r\n\r\n");
			call.raw(Arrays.copyOf(body, body.length / 2));
			call.reset();
			return;
		}
		call.answer(200, Answers.ENVELOPE, body);
	}

	private void push(TestFunction.Call call) {
		for (int i = 0; i < PUSHED; i++) {
			String more = (i == PUSHED - 1) ? ",{\"end\":true}" : "";
			if (!pushed(call, "{\"ops\":[{\"item\":" + i + "}" + more + "]}")) {
				return;
			}
		}
	}

	/** Whether a pod has taken it; the function tries until one says yes or no. */
	private boolean pushed(TestFunction.Call call, String json) {
		String key = UUID.randomUUID().toString();
		for (int i = 0; i < PATIENCE; i++) {
			int status = this.pods.pushAnywhere(call, json, key);
			if (status == 202) {
				return true;
			}
			if (status != 429 && status != 503 && status != 0) {
				return false;
			}
			LockSupport.parkNanos(20_000_000);
		}
		return false;
	}

	/** An agent and what it has seen. */
	private final class Agent {

		private final String name;

		private final Random random;

		private final AgentSocketClient client;

		private final String session;

		private int calls;

		private volatile String current = "nothing";

		/** Additions that have succeeded, and those of which nobody knows. */
		private int added;

		private int unknown;

		private int last;

		Agent(String name, Random random) {
			this.name = name;
			this.random = random;
			this.client = RelayChaosTests.this.pods
				.client((builder) -> builder.onQuestion((question) -> Mono.just(Answer.of("yes"))));
			this.client.connect().block(Await.LONG);
			this.session = this.client.sessionId();
		}

		Mono<Void> work() {
			return Mono.defer(this::call).repeat(() -> !RelayChaosTests.this.over.get()).then();
		}

		private Mono<Void> call() {
			String id = this.name + "-" + ++this.calls;
			return switch (this.random.nextInt(5)) {
				case 0 -> items("once", id, ITEMS);
				case 1 -> items("again", id, ITEMS);
				case 2 -> items("push", id, PUSHED);
				case 3 -> add(id);
				default -> ended("ask", id, invoke("ask", id, String.class).doOnNext((told) -> {
					if (!told.equals(id)) {
						wrong("ask " + id + " was answered with " + told);
					}
				}));
			};
		}

		private <T> Flux<T> invoke(String action, String id, Class<T> type) {
			return this.client.invoke(action)
				.arguments(Map.of("id", id))
				.timeout(action.equals("push") ? LATE : Duration.ofSeconds(55))
				.toFlux(type);
		}

		private Mono<Void> items(String action, String id, int count) {
			AtomicInteger next = new AtomicInteger();
			return ended(action, id, invoke(action, id, Integer.class).doOnNext((item) -> {
				if (item != next.getAndIncrement()) {
					wrong(action + " " + id + " got " + item + " in place of " + (next.get() - 1));
				}
			}).doOnComplete(() -> {
				if (next.get() != count) {
					wrong(action + " " + id + " has ended after " + next.get() + " items");
				}
			}));
		}

		private Mono<Void> add(String id) {
			return ended("add", id, invoke("add", id, Integer.class).doOnNext((value) -> {
				if (value <= this.last) {
					wrong("add " + id + " gave " + value + " after " + this.last);
				}
				this.last = value;
				this.added++;
			})
				.doOnError((error) -> this.unknown += (error instanceof ActionException known && known.hasMaybeRun())
						? 1 : 0));
		}

		/** Each call ends with its result or with one error that says what is known. */
		private Mono<Void> ended(String action, String id, Flux<?> call) {
			this.current = action + " " + id;
			return call.then().doOnSuccess((done) -> count(0)).onErrorResume((error) -> {
				int code = (error instanceof ActionException known) ? known.code() : -1;
				count(code);
				// An invocation that waits for a push ends by its deadline at the latest.
				boolean late = action.equals("push") && code == ErrorCode.DEADLINE_EXCEEDED.code();
				if (!late && !EXPLICIT.contains(code)) {
					wrong(action + " " + id + " failed with " + error);
				}
				else if (!((ActionException) error).hasMaybeRun() && RelayChaosTests.this.runs.containsKey(id)) {
					wrong(action + " " + id + " has run, and the agent is told that it has not: " + error);
				}
				return Mono.empty();
			});
		}

		private void count(int code) {
			RelayChaosTests.this.outcomes.computeIfAbsent(code, (key) -> new AtomicInteger()).incrementAndGet();
		}

		private void wrong(String what) {
			RelayChaosTests.this.wrong.add(what);
		}

		void checkState() {
			if (!this.client.sessionId().equals(this.session)) {
				wrong(this.name + " has lost its session");
				return;
			}
			Map<String, Object> values = StateDocument
				.read(RelayChaosTests.this.pods.session(0, this.session)
					.attribute(StateDocument.ATTRIBUTE, String.class)
					.orElse(null), TestFunction.JSON)
				.values();
			int a = (values.get("a") instanceof Number number) ? number.intValue() : 0;
			int b = (values.get("b") instanceof Number number) ? number.intValue() : 0;
			if (a != b || a < this.added || a > this.added + this.unknown) {
				wrong(this.name + " has seen " + this.added + " additions and " + this.unknown
						+ " that may have been, and the state is " + values);
			}
		}

	}

}
