package io.agentsocket.springai;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Actions of a server as tools of a {@code ChatClient}.
 */
class AgentSocketToolsTests {

	private static final Map<String, Object> CITY = Map.of("$schema", "https://json-schema.org/draft/2020-12/schema",
			"type", "object", "properties",
			Map.of("city", Map.of("type", "string", "minLength", 2), "tenant", Map.of("type", "string")), "required",
			List.of("city", "tenant"));

	private static final ActionHints DESTRUCTIVE = new ActionHints(false, true, false, false, false, null);

	private final BlockingQueue<Map<String, Object>> seen = new LinkedBlockingQueue<>();

	private final AtomicInteger formats = new AtomicInteger();

	private final CountDownLatch running = new CountDownLatch(1);

	private final CountDownLatch interrupted = new CountDownLatch(1);

	private final ServedActions served = new ServedActions(
			Action.named("weather.current").description("The weather in a city").input(CITY).handler((exchange) -> {
				this.seen.add(exchange.arguments(Map.class));
				return Mono.just(Map.of("sky", "clear", "degrees", 21));
			}), Action.named("weather_current").handler((exchange) -> Mono.just("the other")),
			Action.named("greet").title("Say hello").handler((exchange) -> Mono.just("hi")),
			Action.named("trace").handler((exchange) -> Mono.justOrEmpty(exchange.traceparent())),
			Action.named("count")
				.result(ResultShape.ITEMS)
				.handler((exchange) -> Flux.range(1, 3).doOnNext((i) -> exchange.progress(i, 3.0, "step " + i))),
			Action.named("endless")
				.result(ResultShape.TEXT)
				.handler((exchange) -> Flux.range(1, Integer.MAX_VALUE)
					.map((i) -> "line " + i + "\n")
					.doOnCancel(this.interrupted::countDown)),
			Action.named("picture")
				.result(ResultShape.BYTES)
				.handler((exchange) -> Flux.just(new byte[] { 1, 2 }, new byte[] { 3 })),
			Action.named("hang")
				.handler((exchange) -> Mono.never()
					.doOnSubscribe((subscription) -> this.running.countDown())
					.doOnCancel(this.interrupted::countDown)),
			Action.named("forbidden")
				.handler((exchange) -> Mono.error(new ActionException(ErrorCode.PERMISSION_DENIED, "Not for you."))),
			Action.named("disk.format").hints(DESTRUCTIVE).handler((exchange) -> {
				this.formats.incrementAndGet();
				return Mono.just("formatted");
			}));

	private final AgentSocketTools tools = this.served.tools();

	@AfterEach
	void close() {
		this.tools.close();
		this.served.close();
	}

	private static String ask(ScriptedModel model, AgentSocketTools tools, Map<String, Object> context) {
		return ChatClient.builder(model)
			.build()
			.prompt("go")
			.tools(tools.provider())
			.toolContext(context)
			.call()
			.content();
	}

	private static String resultOf(AgentSocketTools tools, String tool, String arguments) {
		ScriptedModel model = ScriptedModel.calling(tool, arguments);
		assertThat(ask(model, tools, Map.of("user", "ada"))).isEqualTo("fine");
		assertThat(model.results()).hasSize(1);
		return model.results().get(0);
	}

	@Test
	void connectsNotBeforeToolsAreNeeded() {
		assertThat(this.tools.known()).isEmpty();
		this.tools.provider();
		assertThat(this.served.client.state()).isEqualTo(ConnectionState.IDLE);
		assertThat(this.tools.callbacks()).hasSize(10);
	}

	@Test
	void givesNamesThatVendorsAcceptAndThatAreUnique() {
		List<String> names = this.tools.callbacks().stream().map((tool) -> tool.getToolDefinition().name()).toList();
		assertThat(names).doesNotHaveDuplicates()
			.contains("weather_current", "disk_format", "greet")
			.allMatch((name) -> name.matches("[a-zA-Z0-9_-]{1,64}"))
			.anyMatch((name) -> name.matches("weather_current_[0-9a-f]{8}"));
		assertThat(resultOf(this.tools, "weather_current", "{}")).isEqualTo("the other");
	}

	@Test
	void namesByAFunctionOfTheApplication() {
		try (AgentSocketTools prefixed = AgentSocketTools.builder(this.served.client)
			.patience(Await.LONG)
			.naming((action) -> "shop_" + action.replace('.', '-'))
			.filter((action) -> action.name().startsWith("weather"))
			.build()) {
			assertThat(prefixed.callbacks().stream().map((tool) -> tool.getToolDefinition().name()))
				.containsExactly("shop_weather-current", "shop_weather_current");
		}
	}

	@Test
	void describesToolsAndHidesWhatTheApplicationDecides() {
		try (AgentSocketTools own = AgentSocketTools.builder(this.served.client)
			.patience(Await.LONG)
			.naming((action) -> action.replace('.', '-'))
			.contextArguments("tenant")
			.build()) {
			ScriptedModel model = ScriptedModel.calling("weather-current",
					"{\"city\":\"Ulm\",\"tenant\":\"of another\"}");
			ask(model, own, Map.of("tenant", "acme", "other", "secret"));
			ToolDefinition definition = model.definitions()
				.stream()
				.filter((tool) -> tool.name().equals("weather-current"))
				.findFirst()
				.orElseThrow();
			assertThat(definition.description()).isEqualTo("The weather in a city");
			assertThat(definition.inputSchema()).contains("minLength").doesNotContain("tenant", "$schema");
			assertThat(this.seen.poll()).isEqualTo(Map.of("city", "Ulm", "tenant", "acme"));
			assertThat(model.results()).singleElement().asString().contains("\"degrees\":21");
		}
	}

	@Test
	void followsChangesThatAreAnnounced() {
		assertThat(this.tools.callbacks()).hasSize(10);
		this.served.server.catalog().add(Action.named("new.one").handler((exchange) -> Mono.just("new")));
		Await.until(() -> this.tools.known().size() == 11);
		assertThat(resultOf(this.tools, "new_one", "")).isEqualTo("new");
		this.served.server.catalog().remove("new.one");
		Await.until(() -> this.tools.known().size() == 10);
	}

	@Test
	void keepsWhatItHasRead() {
		List<ToolCallback> first = this.tools.callbacks();
		assertThat(this.tools.callbacks()).isSameAs(first);
	}

	@Test
	void collectsEachShapeOfResults() {
		assertThat(resultOf(this.tools, "greet", "{}")).isEqualTo("hi");
		assertThat(resultOf(this.tools, "count", "{}")).isEqualTo("[1,2,3]");
		assertThat(resultOf(this.tools, "picture", "{}")).isEqualTo("AQID");
	}

	@Test
	void endsAStreamThatIsTooLong() {
		try (AgentSocketTools brief = AgentSocketTools.builder(this.served.client)
			.patience(Await.LONG)
			.maxResult(100)
			.build()) {
			assertThat(resultOf(brief, "endless", "{}")).startsWith("line 1\n")
				.contains("[cut: there is more than fits")
				.hasSizeLessThan(200);
			Await.until(this.interrupted);
		}
	}

	@Test
	void tellsTheModelEachViolation() {
		String result = resultOf(this.tools, weather(), "{\"city\":\"U\"}");
		assertThat(result).contains("/city", "tenant", "invalid_argument", "Correct the arguments");
		assertThat(this.seen).isEmpty();
	}

	@Test
	void tellsTheModelOfBrokenJson() {
		for (String broken : List.of("{\"city\":", "[1,2]", "\"Ulm\"", "city=Ulm", "{\"city\":\"Ulm\"} trailing {",
				"[".repeat(100_000))) {
			assertThat(resultOf(this.tools, weather(), broken)).as(broken.substring(0, 4))
				.contains("invalid_argument", "write one JSON object")
				.hasSizeLessThan(500);
		}
		assertThat(this.seen).isEmpty();
	}

	@Test
	void tellsTheModelOfARefusal() {
		assertThat(resultOf(this.tools, "forbidden", "{}"))
			.isEqualTo("The tool forbidden failed (permission_denied): Not for you.");
	}

	@Test
	void endsACallAtTheDeadlineOfThePrompt() {
		ScriptedModel model = ScriptedModel.calling("hang", "{}");
		ask(model, this.tools, Map.of(AgentSocketTools.TIMEOUT, Duration.ofSeconds(1)));
		assertThat(model.results()).singleElement().asString().contains("deadline_exceeded");
		Await.until(this.interrupted);
	}

	@Test
	void interruptsTheToolWhenAStreamedChatIsCancelled() {
		ScriptedModel model = ScriptedModel.calling("hang", "{}");
		Disposable chat = ChatClient.builder(model)
			.build()
			.prompt("go")
			.tools(this.tools.provider())
			.stream()
			.content()
			.subscribe();
		Await.until(this.running);
		chat.dispose();
		Await.until(this.interrupted);
	}

	@Test
	void refusesToBlockAThreadThatMustNotBeBlocked() {
		ToolCallback greet = this.tools.callbacks()
			.stream()
			.filter((tool) -> tool.getToolDefinition().name().equals("hang"))
			.findFirst()
			.orElseThrow();
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> Mono.fromCallable(() -> greet.call("{}")).subscribeOn(Schedulers.parallel()).block())
			.withMessageContaining("boundedElastic");
	}

	@Test
	void tellsTheApplicationWhatARunningToolDoes() throws InterruptedException {
		BlockingQueue<Object> told = new LinkedBlockingQueue<>();
		RemoteToolListener listener = new RemoteToolListener() {

			@Override
			public void started(RemoteToolCall call) {
				told.add("started " + call.toolName() + " for " + call.context().get("user"));
				throw new IllegalStateException("A listener that fails ends nothing");
			}

			@Override
			public void progress(RemoteToolCall call, Progress progress) {
				told.add(progress);
			}

			@Override
			public void item(RemoteToolCall call, Object item) {
				told.add(item);
			}

			@Override
			public void ended(RemoteToolCall call, String result) {
				told.add(result);
			}

		};
		ScriptedModel model = ScriptedModel.calling("count", "{}");
		ask(model, this.tools, Map.of("user", "ada", AgentSocketTools.LISTENER, listener));
		assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo("started count for ada");
		assertThat(told).contains(1, 2, 3, new Progress(3, 3.0, "step 3")).endsWith("[1,2,3]");
	}

	@Test
	void asksAPersonBeforeADestructiveAction() {
		BlockingQueue<RemoteToolCall> asked = new LinkedBlockingQueue<>();
		try (AgentSocketTools careful = AgentSocketTools.builder(this.served.client)
			.patience(Await.LONG)
			.approval((call) -> {
				asked.add(call);
				return Mono.just(call.arguments().containsKey("sure"));
			})
			.build()) {
			assertThat(resultOf(careful, "greet", "{}")).isEqualTo("hi");
			assertThat(asked).isEmpty();
			assertThat(resultOf(careful, "disk_format", "{}")).contains("A person has refused");
			assertThat(this.formats).hasValue(0);
			assertThat(resultOf(careful, "disk_format", "{\"sure\":true}")).isEqualTo("formatted");
			assertThat(this.formats).hasValue(1);
			assertThat(asked).extracting((call) -> call.action().name()).containsExactly("disk.format", "disk.format");
		}
	}

	@Test
	void callsByTheClientOfThePrompt() {
		AgentSocketClient other = AgentSocketClient.builder(this.served.server.uri()).build();
		try (AgentSocketTools own = AgentSocketTools.builder(this.served.client)
			.patience(Await.LONG)
			.clients((context) -> context.getContext().containsKey("other") ? other : this.served.client)
			.build()) {
			ask(ScriptedModel.calling("greet", "{}"), own, Map.of("other", true));
			assertThat(other.state()).isEqualTo(ConnectionState.CONNECTED);
		}
		finally {
			other.close().block(Await.LONG);
		}
	}

	@Test
	void carriesTheTraceOfThePrompt() {
		String traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
		ScriptedModel model = ScriptedModel.calling("trace", "{}");
		ask(model, this.tools, Map.of(AgentSocketTools.TRACEPARENT, traceparent));
		assertThat(model.results()).containsExactly(traceparent);
	}

	@Test
	void givesResultsThatAreTheAnswerToTheUser() {
		try (AgentSocketTools own = AgentSocketTools.builder(this.served.client)
			.patience(Await.LONG)
			.returnDirect((action) -> action.name().equals("greet"))
			.build()) {
			ScriptedModel model = ScriptedModel.calling("greet", "{}");
			assertThat(ask(model, own, Map.of())).isEqualTo("hi");
			assertThat(model.prompts).hasSize(1);
			assertThat(ask(ScriptedModel.calling("trace", "{}"), own, Map.of())).isEqualTo("fine");
		}
	}

	@Test
	void tellsWhyToolsCannotBeRead() {
		AgentSocketClient nowhere = AgentSocketClient.builder("ws://127.0.0.1:1/agentsocket").build();
		try (AgentSocketTools none = AgentSocketTools.builder(nowhere).patience(Duration.ofMillis(300)).build()) {
			assertThatExceptionOfType(ActionException.class).isThrownBy(none::callbacks)
				.withMessageContaining("127.0.0.1:1");
		}
		finally {
			nowhere.close().block(Await.LONG);
		}
	}

	private String weather() {
		return this.tools.callbacks()
			.stream()
			.map((tool) -> tool.getToolDefinition().name())
			.filter((name) -> name.startsWith("weather_current_"))
			.findFirst()
			.orElseThrow();
	}

}
