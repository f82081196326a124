package io.agentsocket.function;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.CallGuard;
import io.agentsocket.relay.FunctionRelays;
import io.agentsocket.relay.FunctionSettings;
import io.agentsocket.relay.RelayListener;
import io.agentsocket.relay.RelayedAction;
import io.agentsocket.relay.StateAccess;
import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Agents see the same of tools that run in a function as of tools that run in the pod. An
 * application that is a function, a relay and an agent, whichever web server the function
 * has.
 */
abstract class FunctionContract {

	private static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	private static final FunctionSettings.Times TIMES = new FunctionSettings.Times(Await.LONG, Await.LONG, Await.LONG,
			Await.LONG);

	private static ConfigurableApplicationContext function;

	private final TestServer pod = TestServer.with();

	private FunctionRelays relays;

	private FunctionTools tools;

	private AgentSocketClient agent;

	/**
	 * Serve an endpoint.
	 * @return where it is served
	 */
	abstract URI serve(FunctionEndpoint endpoint) throws Exception;

	abstract void stop() throws Exception;

	@BeforeAll
	static void startFunction() {
		function = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.run("--agentsocket.function.enabled=true", "--agentsocket.function.secrets=" + SECRET,
					"--agentsocket.function.heartbeat=100ms");
	}

	@AfterAll
	static void stopFunction() {
		function.close();
	}

	@BeforeEach
	void begin() throws Exception {
		Interception.BEGUN.clear();
		this.tools = function.getBean(FunctionTools.class);
		this.tools.reset();
		URI url = serve(function.getBean(FunctionEndpoint.class));
		Codec json = JacksonCodec.json();
		this.relays = FunctionRelays
			.builder(this.pod.catalog(), new RelayCodecs(json, List.of(json, JacksonCodec.cbor())))
			.listener(RelayListener.NONE)
			.build();
		List<RelayedAction> actions = function.getBean(ActionCatalog.class)
			.actions()
			.stream()
			.map((action) -> relayed(action, url))
			.toList();
		this.relays.add(
				new FunctionSettings("tools", url, List.of(SECRET), Map.of(), TIMES, 50, 1, 1 << 20, false, true,
						List.of(), FunctionSettings.Upkeep.NONE),
				actions, null, CallGuard.NONE, UnaryOperator.identity());
	}

	private static RelayedAction relayed(Action action, URI url) {
		StateAccess access = action.name().equals("cart.show") ? StateAccess.READ
				: action.name().startsWith("cart.") ? StateAccess.WRITE : StateAccess.NONE;
		ActionDescriptor descriptor = ActionDescriptor.of(action);
		// The function asks for approvals, and checks the arguments, by itself.
		Map<String, Object> map = descriptor.toMap();
		map.remove("hints");
		map.remove("input");
		return new RelayedAction(ActionDescriptor.from(map), access,
				(access != StateAccess.NONE) ? Set.of("cart") : Set.of(), null, url);
	}

	@AfterEach
	void end() throws Exception {
		if (this.agent != null) {
			this.agent.close().block(Await.LONG);
		}
		this.relays.close();
		this.pod.close();
		stop();
	}

	private AgentSocketClient connect() {
		return connect((builder) -> builder);
	}

	private AgentSocketClient connect(UnaryOperator<AgentSocketClientBuilder> more) {
		this.agent = more.apply(AgentSocketClient.builder(this.pod.uri())).build();
		this.agent.connect().block(Await.LONG);
		return this.agent;
	}

	private <T> T call(String action, Object arguments, Class<T> type) {
		return this.agent.invoke(action).arguments(arguments).toMono(type).block(Await.LONG);
	}

	private ActionException failure(String action, Object arguments) {
		return catchThrowableOfType(ActionException.class, () -> call(action, arguments, Object.class));
	}

	@Test
	void valuesTextsAndBytesComeInEachCodec() {
		for (Codec codec : List.of(JacksonCodec.cbor(), JacksonCodec.json())) {
			AgentSocketClient client = connect((builder) -> builder.codec(codec));
			assertThat(call("greet", Map.of("name", "Ada", "times", 2), String.class)).isEqualTo("Hello Ada Hello Ada");
			assertThat(call("nothing", null, Object.class)).isNull();
			assertThat(call("empty", null, Object.class)).isNull();
			assertThat(call("hex", Map.of("bytes", new byte[] { 0, (byte) 0xFF }), String.class)).isEqualTo("00ff");
			assertThat(call("large", Map.of("count", 700_000), String.class)).hasSize(700_000);
			StringBuilder words = new StringBuilder();
			client.invoke("words")
				.arguments(Map.of("count", 3000))
				.toFlux(String.class)
				.doOnNext(words::append)
				.blockLast(Await.LONG);
			assertThat(words).endsWith("wörd 3000 ").hasSizeGreaterThan(20_000);
			AtomicInteger bytes = new AtomicInteger();
			client.invoke("bytes")
				.arguments(Map.of("count", 300_000))
				.toFlux(byte[].class)
				.doOnNext((piece) -> bytes.addAndGet(piece.length))
				.blockLast(Await.LONG);
			assertThat(bytes).hasValue(300_000);
			client.close().block(Await.LONG);
		}
	}

	@Test
	void argumentsThatDoNotFitAreRefusedBeforeTheToolRuns() {
		connect();
		ActionException error = failure("greet", Map.of("name", "Ada", "times", 0));
		assertThat(error.errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
		assertThat(error.violations()).singleElement()
			.satisfies((violation) -> assertThat(violation.pointer()).isEqualTo("/times"));
		assertThat(error.hasMaybeRun()).isFalse();
		assertThat(failure("greet", Map.of("nam", "Ada")).violations()).hasSizeGreaterThan(1);
	}

	@Test
	void errorsAreThoseOfTheTool() {
		AgentSocketClient client = connect();
		Queue<Integer> items = new ConcurrentLinkedQueue<>();
		ActionException error = catchThrowableOfType(ActionException.class,
				() -> client.invoke("fails").toFlux(Integer.class).doOnNext(items::add).blockLast(Await.LONG));
		assertThat(items).containsExactly(1, 2);
		assertThat(error.code()).isEqualTo(300);
		assertThat(error.text()).isEqualTo("No paper");
		assertThat(error.isRetryable()).isTrue();
		ActionException broken = failure("breaks", null);
		assertThat(broken.errorCode()).isEqualTo(ErrorCode.INTERNAL);
		assertThat(broken.text()).doesNotContain("secret");
		assertThat(broken.correlation()).isNotNull();
		assertThat(broken.hasMaybeRun()).isTrue();
		// The action that it called does not exist here, which is a fault of the tool.
		assertThat(failure("calls", null).errorCode()).isEqualTo(ErrorCode.INTERNAL);
	}

	@Test
	void toolIsNoFasterThanItsAgent() {
		AgentSocketClient client = connect();
		StepVerifier.create(client.invoke("numbers").toFlux(Integer.class), 5)
			.expectNext(1, 2, 3, 4, 5)
			.thenCancel()
			.verify(Await.LONG);
		Await.until(() -> this.tools.cancelled.get() == 1);
		// Without back-pressure it would be millions until the cancel comes.
		assertThat(this.tools.produced.get()).isLessThan(100_000);
	}

	@Test
	void cancelReachesTheToolBeforeItHasAnswered() {
		AgentSocketClient client = connect();
		var running = client.invoke("never").toMono(String.class).subscribe();
		Await.until(() -> Interception.BEGUN.contains("never"));
		running.dispose();
		Await.until(() -> this.tools.cancelled.get() == 1);
	}

	@Test
	void timeLimitOfTheToolAndDeadlineOfTheAgentEndIt() {
		AgentSocketClient client = connect();
		assertThat(failure("late", null).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		Await.until(() -> this.tools.cancelled.get() == 1);
		// On a busy machine the deadline may be over before the tool begins.
		while (!Interception.BEGUN.contains("never")) {
			ActionException error = catchThrowableOfType(ActionException.class,
					() -> client.invoke("never")
						.timeout(Duration.ofMillis(300))
						.toMono(String.class)
						.block(Await.LONG));
			assertThat(error.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		}
		Await.until(() -> this.tools.cancelled.get() == 2);
	}

	@Test
	void attributesAreTheStateOfTheSession() {
		connect();
		assertThat(call("cart.show", null, String[].class)).isEmpty();
		assertThat(call("cart.add", Map.of("article", "apple"), Integer.class)).isEqualTo(1);
		assertThat(call("cart.add", Map.of("article", "pear"), Integer.class)).isEqualTo(2);
		assertThat(failure("cart.break", null).code()).isEqualTo(301);
		assertThat(call("cart.show", null, String[].class)).containsExactly("apple", "pear");
		call("cart.clear", null, Object.class);
		assertThat(call("cart.show", null, String[].class)).isEmpty();
		assertThat(call("who", null, String.class)).startsWith("nobody ");
	}

	@Test
	void questionsAreAskedWithoutTheFunction() {
		Queue<String> asked = new ConcurrentLinkedQueue<>();
		Queue<String> events = new ConcurrentLinkedQueue<>();
		AgentSocketClient client = connect((builder) -> builder.onQuestion((question) -> {
			asked.add(question.prompt());
			Object answer = switch (question.prompt()) {
				case "Where to?" -> "Paris";
				case "Who?" -> "a frög";
				case "On?" -> true;
				default -> 14;
			};
			return Mono.just(Answer.of(answer));
		}));
		client.events("trip.begun", String.class).subscribe(events::add);
		assertThat(call("trip", null, String.class)).isEqualTo("Paris 14");
		assertThat(asked).containsExactly("Where to?", "Which day in Paris?");
		assertThat(this.tools.runs).hasValue(3);
		Await.until(() -> !events.isEmpty());
		assertThat(client.invoke("story").toFlux(String.class).collectList().block(Await.LONG))
			.satisfies((pieces) -> assertThat(String.join("", pieces)).isEqualTo("Once upön a time there was a frög."));
		assertThat(client.invoke("steps").toFlux(Integer.class).collectList().block(Await.LONG)).containsExactly(1, 2,
				3);
		assertThat(events).containsExactly("once");
	}

	@Test
	void questionWithoutAnAnswerEndsAsItWould() {
		connect((builder) -> builder.onQuestion(
				(question) -> question.prompt().equals("Quick?") ? Mono.never() : Mono.just(Answer.declined())));
		assertThat(failure("trip", null).errorCode()).isEqualTo(ErrorCode.FAILED_PRECONDITION);
		assertThat(call("hurried", null, String.class)).isEqualTo("TIMEOUT");
	}

	@Test
	void approvalIsAskedForBeforeTheToolRuns() {
		AtomicInteger asked = new AtomicInteger();
		connect((builder) -> builder.onApproval((approval) -> Mono.just(asked.incrementAndGet() > 1)));
		assertThat(failure("wipe", null).errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(this.tools.runs).hasValue(0);
		assertThat(call("wipe", null, String.class)).isEqualTo("wiped");
		assertThat(this.tools.runs).hasValue(1);
		assertThat(asked).hasValue(2);
	}

	@Test
	void progressAndActionsOfTheSessionReachTheAgent() {
		AgentSocketClient client = connect();
		Queue<String> progress = new ConcurrentLinkedQueue<>();
		assertThat(client.invoke("reads")
			.onProgress((report) -> progress.add(report.text()))
			.toMono(String.class)
			.block(Await.LONG)).isEqualTo("read");
		assertThat(progress).containsExactly("reading");
		assertThat(call("grows", null, String.class)).isEqualTo("ok");
		assertThat(call("grown", null, String.class)).isEqualTo("up");
	}

	@Test
	void interceptorsStandAroundTools() {
		connect();
		call("nothing", null, Object.class);
		assertThat(Interception.BEGUN).contains("nothing");
	}

	/** Hears which tools begin. */
	static final class Interception implements ActionInterceptor {

		static final Set<String> BEGUN = java.util.concurrent.ConcurrentHashMap.newKeySet();

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			return chain.proceed(exchange).doOnSubscribe((subscription) -> BEGUN.add(exchange.action().name()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		FunctionTools tools() {
			return new FunctionTools();
		}

		@Bean
		Interception interception() {
			return new Interception();
		}

	}

}
