package io.agentsocket.springai;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.AgentExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tools of one reply of a model run side by side.
 */
class ParallelToolCallsTests {

	private final Meeting meeting = new Meeting();

	private final AtomicInteger runs = new AtomicInteger();

	private final AtomicInteger present = new AtomicInteger();

	private final AtomicInteger most = new AtomicInteger();

	private final CountDownLatch interrupted = new CountDownLatch(2);

	private final CountDownLatch hanging = new CountDownLatch(2);

	private final ServedActions served = new ServedActions(Action.named("meet").handler(this.meeting),
			Action.named("echo").handler((exchange) -> {
				this.runs.incrementAndGet();
				this.most.accumulateAndGet(this.present.incrementAndGet(), Math::max);
				Object n = exchange.<Map<String, Object>>arguments(Map.class).get("n");
				return Mono.delay(Duration.ofMillis(5)).map((tick) -> {
					this.present.decrementAndGet();
					return "n" + n;
				});
			}), Action.named("fails").handler((exchange) -> Mono.error(new IllegalStateException("secret"))),
			Action.named("hang")
				.handler((exchange) -> Mono.never()
					.doOnSubscribe((subscription) -> this.hanging.countDown())
					.doOnCancel(this.interrupted::countDown)));

	private final AgentSocketTools tools = this.served.tools();

	@AfterEach
	void close() {
		this.tools.close();
		this.served.close();
	}

	private ChatClient.ChatClientRequestSpec prompt(ScriptedModel model, ParallelToolCalls manager,
			ToolCallback... local) {
		return ChatClient.builder(model)
			.defaultAdvisors(ToolCallingAdvisor.builder().toolCallingManager(manager).build())
			.build()
			.prompt("go")
			.tools(this.tools.provider())
			.tools((Object[]) local);
	}

	private List<String> results(ScriptedModel model, ParallelToolCalls manager, ToolCallback... local) {
		assertThat(prompt(model, manager, local).call().content()).isEqualTo("fine");
		return model.results();
	}

	private static List<ToolCall> numbered(int count, String tool) {
		return IntStream.rangeClosed(1, count)
			.mapToObj((i) -> ScriptedModel.call(i, tool, "{\"n\":" + i + "}"))
			.toList();
	}

	@Test
	void runsRemoteToolsOfOneReplySideBySide() {
		// Each of them waits for all the others.
		this.meeting.expected = 10;
		ScriptedModel model = ScriptedModel.calling(10, "meet", "{}");
		assertThat(results(model, ParallelToolCalls.create())).hasSize(10).containsOnly("met");
	}

	@Test
	void runsALocalToolInItsTurnWhileTheRemoteOnesRun() {
		this.meeting.expected = 3;
		Thread caller = Thread.currentThread();
		List<Thread> threads = new CopyOnWriteArrayList<>();
		ToolCallback local = new Local("local", () -> {
			threads.add(Thread.currentThread());
			this.meeting.join();
			return "here";
		});
		ScriptedModel model = new ScriptedModel(List.of(List.of(ScriptedModel.call(1, "local", "{}"),
				ScriptedModel.call(2, "meet", "{}"), ScriptedModel.call(3, "meet", "{}"))));
		assertThat(results(model, ParallelToolCalls.create(), local)).containsExactly("here", "met", "met");
		assertThat(threads).containsExactly(caller);
	}

	@Test
	void answersInTheOrderOfTheCalls() {
		ScriptedModel model = new ScriptedModel(List.of(numbered(30, "echo")));
		assertThat(results(model, ParallelToolCalls.builder().concurrency(4).build()))
			.containsExactlyElementsOf(IntStream.rangeClosed(1, 30).mapToObj((i) -> "n" + i).toList());
		assertThat(this.most.get()).isLessThanOrEqualTo(4);
	}

	@Test
	void runsNoMoreThanTheLimitWhenAModelCallsTwoHundredAtOnce() {
		ScriptedModel model = new ScriptedModel(List.of(numbered(200, "echo")));
		List<String> results = results(model, ParallelToolCalls.create());
		assertThat(results).hasSize(200);
		assertThat(results.subList(0, 40)).allMatch((result) -> result.startsWith("n"));
		assertThat(results.subList(40, 200)).allMatch((result) -> result.startsWith("Tool call limit (40) exceeded"));
		assertThat(this.runs).hasValue(40);
	}

	@Test
	void countsWhatTheTurnHasCalledBefore() {
		ScriptedModel model = new ScriptedModel(List.of(numbered(3, "echo"), numbered(3, "echo")));
		ParallelToolCalls manager = ParallelToolCalls.builder().maxCalls(5).build();
		assertThat(results(model, manager)).hasSize(6).last().asString().startsWith("Total tool call limit (5)");
		assertThat(this.runs).hasValue(5);
	}

	@Test
	void tellsAModelThatInventsNames() {
		ScriptedModel model = new ScriptedModel(
				List.of(List.of(ScriptedModel.call(1, "delete_everything", "{}"), ScriptedModel.call(2, "", "{}"),
						ScriptedModel.call(3, "x".repeat(10_000), "{}"), ScriptedModel.call(4, "echo", "{\"n\":4}"))));
		List<String> results = results(model, ParallelToolCalls.create());
		assertThat(results).hasSize(4).last().isEqualTo("n4");
		assertThat(results.get(0))
			.isEqualTo("There is no tool with the name 'delete_everything'. Tools: echo, fails, hang, meet.");
		assertThat(results.get(1)).contains("''");
		assertThat(results.get(2)).hasSizeLessThan(250);
	}

	@Test
	void resolvesToolsThatThePromptDoesNotHave() {
		ToolCallback hidden = new Local("hidden", () -> "found");
		ParallelToolCalls manager = ParallelToolCalls.builder()
			.resolver((name) -> name.equals("hidden") ? hidden : null)
			.build();
		assertThat(results(ScriptedModel.calling("hidden", "{}"), manager)).containsExactly("found");
	}

	@Test
	void tellsTheModelOfBrokenArgumentsAndFailuresOfSome() {
		ScriptedModel model = new ScriptedModel(List.of(List.of(ScriptedModel.call(1, "echo", "{\"n\":"),
				ScriptedModel.call(2, "fails", "{}"), ScriptedModel.call(3, "echo", "{\"n\":3}"))));
		List<String> results = results(model, ParallelToolCalls.create());
		assertThat(results).hasSize(3).last().isEqualTo("n3");
		assertThat(results.get(0)).contains("broken JSON");
		assertThat(results.get(1)).contains("internal").doesNotContain("secret");
	}

	@Test
	void interruptsAllToolsWhenAStreamedChatIsCancelled() {
		Disposable chat = prompt(ScriptedModel.calling(2, "hang", "{}"), ParallelToolCalls.create()).stream()
			.content()
			.subscribe();
		Await.until(this.hanging);
		chat.dispose();
		Await.until(this.interrupted);
	}

	@Test
	void interruptsRemoteToolsWhenALocalOneEndsTheRun() {
		ToolCallback local = new Local("local", () -> {
			Await.until(this.hanging);
			throw new UnsupportedOperationException("ends the run");
		});
		ScriptedModel model = new ScriptedModel(List.of(List.of(ScriptedModel.call(1, "local", "{}"),
				ScriptedModel.call(2, "hang", "{}"), ScriptedModel.call(3, "hang", "{}"))));
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> prompt(model, ParallelToolCalls.create(), local).call().content());
		Await.until(this.interrupted);
	}

	/** Completes all that have come when as many as expected are there. */
	private static final class Meeting implements ActionHandler {

		private final Sinks.Empty<Void> complete = Sinks.empty();

		private final AtomicInteger came = new AtomicInteger();

		private volatile int expected;

		@Override
		public Publisher<?> handle(AgentExchange exchange) {
			come();
			return this.complete.asMono().thenReturn("met");
		}

		private void come() {
			if (this.came.incrementAndGet() == this.expected) {
				this.complete.tryEmitEmpty();
			}
		}

		private void join() {
			come();
			this.complete.asMono().block(Await.LONG);
		}

	}

	/**
	 * A tool of the application.
	 *
	 * @param name its name
	 * @param work what it does
	 */
	private record Local(String name, Supplier<String> work) implements ToolCallback {

		@Override
		public ToolDefinition getToolDefinition() {
			return ToolDefinition.builder().name(this.name).description("local").inputSchema("{}").build();
		}

		@Override
		public String call(String toolInput) {
			return this.work.get();
		}

		@Override
		public String call(String toolInput, ToolContext context) {
			return this.work.get();
		}

	}

}
