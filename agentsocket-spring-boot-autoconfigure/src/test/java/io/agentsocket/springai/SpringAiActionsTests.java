package io.agentsocket.springai;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Progress;
import io.agentsocket.method.InvalidMethodsException.Problem;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Violation;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.InvalidToolsException;
import io.agentsocket.tool.execution.ToolGuard;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Max;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

/**
 * Tools of Spring AI as actions, called over a socket.
 */
class SpringAiActionsTests {

	private final ShopTools shop = new ShopTools();

	private final ToolCallback length = FunctionToolCallback
		.builder("text length",
				(Function<Text, Map<String, Integer>>) (text) -> Map.of("length", text.value().length()))
		.description("Counts characters")
		.inputType(Text.class)
		.build();

	private final ToolCallback slow = FunctionToolCallback.builder("slow", (Function<Text, String>) (text) -> {
		this.shop.hang();
		return "never";
	}).inputType(Text.class).build();

	private final AgentTools tools = AgentTools.builder()
		.validator(Validation.buildDefaultValidatorFactory().getValidator())
		.argumentResolvers(List.of(new ToolContextResolver()))
		.build();

	private final ServedActions served = new ServedActions();

	SpringAiActionsTests() {
		this.served.add(SpringAiActions.ofMethods(this.tools, this.shop));
		this.served.add(SpringAiActions.ofCallbacks(this.tools, this.length, this.slow));
	}

	@AfterEach
	void close() {
		this.served.close();
	}

	@Test
	void callbackWithABrokenSchemaIsNamed() {
		ToolCallback broken = FunctionToolCallback.builder("broken", (Function<Text, String>) Text::value)
			.inputType(Text.class)
			.inputSchema("{\"type\": ")
			.build();
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> SpringAiActions.ofCallbacks(this.tools, broken))
			.withMessageContaining("'broken'");
	}

	private Object invoke(String action, Map<String, Object> arguments) {
		return this.served.client.invoke(action).arguments(arguments).toMono(Object.class).block(Await.LONG);
	}

	@Test
	void describesWhatTheAnnotationsSay() {
		Action price = SpringAiActions.ofMethods(this.tools, this.shop)
			.stream()
			.filter((action) -> action.name().equals("price"))
			.findFirst()
			.orElseThrow();
		assertThat(price.description()).isEqualTo("The price of some pieces");
		assertThat(price.input()).extractingByKey("required").isEqualTo(List.of("item"));
		assertThat(price.input().toString()).contains("Name of the item", "maximum=9");
	}

	@Test
	void bindsAndValidatesArguments() {
		assertThat(invoke("price", Map.of("item", "pen", "pieces", 3))).isEqualTo(Map.of("item", "pen", "cents", 300));
		assertThat(invoke("price", Map.of("item", "pen"))).isEqualTo(Map.of("item", "pen", "cents", 100));
		assertThatExceptionOfType(ActionException.class)
			.isThrownBy(() -> invoke("price", Map.of("item", "pen", "pieces", 10)))
			.satisfies((ex) -> assertThat(ex.violations()).extracting(Violation::pointer).containsExactly("/pieces"));
	}

	@Test
	void streamsAFlux() {
		assertThat(this.served.client.invoke("countdown")
			.arguments(Map.of("from", 3))
			.toFlux(Integer.class)
			.collectList()
			.block(Await.LONG)).containsExactly(3, 2, 1);
		assertThat(SpringAiActions.ofMethods(this.tools, this.shop)).filteredOn(Action::name, "countdown")
			.extracting(Action::result)
			.containsExactly(ResultShape.ITEMS);
	}

	@Test
	void givesToolsTheInvocationByTheirContext() {
		CountDownLatch told = new CountDownLatch(1);
		Object result = this.served.client.invoke("tell")
			.onProgress((Progress progress) -> told.countDown())
			.toMono(Object.class)
			.block(Await.LONG);
		assertThat(result).isEqualTo("told");
		Await.until(told);
	}

	@Test
	void interruptsAToolThatIsCancelled() {
		Disposable call = this.served.client.invoke("wait").toMono(Object.class).subscribe();
		Await.until(this.shop.running);
		call.dispose();
		Await.until(this.shop.interrupted);
	}

	@Test
	void leavesOutAToolOfBoth() {
		assertThat(SpringAiActions.ofMethods(this.tools, this.shop)).extracting(Action::name)
			.containsExactly("countdown", "price", "tell", "wait");
	}

	@Test
	void callsACallbackWithArgumentsThatFit() {
		assertThat(invoke("text_length", Map.of("value", "four"))).isEqualTo(Map.of("length", 4));
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> invoke("text_length", Map.of("value", 4)))
			.satisfies((ex) -> assertThat(ex.violations()).isNotEmpty());
	}

	@Test
	void tellsAllMistakesOfCallbacksAtOnce() {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> SpringAiActions.ofCallbacks(this.tools, this.length, defined("broken", "no JSON"),
					defined("list", "[]"), defined("text", "{\"type\":\"string\"}"),
					defined("seven", "{\"properties\":7}"), defined("outside", "{\"$ref\":\"#/$defs/x\"}"),
					defined("foreign", "{\"properties\":{\"a\":{\"$ref\":\"http://127.0.0.1:1/x\"}}}"),
					defined("", "{}"), defined(null, "{}"), defined("as.find", "{}"), defined("x".repeat(129), "{}")))
			.satisfies((ex) -> assertThat(ex.problems()).extracting(Problem::bean, Problem::problem)
				.containsExactly(tuple("broken", "Its input schema is no JSON object."),
						tuple("list", "Its input schema is no JSON object."),
						tuple("text", "Its input schema is of the type 'string'."),
						tuple("seven", "Nothing can be checked against its input schema."),
						tuple("outside", "Nothing can be checked against its input schema."),
						tuple("foreign", "Nothing can be checked against its input schema."),
						tuple("", "'' is no name for an action."), tuple("", "'null' is no name for an action."),
						tuple("as.find", "'as.find' is no name for an action."),
						tuple("x".repeat(129), "'" + "x".repeat(129) + "' is no name for an action.")));
	}

	@Test
	void takesACallbackWithoutASchema() {
		this.served.server.catalog()
			.addAll(SpringAiActions.ofCallbacks(this.tools, defined("none", null), defined("blank", " ")));
		assertThat(invoke("none", Map.of("a", 1))).isEqualTo(Map.of("a", 1));
		assertThat(invoke("blank", Map.of())).isEqualTo(Map.of());
	}

	/**
	 * A callback that answers its arguments, with a definition that nobody has checked.
	 */
	private static ToolCallback defined(String name, String schema) {
		ToolDefinition definition = new ToolDefinition() {

			@Override
			public String name() {
				return name;
			}

			@Override
			public String description() {
				return "Answers its arguments";
			}

			@Override
			public String inputSchema() {
				return schema;
			}

		};
		return new ToolCallback() {

			@Override
			public ToolDefinition getToolDefinition() {
				return definition;
			}

			@Override
			public String call(String arguments) {
				return arguments;
			}

			@Override
			public String call(String arguments, ToolContext context) {
				return arguments;
			}

		};
	}

	@Test
	void interruptsACallbackThatIsCancelled() {
		Disposable call = this.served.client.invoke("slow")
			.arguments(Map.of("value", "x"))
			.toMono(Object.class)
			.subscribe();
		Await.until(this.shop.running);
		call.dispose();
		Await.until(this.shop.interrupted);
	}

	@Test
	void callsACallbackOnTheExecutorOfToolsWithItsThreadLocals() {
		ExecutorService executor = Executors.newFixedThreadPool(2, (work) -> new Thread(work, "tools"));
		ThreadLocal<String> running = new ThreadLocal<>();
		ToolGuard guard = new ToolGuard() {

			@Override
			public Scope enter(AgentExchange exchange) {
				running.set(exchange.action().name());
				return running::remove;
			}

		};
		try {
			AgentTools own = AgentTools.builder().executor(executor).threads(2).guard(guard).build();
			ToolCallback callback = FunctionToolCallback
				.builder("where",
						(Function<Text, String>) (text) -> Thread.currentThread().getName() + " " + running.get() + " "
								+ own.threadUse().running())
				.inputType(Text.class)
				.build();
			this.served.add(SpringAiActions.ofCallbacks(own, callback));
			assertThat(invoke("where", Map.of("value", "x"))).isEqualTo("tools where 1");
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void findsBeansAndLeavesOutRemoteTools() {
		AgentSocketTools remote = this.served.tools();
		ToolCallback foreign = remote.callbacks().get(0);
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.registerBean("shop", ShopTools.class, () -> this.shop);
			context.registerBean("length", ToolCallback.class, () -> this.length);
			context.registerBean("remote", ToolCallback.class, () -> foreign);
			context.refresh();
			assertThat(SpringAiActions.ofBeans(this.tools, context)).extracting(Action::name)
				.containsExactlyInAnyOrder("countdown", "price", "tell", "wait", "text_length");
		}
		remote.close();
	}

	record Text(String value) {

	}

	record Price(String item, int cents) {

	}

	static class ShopTools {

		private final CountDownLatch running = new CountDownLatch(1);

		private final CountDownLatch interrupted = new CountDownLatch(1);

		private void hang() {
			this.running.countDown();
			try {
				new CountDownLatch(1).await(Await.LONG.toSeconds(), TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
			}
		}

		@Tool(description = "The price of some pieces")
		Price price(@ToolParam(description = "Name of the item") String item,
				@ToolParam(required = false) @Max(9) Integer pieces) {
			return new Price(item, 100 * ((pieces != null) ? pieces : 1));
		}

		@Tool(description = "Counts down")
		Flux<Integer> countdown(int from) {
			return Flux.range(0, from).map((i) -> from - i);
		}

		@Tool(name = "tell", description = "Tells of progress")
		String tellProgress(ToolContext context) {
			((AgentExchange) context.getContext().get(ToolContextResolver.EXCHANGE)).progress(1, 2.0, "half");
			return "told";
		}

		@Tool(name = "wait", description = "Waits")
		String waitLong() {
			hang();
			return "never";
		}

		@Tool(description = "A tool of both")
		@AgentTool(value = "both", description = "A tool of both")
		String both() {
			return "both";
		}

	}

}
