package io.agentsocket.springai;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHandler;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.observation.Traces;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Traces go from a chat through its tools to the server, with a real tracer. Two tools of
 * one reply wait for each other, so that neither can run in the turn of the other one.
 */
class ToolTraceTests {

	/** Name of the span that Spring AI makes of a chat. */
	private static final String CHAT = "spring_ai chat_client";

	private static final List<ToolCall> BOTH = List.of(ScriptedModel.call(1, "first", "{}"),
			ScriptedModel.call(2, "second", "{}"));

	private static final List<ToolCall> ONE = List.of(ScriptedModel.call(1, "alone", "{}"));

	private final Traces traces = new Traces();

	private final CountDownLatch both = new CountDownLatch(2);

	private final TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
			(builder) -> builder.interceptor(this.traces.interceptor()),
			Action.named("alone").handler((exchange) -> Mono.just("here")), Action.named("first").handler(meeting()),
			Action.named("second").handler(meeting()));

	private final AgentSocketClient client = AgentSocketClient.builder(this.server.uri())
		.connectTimeout(Await.LONG)
		.interceptor(this.traces.interceptor())
		.build();

	private final AgentSocketTools tools = AgentSocketTools.builder(this.client).patience(Await.LONG).build();

	private ActionHandler meeting() {
		return (exchange) -> Mono.fromRunnable(() -> {
			this.both.countDown();
			Await.until(this.both);
		}).subscribeOn(Schedulers.boundedElastic()).thenReturn("met");
	}

	@AfterEach
	void close() {
		this.tools.close();
		this.client.close().block(Await.LONG);
		this.server.close();
		this.traces.close();
	}

	private <T> T observed(Supplier<T> work) {
		return Observation.createNotStarted("root", this.traces.registry()).observe(work);
	}

	private static ToolCallingManager inTurn(ObservationRegistry registry) {
		return ToolCallingManager.builder().observationRegistry(registry).build();
	}

	private static ToolCallingManager sideBySide(ObservationRegistry registry) {
		return ParallelToolCalls.builder().springAi((spring) -> spring.observationRegistry(registry)).build();
	}

	private ChatClient.ChatClientRequestSpec prompt(List<ToolCall> calls, ObservationRegistry registry,
			ToolCallingManager manager) {
		return ChatClient.builder(new ScriptedModel(List.of(calls)), registry, null, null)
			.defaultAdvisors(ToolCallingAdvisor.builder().toolCallingManager(manager).build())
			.build()
			.prompt("go")
			.tools(this.tools.provider());
	}

	/** A chat on a thread with an observation in scope. */
	private void call(ChatClient.ChatClientRequestSpec prompt) {
		assertThat(observed(() -> prompt.call().content())).isEqualTo("fine");
	}

	/** A streamed chat with an observation in the Reactor context. */
	private void stream(ChatClient.ChatClientRequestSpec prompt) {
		Observation root = Observation.start("root", this.traces.registry());
		assertThat(prompt.stream()
			.content()
			.contextWrite((view) -> view.put(ObservationThreadLocalAccessor.KEY, root))
			.blockLast(Await.LONG)).isEqualTo("fine");
		root.stop();
	}

	/**
	 * The names of the spans around the invocation that has run the action, the closest
	 * first. Observations end behind what their subscribers get.
	 */
	private List<String> around(String action) {
		Await.until("the action " + action + " is in the trace",
				() -> this.traces.span(action, SpanKind.SERVER) != null);
		SpanData ran = this.traces.span(action, SpanKind.SERVER);
		Await.until("the trace of " + action + " begins with the root", () -> isWhole(this.traces.around(ran)));
		List<String> around = this.traces.around(ran);
		assertThat(around.get(0)).as("the invocation that the action belongs to").isEqualTo(action);
		return around.subList(1, around.size());
	}

	private static boolean isWhole(List<String> around) {
		return !around.isEmpty() && around.get(around.size() - 1).equals("root");
	}

	@Test
	void aToolBelongsToTheScopeInWhichItIsCalled() {
		assertThat(observed(() -> tool(this.tools).call("{}"))).isEqualTo("here");
		assertThat(around("alone")).containsExactly("root");
	}

	@Test
	void aToolBelongsToTheScopeWhenAPersonAnswersOnAnotherThread() {
		try (AgentSocketTools asking = AgentSocketTools.builder(this.client)
			.patience(Await.LONG)
			.approval((action) -> true, (call) -> Mono.just(true).publishOn(Schedulers.parallel()))
			.build()) {
			assertThat(observed(() -> tool(asking).call("{}"))).isEqualTo("here");
			assertThat(around("alone")).containsExactly("root");
		}
	}

	private static ToolCallback tool(AgentSocketTools tools) {
		return tools.callbacks()
			.stream()
			.filter((tool) -> tool.getToolDefinition().name().equals("alone"))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void readingTheToolsBelongsToTheScope() {
		assertThat(observed(this.tools::callbacks)).hasSize(3);
		// The second request is made by the thread that has the answer to the first.
		Await.until(() -> requests().size() == 2);
		assertThat(requests()).containsOnly(List.of("root"));
	}

	private List<List<String>> requests() {
		return this.traces.spans()
			.stream()
			.filter((span) -> span.getKind() == SpanKind.CLIENT)
			.map(this.traces::around)
			.toList();
	}

	@Test
	void aToolOfAChatBelongsToItsToolCall() {
		ObservationRegistry registry = this.traces.registry();
		call(prompt(ONE, registry, inTurn(registry)));
		assertThat(around("alone")).startsWith("execute_tool alone").contains(CHAT);
	}

	@Test
	void aToolOfAStreamedChatBelongsToItsToolCall() {
		ObservationRegistry registry = this.traces.registry();
		stream(prompt(ONE, registry, inTurn(registry)));
		assertThat(around("alone")).startsWith("execute_tool alone").contains(CHAT);
	}

	@Test
	void aToolOfAStreamedChatBelongsToTheChatWhenToolCallsAreNotObserved() {
		stream(prompt(ONE, this.traces.registry(), inTurn(ObservationRegistry.NOOP)));
		assertThat(around("alone")).doesNotContain("execute_tool alone").contains(CHAT);
	}

	@Test
	void aToolOfAChatWithoutARegistryBelongsToTheScopeAroundTheChat() {
		call(prompt(ONE, ObservationRegistry.NOOP, inTurn(ObservationRegistry.NOOP)));
		assertThat(around("alone")).containsExactly("root");
	}

	@Test
	void toolsOfAReplyBelongToTheChatSideBySide() {
		ObservationRegistry registry = this.traces.registry();
		call(prompt(BOTH, registry, sideBySide(registry)));
		assertThat(around("first")).startsWith("execute_tool first").contains(CHAT);
		assertThat(around("second")).doesNotContain("execute_tool first").contains(CHAT);
	}

	@Test
	void toolsOfAStreamedReplyBelongToTheChatSideBySide() {
		ObservationRegistry registry = this.traces.registry();
		stream(prompt(BOTH, registry, sideBySide(registry)));
		assertThat(around("first")).startsWith("execute_tool first").contains(CHAT);
		assertThat(around("second")).doesNotContain("execute_tool first").contains(CHAT);
	}

	@Test
	void aToolThatStartsWhenAnotherOneEndsBelongsToWhatIsAroundTheReply() {
		ToolCallback local = FunctionToolCallback.builder("local", (String input) -> {
			// The second remote call starts on the thread on which the first has ended.
			Await.until(() -> this.traces.span("alone", SpanKind.SERVER) != null);
			return "here";
		}).inputType(String.class).build();
		ToolCallingManager oneAtATime = ParallelToolCalls.builder().concurrency(1).build();
		this.both.countDown();
		call(prompt(List.of(ScriptedModel.call(1, "local", "\"x\""), ScriptedModel.call(2, "first", "{}"),
				ScriptedModel.call(3, "alone", "{}")), ObservationRegistry.NOOP, oneAtATime)
			.tools((Object) local));
		assertThat(around("first")).containsExactly("root");
		assertThat(around("alone")).containsExactly("root");
	}

}
