package io.agentsocket.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.Answer;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.TestCluster;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls that wait for the agent when their pod dies: for an approval that the pod asks
 * for, and for the answer to a question of an action that its function has announced for
 * the session. Section 9 of {@code docs/function-protocol.md}.
 */
abstract class TakenOverCallsContract {

	private static final String NEXT = "{\"ops\":[{\"define\":{\"name\":\"trip.book\",\"result\":\"value\",\"state\":\"write\","
			+ "\"keys\":[\"trip\"]%s}}]}";

	/** The questions that the agent got, each to be answered by the test. */
	private final List<Sinks.One<Boolean>> asked = new CopyOnWriteArrayList<>();

	private final Queue<Object> results = new ConcurrentLinkedQueue<>();

	private final CountDownLatch dead = new CountDownLatch(1);

	/** Requests that the function is not going to answer. */
	private final AtomicInteger hanging = new AtomicInteger();

	private Duration askTimeout = Duration.ofMinutes(5);

	private RelayCluster pods;

	/** The store and the link of the pods. */
	abstract TestCluster.Backing backing();

	@AfterEach
	void stop() throws IOException {
		this.dead.countDown();
		this.pods.close();
	}

	/** Starts two pods, and an agent at the first one. */
	private void start(Map<String, Object> hints) throws IOException {
		QuestionSender sender = new QuestionSender(TypeSchemas.NONE, this.askTimeout);
		TestCluster cluster = new TestCluster(backing(), Durability.STRICT, 2,
				(pod, builder) -> builder.questionSender(sender), () -> new Action[0]);
		this.pods = new RelayCluster(cluster, 2, this::answer, (function) -> List.of(
				new RelayedAction(ActionDescriptor.from(Map.of("name", "pay", "result", "value", "hints", hints)),
						StateAccess.NONE, Set.of(), null, function.url()),
				new RelayedAction(ActionDescriptor.from(Map.of("name", "open", "result", "value")), StateAccess.NONE,
						Set.of(), null, function.url())));
		this.pods.connect((builder) -> builder.onApproval((request) -> ask())
			.onQuestion((request) -> ask().map((yes) -> yes ? Answer.of("Friday") : Answer.declined())));
	}

	private Mono<Boolean> ask() {
		Sinks.One<Boolean> answer = Sinks.one();
		this.asked.add(answer);
		return answer.asMono();
	}

	private void answer(TestFunction.Call call) throws IOException, InterruptedException {
		Map<String, Object> request = call.json();
		if (this.hanging.getAndUpdate((left) -> Math.max(0, left - 1)) > 0) {
			this.dead.await();
		}
		else if (request.get("action").equals("trip.book") && request.get("answer") == null) {
			call.envelope("{\"ask\":{\"prompt\":\"Which day?\",\"continuation\":\"c1\"}}");
		}
		else if (request.get("answer") instanceof Map<?, ?> answer) {
			call.json("\"" + answer.get("outcome") + " " + answer.get("value") + "\"");
		}
		else {
			call.json("\"done\"");
		}
	}

	private void invoke(String action) {
		this.pods.client.invoke(action)
			.arguments(Map.of("to", "Paris"))
			.toMono(String.class)
			.subscribe(this.results::add, this.results::add);
	}

	private void invokeAndAwaitQuestion(String action) {
		invoke(action);
		awaitAsked(1);
	}

	private void kill() {
		TestCluster.Pod pod = this.pods.cluster.pod(0);
		this.pods.cluster.target(this.pods.cluster.pod(1));
		pod.kill();
	}

	/** The first pod leaves in order. */
	private void leave() {
		TestCluster.Pod leaving = this.pods.cluster.pod(0);
		this.pods.cluster.target(this.pods.cluster.pod(1));
		this.pods.drain(leaving);
	}

	private void withdraw() {
		assertThat(this.pods.push(0, this.pods.function.calls.get(0), "{\"ops\":[{\"withdraw\":\"trip.book\"}]}"))
			.isEqualTo(202);
		Await.until("the action is withdrawn", () -> !isOffered());
	}

	private void awaitAsked(int count) {
		Await.until("question " + count, () -> this.asked.size() == count);
	}

	private void decide(int index, boolean yes) {
		this.asked.get(index).tryEmitValue(yes);
	}

	private Object result() {
		Await.until("the result", () -> !this.results.isEmpty());
		assertThat(this.results).hasSize(1);
		return this.results.element();
	}

	private void assertFailed(ErrorCode code, boolean mayHaveRun) {
		assertThat(result()).isInstanceOfSatisfying(ActionException.class, (error) -> {
			assertThat(error.errorCode()).isEqualTo(code);
			assertThat(error.hasMaybeRun()).isEqualTo(mayHaveRun);
		});
	}

	/** The requests for an action that the function has got. */
	private List<Map<String, Object>> calls(String action) {
		List<Map<String, Object>> calls = new ArrayList<>();
		this.pods.function.calls.forEach((call) -> {
			if (action.equals(call.json().get("action"))) {
				calls.add(call.json());
			}
		});
		return calls;
	}

	private static Map<String, Object> approval(boolean idempotent) {
		return idempotent ? Map.of("approval", true, "idempotent", true) : Map.of("approval", true);
	}

	/** The function has got nothing so far, so any action goes on. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void approvalIsAskedForAgainByAnotherPod(boolean idempotent) throws IOException {
		start(approval(idempotent));
		invokeAndAwaitQuestion("pay");
		kill();
		awaitAsked(2);
		assertThat(calls("pay")).isEmpty();
		decide(1, true);
		assertThat(result()).isEqualTo("done");
		assertThat(calls("pay")).hasSize(1);
		assertThat(calls("pay").get(0)).containsEntry("attempt", 1).containsEntry("arguments", Map.of("to", "Paris"));
		Await.until(() -> this.pods.session(0).attribute("agentsocket.functions.questions", String.class).isEmpty());
	}

	@Test
	void approvalThatIsDeclinedInAnotherPodHasNotRun() throws IOException {
		start(approval(false));
		invokeAndAwaitQuestion("pay");
		kill();
		awaitAsked(2);
		decide(1, false);
		assertFailed(ErrorCode.PERMISSION_DENIED, false);
		assertThat(calls("pay")).isEmpty();
	}

	@Test
	void approvalThatIsNotGivenInTimeInAnotherPodHasNotRun() throws IOException {
		this.askTimeout = Duration.ofSeconds(2);
		start(approval(false));
		invokeAndAwaitQuestion("pay");
		kill();
		assertFailed(ErrorCode.ASK_TIMEOUT, false);
		assertThat(calls("pay")).isEmpty();
	}

	@Test
	void deadlineOfTheAgentEndsAnApprovalInAnyPod() throws IOException {
		start(approval(false));
		this.pods.client.invoke("pay")
			.timeout(Duration.ofSeconds(2))
			.toMono(String.class)
			.subscribe(this.results::add, this.results::add);
		// On a busy machine the deadline may be over by then.
		Await.until(() -> this.asked.size() == 1 || !this.results.isEmpty());
		kill();
		assertThat(result()).isInstanceOfSatisfying(ActionException.class,
				(error) -> assertThat(error.errorCode()).isIn(ErrorCode.DEADLINE_EXCEEDED, ErrorCode.LOST));
		this.asked.forEach((answer) -> answer.tryEmitValue(true));
		assertThat(calls("pay")).isEmpty();
	}

	/**
	 * The agent approves in the moment in which the pod dies. Either the pod has stored
	 * that, and nobody knows whether the function got the request, or it is asked again.
	 */
	@Test
	void approvalAtTheDeathOfThePodHasOneOutcome() throws IOException {
		start(approval(false));
		invokeAndAwaitQuestion("pay");
		decide(0, true);
		kill();
		Await.until("an outcome", () -> this.asked.size() == 2 || !this.results.isEmpty());
		if (this.results.isEmpty()) {
			assertThat(calls("pay")).isEmpty();
			decide(1, true);
			assertThat(result()).isEqualTo("done");
		}
		else if (!this.results.contains("done")) {
			assertFailed(ErrorCode.LOST, true);
		}
		assertThat(calls("pay")).hasSizeLessThan(2);
	}

	/** The agent answers what the dead pod has asked, after it was asked again. */
	@Test
	void answerToTheDeadPodCountsForNothing() throws IOException {
		start(approval(false));
		invokeAndAwaitQuestion("pay");
		kill();
		awaitAsked(2);
		decide(0, true);
		this.pods.client.invoke("open").toMono(String.class).block(RelayFixture.TIMEOUT);
		assertThat(calls("pay")).isEmpty();
		decide(1, true);
		assertThat(result()).isEqualTo("done");
		assertThat(calls("pay")).hasSize(1);
	}

	/** The agent approves once. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void approvalThatIsGivenIsNotAskedForAgain(boolean idempotent) throws IOException {
		start(approval(idempotent));
		this.hanging.set(1);
		invokeAndAwaitQuestion("pay");
		decide(0, true);
		Await.until(() -> calls("pay").size() == 1);
		kill();
		if (idempotent) {
			assertThat(result()).isEqualTo("done");
			assertThat(calls("pay")).hasSize(2);
			assertThat(calls("pay").get(1)).containsEntry("attempt", 2)
				.containsEntry("invocation", calls("pay").get(0).get("invocation"));
		}
		else {
			assertFailed(ErrorCode.LOST, true);
			assertThat(calls("pay")).hasSize(1);
		}
		assertThat(this.asked).hasSize(1);
	}

	/** The agent moves while it is asked, and both pods live. */
	@Test
	void approvalGoesOnWhereItWasAskedForWhenTheAgentMoves() throws IOException {
		start(approval(false));
		invokeAndAwaitQuestion("pay");
		this.pods.move(1);
		decide(0, true);
		assertThat(result()).isEqualTo("done");
		assertThat(this.asked).hasSize(1);
		assertThat(calls("pay")).hasSize(1);
	}

	/** A pod that leaves does not wait for people. */
	@Test
	void approvalIsAskedForAgainWhenItsPodHasLeft() throws IOException {
		start(approval(false));
		invokeAndAwaitQuestion("pay");
		leave();
		awaitAsked(2);
		decide(1, true);
		assertThat(result()).isEqualTo("done");
		assertThat(calls("pay")).hasSize(1);
	}

	/** The agent has not declined what it was not asked to the end. */
	@Test
	void approvalOfTheFunctionIsAskedForAgainWhenItsPodHasLeft() throws IOException {
		start(Map.of());
		this.pods.function.behaviour = (call) -> {
			if (call.json().get("answer") == null) {
				call.envelope("{\"approve\":{\"prompt\":\"Sure?\",\"continuation\":\"c1\"}}");
			}
			else {
				answer(call);
			}
		};
		invokeAndAwaitQuestion("pay");
		leave();
		awaitAsked(2);
		assertThat(calls("pay")).hasSize(1);
		decide(1, true);
		assertThat(result()).isEqualTo("approve null");
		assertThat(calls("pay")).hasSize(2);
	}

	private void announce(int pod, String more) throws IOException {
		start(Map.of());
		this.pods.client.invoke("open").toMono(String.class).block(RelayFixture.TIMEOUT);
		assertThat(this.pods.push(pod, this.pods.function.calls.get(0), NEXT.formatted(more))).isEqualTo(202);
		Await.until("the action", () -> isOffered());
	}

	private boolean isOffered() {
		return this.pods.client.actions()
			.block(RelayFixture.TIMEOUT)
			.stream()
			.anyMatch((action) -> action.name().equals("trip.book"));
	}

	/** The pod of the session, and another one that was asked to announce the action. */
	@ParameterizedTest
	@CsvSource({ "0, 0", "1, 1" })
	void questionOfAnAnnouncedActionIsPutAgainByAnotherPod(int announcing, int dying) throws IOException {
		announce(announcing, "");
		invokeAndAwaitQuestion("trip.book");
		this.pods.cluster.target(this.pods.cluster.pod(1 - dying));
		this.pods.kill(this.pods.cluster.pod(dying));
		awaitAsked(2);
		decide(1, true);
		assertThat(result()).isEqualTo("answer Friday");
		assertThat(calls("trip.book")).hasSize(2);
		assertThat(calls("trip.book").get(1)).containsEntry("attempt", 2)
			.containsEntry("arguments", Map.of("to", "Paris"))
			.containsEntry("invocation", calls("trip.book").get(0).get("invocation"))
			.containsEntry("state", Map.of("version", 0, "values", Map.of()));
		// The action is one of this pod now.
		assertThat(isOffered()).isTrue();
		withdraw();
	}

	/** The session has moved away from the pod that offers the action. */
	@Test
	void questionOfAnActionOfThePodBeforeIsPutAgain() throws IOException {
		announce(0, "");
		this.pods.move(1);
		Await.until("the agent has moved", () -> this.pods.session(1).isConnected());
		invokeAndAwaitQuestion("trip.book");
		this.pods.kill(this.pods.cluster.pod(0));
		awaitAsked(2);
		decide(1, true);
		assertThat(result()).isEqualTo("answer Friday");
		assertThat(calls("trip.book")).hasSize(2);
	}

	@Test
	void approvalOfAnAnnouncedActionIsAskedForAgainByAnotherPod() throws IOException {
		announce(0, ",\"hints\":{\"approval\":true}");
		invokeAndAwaitQuestion("trip.book");
		kill();
		awaitAsked(2);
		assertThat(calls("trip.book")).isEmpty();
		decide(1, true);
		awaitAsked(3);
		decide(2, true);
		assertThat(result()).isEqualTo("answer Friday");
		assertThat(calls("trip.book")).hasSize(2);
	}

	@Test
	void questionOfAnAnnouncedActionIsPutAgainWhenItsPodHasLeft() throws IOException {
		announce(0, "");
		invokeAndAwaitQuestion("trip.book");
		leave();
		awaitAsked(2);
		decide(1, true);
		assertThat(result()).isEqualTo("answer Friday");
		assertThat(calls("trip.book")).hasSize(2);
		assertThat(isOffered()).isTrue();
	}

	/** No other pod goes on with an action that its function has withdrawn. */
	@Test
	void questionOfAnActionThatIsWithdrawnIsLostWithItsPod() throws IOException {
		announce(0, "");
		invokeAndAwaitQuestion("trip.book");
		withdraw();
		kill();
		assertFailed(ErrorCode.LOST, true);
		assertThat(calls("trip.book")).hasSize(1);
		assertThat(this.asked).hasSize(1);
	}

	/** In a pod that lives the invocation goes on. */
	@Test
	void questionOfAnActionThatIsWithdrawnGoesOnInItsPod() throws IOException {
		announce(0, "");
		invokeAndAwaitQuestion("trip.book");
		withdraw();
		decide(0, true);
		assertThat(result()).isEqualTo("answer Friday");
	}

}
