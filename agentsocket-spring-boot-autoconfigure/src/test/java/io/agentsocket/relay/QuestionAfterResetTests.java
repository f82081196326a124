package io.agentsocket.relay;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.Answer;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.answer.AnswerPart;
import io.agentsocket.server.TestCluster;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A session that is reset keeps its values, and counts its invocations anew: a question
 * from before the reset is never put for an invocation behind it, in whichever pod that
 * goes on. Section 9 of {@code docs/function-protocol.md}.
 */
class QuestionAfterResetTests {

	private static final String QUESTIONS = "agentsocket.functions.questions";

	/** Invocations with a question before the reset. */
	private static final int BEFORE = 3;

	/** The questions that the agent has got. */
	private final Queue<String> asked = new ConcurrentLinkedQueue<>();

	private final Queue<Object> results = new ConcurrentLinkedQueue<>();

	private final Sinks.One<Answer<?>> answer = Sinks.one();

	private final CountDownLatch dead = new CountDownLatch(1);

	private final AtomicInteger books = new AtomicInteger();

	/** Whether the function hangs before it asks behind the reset. */
	private volatile boolean hanging;

	private RelayCluster pods;

	/** Three pods, of which the first one may lose what it has said. */
	@BeforeEach
	void start() throws IOException {
		TestCluster cluster = new TestCluster(Durability.STRICT, 3, (pod, builder) -> {
			if (pod.equals("pod1")) {
				builder.settings((settings) -> settings.durability(Durability.RELAXED));
			}
		}, () -> new Action[0]);
		this.pods = new RelayCluster(cluster, 3, this::answer,
				(function) -> List.of(
						new RelayedAction(ActionDescriptor.from(Map.of("name", "book", "result", "value")),
								StateAccess.NONE, Set.of(), null, function.url()),
						new RelayedAction(
								ActionDescriptor
									.from(Map.of("name", "open", "result", "value", "hints", Map.of("readOnly", true))),
								StateAccess.NONE, Set.of(), null, function.url())));
		this.pods.connect((builder) -> builder.onQuestion((question) -> {
			this.asked.add(question.prompt());
			return this.answer.asMono();
		}));
	}

	@AfterEach
	void stop() throws IOException {
		this.dead.countDown();
		this.pods.close();
	}

	private void answer(TestFunction.Call call) throws IOException, InterruptedException {
		if (call.json().get("action").equals("open")) {
			call.json("\"open\"");
		}
		else if (call.json().get("answer") instanceof Map<?, ?> given) {
			call.json("\"" + call.json().get("continuation") + " " + given.get("value") + "\"");
		}
		else {
			int book = this.books.incrementAndGet();
			if (book > BEFORE && this.hanging) {
				this.dead.await();
			}
			call.envelope("{\"ask\":{\"prompt\":\"Day " + book + "?\",\"continuation\":\"c" + book + "\"}}");
		}
	}

	private void book() {
		this.pods.client.invoke("book").toMono(String.class).subscribe(this.results::add, this.results::add);
	}

	private void kill() {
		this.pods.cluster.target(this.pods.cluster.pod(1));
		this.pods.kill(this.pods.cluster.pod(0));
	}

	private void assertFailed(ErrorCode code) {
		Await.until("the result", () -> !this.results.isEmpty());
		assertThat(this.results.remove()).isInstanceOfSatisfying(ActionException.class,
				(error) -> assertThat(error.errorCode()).isEqualTo(code));
	}

	/**
	 * The session is reset, while it has questions of the first invocations. Invocations
	 * behind the reset get the same numbers, wherever the agent begins to count.
	 */
	private void reset() {
		for (int i = 1; i <= BEFORE; i++) {
			int count = i;
			book();
			Await.until("question " + count, () -> this.asked.size() == count);
		}
		this.pods.cluster.pod(0).hold();
		Mono<String> unknown = this.pods.client.invoke("open").toMono(String.class);
		assertThat(unknown.block(RelayFixture.TIMEOUT)).isEqualTo("open");
		String kept = this.pods.session(0).attribute(QUESTIONS, String.class).orElseThrow();
		kill();
		for (int i = 0; i < BEFORE; i++) {
			assertFailed(ErrorCode.SESSION_RESET);
		}
		// The next pod may find out that the first one is gone before it resets the
		// session: then it goes on with the invocations, and removes the questions.
		this.pods.session(0).updateAttribute(QUESTIONS, String.class, (left) -> kept).block(RelayFixture.TIMEOUT);
		assertThat(questions()).hasSize(BEFORE);
		this.asked.clear();
	}

	/** The continuations of the questions that the session keeps, by their numbers. */
	private Map<String, Object> questions() {
		Map<String, Object> all = this.pods.session(0)
			.attribute(QUESTIONS, String.class)
			.map((text) -> TestFunction.JSON.decodeMap(Bytes.utf8(text)))
			.orElse(Map.of());
		Map<String, Object> continuations = new TreeMap<>();
		all.forEach((number, question) -> {
			AnswerPart.Ask ask = OpenQuestions.Saved.of(question).ask();
			continuations.put(number, (ask != null) ? ask.continuation() : "");
		});
		return continuations;
	}

	@Test
	void podThatTakesOverPutsTheQuestionBehindTheReset() {
		reset();
		book();
		Await.until("the question", () -> this.asked.size() == 1);
		assertThat(questions()).hasSize(BEFORE).containsValue("c4");
		kill();
		Await.until("the question again", () -> this.asked.size() == 2);
		assertThat(this.asked).containsExactly("Day 4?", "Day 4?");
		this.answer.tryEmitValue(Answer.of("Friday"));
		Await.until("the result", () -> !this.results.isEmpty());
		assertThat(this.results).containsExactly("c4 Friday");
	}

	/** The pod dies before the function has asked. */
	@Test
	void podThatTakesOverDoesNotPutTheQuestionBeforeTheReset() {
		this.hanging = true;
		reset();
		book();
		Await.until("the request", () -> this.books.get() > BEFORE);
		assertThat(questions()).hasSize(BEFORE - 1);
		kill();
		assertFailed(ErrorCode.LOST);
		assertThat(this.asked).isEmpty();
	}

}
