package io.agentsocket.relay;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.Answer;
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

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Questions of functions whose pod dies before the function has used the answer. Section
 * 9 of {@code docs/function-protocol.md}.
 */
class TakenOverQuestionTests {

	/** Questions that the agent got. */
	private final AtomicInteger asked = new AtomicInteger();

	private final Queue<Object> results = new ConcurrentLinkedQueue<>();

	private final CountDownLatch dead = new CountDownLatch(1);

	private RelayCluster pods;

	@AfterEach
	void stop() throws IOException {
		this.dead.countDown();
		this.pods.close();
	}

	/**
	 * Starts pods and an agent.
	 * @param question the member of the envelope of the function
	 * @param silent how many questions the agent does not answer
	 * @param hanging how many requests with an answer the function does not answer
	 * @param idempotent whether the action is idempotent
	 */
	private void start(String question, int silent, int hanging, boolean idempotent) throws IOException {
		AtomicInteger answers = new AtomicInteger();
		this.pods = new RelayCluster(Durability.STRICT, 2, (call) -> {
			Map<?, ?> answer = (Map<?, ?>) call.json().get("answer");
			if (answer == null) {
				call.envelope("{" + question + ",\"state\":{\"version\":0,\"set\":{\"asked\":1}}}");
				return;
			}
			if (answers.incrementAndGet() <= hanging) {
				this.dead.await();
				return;
			}
			call.json("\"" + call.json().get("continuation") + " " + answer.get("outcome") + " " + answer.get("value")
					+ "\"");
		}, (function) -> List.of(new RelayedAction(
				ActionDescriptor.from(Map.of("name", "book", "result", "value", "hints",
						idempotent ? Map.of("idempotent", true) : Map.of())),
				StateAccess.WRITE, Set.of("asked"), null, function.url())));
		this.pods.connect((builder) -> builder.onQuestion((request) -> {
			int count = this.asked.incrementAndGet();
			return (count <= silent) ? Mono.never() : Mono.just(Answer.of("day " + count));
		}).onApproval((request) -> {
			int count = this.asked.incrementAndGet();
			return (count <= silent) ? Mono.never() : Mono.just(true);
		}));
		this.pods.client.invoke("book")
			.arguments(Map.of("to", "Paris"))
			.toMono(String.class)
			.subscribe(this.results::add, this.results::add);
	}

	private void kill() {
		TestCluster.Pod pod = this.pods.cluster.pod(0);
		this.pods.cluster.target(this.pods.cluster.pod(1));
		pod.kill();
	}

	private static String ask(String more) {
		return "\"ask\":{\"prompt\":\"Which day?\",\"continuation\":\"c1\"" + more + "}";
	}

	private Map<String, Object> call(int index) {
		return this.pods.function.calls.get(index).json();
	}

	/** The function does not run while its question waits, so any action goes on. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void questionIsPutAgainByAnotherPod(boolean idempotent) throws IOException {
		start(ask(""), 1, 0, idempotent);
		Await.until(() -> this.asked.get() == 1);
		kill();
		Await.until(() -> !this.results.isEmpty());
		assertThat(this.results).containsExactly("c1 answer day 2");
		assertThat(this.pods.function.calls).hasSize(2);
		assertThat(call(1)).containsEntry("invocation", call(0).get("invocation"))
			.containsEntry("arguments", Map.of("to", "Paris"))
			.containsEntry("attempt", 2);
		assertThat(((Map<?, ?>) call(1).get("state")).get("version")).isEqualTo(1);
	}

	@Test
	void approvalIsPutAgainByAnotherPod() throws IOException {
		start("\"approve\":{\"prompt\":\"Sure?\",\"continuation\":\"c1\"}", 1, 0, false);
		Await.until(() -> this.asked.get() == 1);
		kill();
		Await.until(() -> !this.results.isEmpty());
		assertThat(this.results).containsExactly("c1 approve null");
		assertThat(this.pods.function.calls).hasSize(2);
	}

	/**
	 * The answer is sent again only where that does no harm, or where that is allowed.
	 */
	@ParameterizedTest
	@CsvSource({ "true, false", "false, true" })
	void answerIsSentAgainByAnotherPodWhereThatIsAllowed(boolean idempotent, boolean repeatable) throws IOException {
		start(ask(repeatable ? ",\"repeatable\":true" : ""), 0, 1, idempotent);
		Await.until(() -> this.pods.function.calls.size() == 2);
		kill();
		Await.until(() -> !this.results.isEmpty());
		assertThat(this.results).containsExactly("c1 answer day 1");
		assertThat(this.asked).hasValue(1);
		assertThat(this.pods.function.calls).hasSize(3);
		assertThat(call(2)).containsEntry("invocation", call(0).get("invocation"))
			.containsEntry("answer", call(1).get("answer"))
			.containsEntry("attempt", 3);
	}

	@Test
	void answerThatTheFunctionMayHaveUsedIsNotSentAgain() throws IOException {
		start(ask(""), 0, 1, false);
		Await.until(() -> this.pods.function.calls.size() == 2);
		kill();
		Await.until(() -> !this.results.isEmpty());
		ActionException error = (ActionException) this.results.peek();
		assertThat(error.errorCode()).isEqualTo(ErrorCode.LOST);
		assertThat(error.hasMaybeRun()).isTrue();
		assertThat(this.asked).hasValue(1);
		assertThat(this.pods.function.calls).hasSize(2);
	}

	@Test
	void requestWithoutAQuestionIsNotSentAgain() throws IOException {
		start(ask(""), 0, 0, false);
		Await.until(() -> !this.results.isEmpty());
		this.results.clear();
		this.pods.function.behaviour = (call) -> this.dead.await();
		this.pods.client.invoke("book").toMono(String.class).subscribe(this.results::add, this.results::add);
		Await.until(() -> this.pods.function.calls.size() == 3);
		kill();
		Await.until(() -> !this.results.isEmpty());
		assertThat(((ActionException) this.results.peek()).errorCode()).isEqualTo(ErrorCode.LOST);
		assertThat(this.pods.function.calls).hasSize(3);
	}

	/** Nothing of a question stays when its invocation is over. */
	@Test
	void questionIsForgottenWithItsInvocation() throws IOException {
		start(ask(""), 0, 0, false);
		Await.until(() -> !this.results.isEmpty());
		assertThat(this.results).containsExactly("c1 answer day 1");
		Await.until(() -> this.pods.session(0).attribute("agentsocket.functions.questions", String.class).isEmpty());
	}

}
