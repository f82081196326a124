package io.agentsocket.langchain4j;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

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
		return ToolExecutionRequest.builder().id("1").name(tool).arguments(arguments).build();
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

	interface Assistant {

		String chat(String question);

	}

}
