package io.agentsocket.langchain4j;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolProviderRequest;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.observation.Traces;
import io.agentsocket.server.TestServer;
import io.micrometer.observation.Observation;
import io.opentelemetry.api.trace.SpanKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Actions of a server as tools of an AI service.
 */
class AgentSocketToolProviderTests {

	private final CountDownLatch running = new CountDownLatch(1);

	private final CountDownLatch interrupted = new CountDownLatch(1);

	private final TestServer server = TestServer.with(Action.named("weather.current")
		.description("The weather in a city")
		.input(Map.of("type", "object", "properties", Map.of("city", Map.of("type", "string", "minLength", 2)),
				"required", List.of("city")))
		.handler((exchange) -> Mono.just(exchange.<Map<String, Object>>arguments(Map.class).get("city") + ": clear")),
			Action.named("count").result(ResultShape.ITEMS).handler((exchange) -> Flux.range(1, 3)),
			Action.named("hang")
				.handler((exchange) -> Mono.never()
					.doOnSubscribe((subscription) -> this.running.countDown())
					.doOnCancel(this.interrupted::countDown)));

	private final AgentSocketClient client = AgentSocketClient.builder(this.server.uri())
		.connectTimeout(Await.LONG)
		.build();

	private final AgentSocketToolProvider provider = AgentSocketToolProvider.builder(this.client)
		.patience(Await.LONG)
		.build();

	@AfterEach
	void close() {
		this.provider.close();
		this.client.close().block(Await.LONG);
		this.server.close();
	}

	private ToolProviderResult tools() {
		return this.provider.provideTools(new ToolProviderRequest("1", UserMessage.from("go")));
	}

	private String call(String tool, String arguments) {
		ToolExecutor executor = tools().toolExecutorByName(tool);
		return executor.execute(request(tool, arguments), "1");
	}

	private static ToolExecutionRequest request(String tool, String arguments) {
		return request(1, tool, arguments);
	}

	private static ToolExecutionRequest request(int id, String tool, String arguments) {
		return ToolExecutionRequest.builder().id(String.valueOf(id)).name(tool).arguments(arguments).build();
	}

	@Test
	void connectsNotBeforeToolsAreNeeded() {
		assertThat(this.client.state()).isEqualTo(ConnectionState.IDLE);
		assertThat(tools().tools()).hasSize(3);
	}

	@Test
	void describesActionsWithAllConstraints() {
		ToolSpecification weather = tools().toolSpecificationByName("weather_current");
		assertThat(weather.description()).isEqualTo("The weather in a city");
		assertThat(weather.parameters().required()).containsExactly("city");
		assertThat(weather.parameters().properties().get("city").toString()).contains("minLength");
	}

	@Test
	void followsChanges() {
		assertThat(tools().tools()).hasSize(3);
		this.server.catalog().add(Action.named("more").handler((exchange) -> Mono.just("more")));
		Await.until(() -> tools().tools().size() == 4);
		assertThat(call("more", "")).isEqualTo("more");
	}

	@Test
	void collectsResultsAndTellsOfFailures() {
		assertThat(call("weather_current", "{\"city\":\"Ulm\"}")).isEqualTo("Ulm: clear");
		assertThat(call("count", "{}")).isEqualTo("[1,2,3]");
		assertThat(call("weather_current", "{\"city\":\"U\"}")).contains("invalid_argument", "/city");
		assertThat(call("weather_current", "{\"city\":")).contains("broken JSON");
		ToolExecutor executor = tools().toolExecutorByName("weather_current");
		assertThat(executor.executeWithContext(request("weather_current", "{}"), null).isError()).isTrue();
	}

	@Test
	void belongsToTheScopeOfTheThread() {
		try (Traces traces = new Traces()) {
			AgentSocketClient observed = AgentSocketClient.builder(this.server.uri())
				.connectTimeout(Await.LONG)
				.interceptor(traces.interceptor())
				.build();
			try (AgentSocketToolProvider own = AgentSocketToolProvider.builder(observed).patience(Await.LONG).build()) {
				ToolExecutor executor = own.provideTools(new ToolProviderRequest("1", UserMessage.from("go")))
					.toolExecutorByName("count");
				Observation.createNotStarted("root", traces.registry())
					.observe(() -> executor.execute(request("count", "{}"), "1"));
			}
			Await.untilAsserted(() -> assertThat(traces.span("count", SpanKind.CLIENT)).isNotNull());
			assertThat(traces.around(traces.span("count", SpanKind.CLIENT))).containsExactly("root");
			observed.close().block(Await.LONG);
		}
	}

	@Test
	void interruptsTheActionWithTheThread() throws InterruptedException {
		ToolExecutor executor = tools().toolExecutorByName("hang");
		Thread thread = new Thread(() -> executor.execute(request("hang", "{}"), "1"));
		thread.setUncaughtExceptionHandler((which, failure) -> {
		});
		thread.start();
		Await.until(this.running);
		thread.interrupt();
		Await.until(this.interrupted);
		thread.join(Await.LONG.toMillis());
	}

	@Test
	void endsACallAtItsDeadline() {
		try (AgentSocketToolProvider brief = AgentSocketToolProvider.builder(this.client)
			.patience(Await.LONG)
			.timeout(Duration.ofMillis(200))
			.build()) {
			ToolExecutor executor = brief.provideTools(new ToolProviderRequest("1", UserMessage.from("go")))
				.toolExecutorByName("hang");
			assertThat(executor.execute(request("hang", "{}"), "1")).contains("deadline_exceeded");
		}
	}

	@Test
	void servesAnAiService() {
		ChatModel model = new ChatModel() {

			@Override
			public ChatResponse doChat(ChatRequest request) {
				boolean answered = request.messages()
					.get(request.messages().size() - 1) instanceof ToolExecutionResultMessage;
				AiMessage message = answered ? AiMessage
					.from(((ToolExecutionResultMessage) request.messages().get(request.messages().size() - 1)).text())
						: AiMessage.from(request("weather_current", "{\"city\":\"Ulm\"}"));
				return ChatResponse.builder().aiMessage(message).build();
			}

		};
		// tag::service[]
		Assistant assistant = AiServices.builder(Assistant.class).chatModel(model).toolProvider(this.provider).build();
		// end::service[]
		assertThat(assistant.chat("The weather in Ulm?")).isEqualTo("Ulm: clear");
	}

	@Test
	void runsTwoHundredCallsOfOneReplyAndAnswersInTheirOrder() {
		List<ToolExecutionRequest> calls = IntStream.range(0, 200)
			.mapToObj((i) -> request(i, "weather_current", "{\"city\":\"city " + i + "\"}"))
			.toList();
		ExecutorService executor = Executors.newCachedThreadPool();
		try {
			List<ToolExecutionResultMessage> results = resultsOf(calls,
					(service) -> service.executeToolsConcurrently(executor));
			assertThat(results).extracting(ToolExecutionResultMessage::text)
				.containsExactlyElementsOf(IntStream.range(0, 200).mapToObj((i) -> "city " + i + ": clear").toList());
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void tellsAModelThatInventsNamesAndWritesBrokenJson() {
		// tag::invented[]
		UnaryOperator<AiServices<Assistant>> lenient = (service) -> service
			.hallucinatedToolNameStrategy((request) -> ToolExecutionResultMessage.from(request,
					"There is no tool with this name. Use one that you were given."));
		// end::invented[]
		List<ToolExecutionResultMessage> results = resultsOf(
				List.of(request(1, "delete_everything", "{}"), request(2, "x".repeat(10_000), "{}"),
						request(3, "weather_current", "{\"city\":"), request(4, "weather_current", "[1]"),
						request(5, "weather_current", "{\"city\":7}"), request(6, "count", "{}")),
				lenient);
		assertThat(results).hasSize(6);
		assertThat(results.subList(0, 2))
			.allSatisfy((result) -> assertThat(result.text()).startsWith("There is no tool with this name."));
		assertThat(results.subList(2, 4)).allSatisfy((result) -> {
			assertThat(result.isError()).isTrue();
			assertThat(result.text()).contains("invalid_argument", "write one JSON object");
		});
		assertThat(results.get(4).text()).contains("invalid_argument", "/city");
		assertThat(results.get(5).text()).isEqualTo("[1,2,3]");
	}

	/** The results that a model sees of the calls of its first reply. */
	private List<ToolExecutionResultMessage> resultsOf(List<ToolExecutionRequest> calls,
			UnaryOperator<AiServices<Assistant>> more) {
		List<ToolExecutionResultMessage> results = new CopyOnWriteArrayList<>();
		ChatModel model = new ChatModel() {

			@Override
			public ChatResponse doChat(ChatRequest request) {
				request.messages()
					.stream()
					.filter(ToolExecutionResultMessage.class::isInstance)
					.map(ToolExecutionResultMessage.class::cast)
					.forEach(results::add);
				return ChatResponse.builder()
					.aiMessage(results.isEmpty() ? AiMessage.from(calls) : AiMessage.from("fine"))
					.build();
			}

		};
		Assistant assistant = more
			.apply(AiServices.builder(Assistant.class).chatModel(model).toolProvider(this.provider))
			.build();
		assertThat(assistant.chat("Go")).isEqualTo("fine");
		return results;
	}

	interface Assistant {

		String chat(String question);

	}

}
