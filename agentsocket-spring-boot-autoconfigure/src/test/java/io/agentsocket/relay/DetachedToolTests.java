package io.agentsocket.relay;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.function.FunctionHttpHandler;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.push.CallbackTokens;
import io.agentsocket.relay.push.PodChannel;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tools of a function go on after their requests were answered. A function, a relay and
 * an agent. Sections 7 and 10 of {@code docs/function-protocol.md}.
 */
class DetachedToolTests {

	private static final byte[] SECRET = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

	/** Items that wait in a pod for an agent. */
	private static final int WAITING = 256;

	/** Shared, until a test closes it. */
	private static ConfigurableApplicationContext function;

	private final CallbackTokens tokens = new CallbackTokens(SECRET, TestFunction.JSON, Duration.ofMinutes(15));

	private final AtomicReference<HttpHandler> pushes = new AtomicReference<>();

	private final Queue<Object> items = new ConcurrentLinkedQueue<>();

	private DisposableServer callback;

	private DisposableServer server;

	private Tools tools;

	private RelayFixture pod;

	@BeforeEach
	void start() throws IOException {
		this.callback = serve((request, response) -> this.pushes.get().handle(request, response));
		this.pod = new RelayFixture((call) -> call.answer(500, null, new byte[0]), RelayListener.NONE,
				(builder) -> builder.callbacks(this.tokens,
						URI.create("http://127.0.0.1:" + this.callback.port() + "/callback"), new Alone()));
		AgentSocketOperations operations = new AgentSocketOperations(this.pod.server.server());
		this.pushes.set(WebHttpHandlerBuilder
			.webHandler(this.pod.relays.webHandler((id) -> operations.session(id).map(RelayCluster.Found::new)))
			.build());
		if (function == null || !function.isActive()) {
			function = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
				.run("--agentsocket.function.enabled=true", "--agentsocket.function.secrets=" + RelayFixture.SECRET,
						"--agentsocket.function.heartbeat=200ms");
		}
		this.tools = function.getBean(Tools.class);
		this.tools.reset();
		this.server = serve(new FunctionHttpHandler(function.getBean(FunctionEndpoint.class)));
		URI url = URI.create("http://127.0.0.1:" + this.server.port() + "/function");
		this.pod.add(RelayFixture.settings("tools", url, RelayFixture.TIMES),
				function.getBean(ActionCatalog.class)
					.actions()
					.stream()
					.map((action) -> new RelayedAction(ActionDescriptor.of(action), StateAccess.WRITE, Set.of("cart"),
							null, url))
					.toArray(RelayedAction[]::new));
		this.pod.connect();
	}

	private static DisposableServer serve(HttpHandler handler) {
		return HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.handle(new ReactorHttpHandlerAdapter(handler))
			.bindNow(RelayFixture.TIMEOUT);
	}

	@AfterEach
	void stop() throws IOException {
		// A tool that still runs ends before its address goes.
		this.tools.rest.tryEmitComplete();
		this.pod.close();
		this.server.disposeNow(RelayFixture.TIMEOUT);
		this.callback.disposeNow(RelayFixture.TIMEOUT);
	}

	@AfterAll
	static void stopFunction() {
		function.close();
		function = null;
	}

	/** Begins an invocation, whose request is answered while its items are missing. */
	private reactor.core.Disposable begin(String action) {
		reactor.core.Disposable running = this.pod.client.invoke(action)
			.toFlux(Object.class)
			.map((item) -> (item instanceof Map<?, ?> article) ? article.get("name") : item)
			.subscribe(this.items::add, this.items::add, () -> this.items.add("end"));
		Await.until(() -> this.tools.rest.currentSubscriberCount() == 1);
		return running;
	}

	private void emit(String item) {
		this.tools.rest.emitNext(item, Sinks.EmitFailureHandler.busyLooping(RelayFixture.TIMEOUT));
	}

	private ActionException error() {
		Await.until(() -> this.items.stream().anyMatch(ActionException.class::isInstance));
		return this.items.stream()
			.filter(ActionException.class::isInstance)
			.map(ActionException.class::cast)
			.findFirst()
			.orElseThrow();
	}

	@Test
	void itemsAndEndComeByPushes() {
		begin("items");
		emit("a");
		Await.until(() -> this.items.size() == 1);
		emit("b");
		emit("c");
		this.tools.rest.tryEmitComplete();
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly("a", "b", "c", "end");
		Await.until(() -> this.pod.relays.pushable() == 0);
	}

	@Test
	void valueComesByAPushAndTheStateWithTheAnswer() {
		begin("value");
		Await.until(() -> this.pod.state().values().containsKey("cart"));
		assertThat(this.items).isEmpty();
		emit("sold");
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly("sold", "end");
	}

	@Test
	void textComesByPushes() {
		begin("text");
		emit("");
		emit("w\u00f6rd ");
		emit("two");
		this.tools.rest.tryEmitComplete();
		Await.until(() -> this.items.contains("end"));
		assertThat(String.join("", this.items.stream().map(String::valueOf).toList())).isEqualTo("w\u00f6rd twoend");
	}

	@Test
	void errorsAreThoseOfTheTool() {
		begin("items");
		emit("a");
		this.tools.rest.tryEmitError(new ActionException(300, "No paper").retryable());
		assertThat(error().code()).isEqualTo(300);
		assertThat(error().text()).isEqualTo("No paper");
		assertThat(error().isRetryable()).isTrue();
		assertThat(this.items).contains("a");
	}

	@Test
	void exceptionsAreNotTold() {
		begin("value");
		this.tools.rest.tryEmitError(new IllegalStateException("a secret"));
		assertThat(error().errorCode()).isEqualTo(ErrorCode.INTERNAL);
		assertThat(error().text()).doesNotContain("secret");
		assertThat(error().correlation()).isNotNull();
	}

	/** A pod takes no push of this size; the end would have come with it. */
	@Test
	void itemThatIsRefusedWithTheEndIsToldOf() {
		begin("value");
		emit("x".repeat(2 * 1024 * 1024));
		assertThat(error().errorCode()).isEqualTo(ErrorCode.INTERNAL);
		Await.until(() -> this.pod.relays.pushable() == 0);
	}

	/** Somebody else has cancelled what the tool waits for. */
	@Test
	void workThatIsCancelledIsToldOf() {
		begin("items");
		this.tools.rest.tryEmitError(new CancellationException("by somebody else"));
		assertThat(error().text()).doesNotContain("somebody");
		Await.until(() -> this.pod.relays.pushable() == 0);
	}

	@Test
	void cancelReachesTheToolWithTheNextItem() {
		reactor.core.Disposable running = begin("items");
		emit("a");
		Await.until(() -> this.items.size() == 1);
		running.dispose();
		Await.until(() -> this.pod.relays.pushable() == 0);
		emit("b");
		Await.until(() -> this.tools.rest.currentSubscriberCount() == 0);
	}

	/** An agent that takes nothing stops the tool, whose pushes wait. */
	@Test
	void toolIsNoFasterThanItsAgent() {
		StepVerifier.create(this.pod.client.invoke("numbers").toFlux(Integer.class), 5)
			.expectNext(1, 2, 3, 4, 5)
			.then(() -> Await.until(() -> this.tools.produced.get() > WAITING))
			.thenRequest(Long.MAX_VALUE)
			.recordWith(ArrayList::new)
			.thenConsumeWhile((number) -> {
				this.tools.taken.incrementAndGet();
				return true;
			})
			.expectRecordedMatches(
					(numbers) -> List.copyOf(numbers).equals(IntStream.rangeClosed(6, Tools.NUMBERS).boxed().toList()))
			.expectComplete()
			.verify(Await.LONG);
		assertThat(this.tools.ahead.get()).isLessThan(2 * WAITING);
	}

	@Test
	void endOfTheApplicationIsTold() {
		begin("items");
		function.close();
		assertThat(error().errorCode()).isEqualTo(ErrorCode.LOST);
	}

	/** The end may be pushed by somebody else, who has address and token. */
	@Test
	void somebodyElseMayGoOn() {
		this.pod.client.invoke("handover")
			.toFlux(Object.class)
			.subscribe(this.items::add, this.items::add, () -> this.items.add("end"));
		Await.until(() -> this.tools.handedOver.get() != null);
		FunctionPush push = this.tools.handedOver.get();
		assertThat(push.url()).hasToString("http://127.0.0.1:" + this.callback.port() + "/callback/sessions/"
				+ this.pod.client.sessionId() + "/frames");
		assertThat(this.tokens.check(push.token()).function()).isEqualTo("tools");
		assertThat(push).asString().doesNotContain(push.token());
		push.send(List.of(Map.of("item", Map.of("page", 7)), Map.of("end", true))).block(RelayFixture.TIMEOUT);
		Await.until(() -> this.items.contains("end"));
		assertThat(this.items).containsExactly(Map.of("page", 7), "end");
	}

	@Test
	void answerThatHasBegunIsNotDetached() {
		begin("late");
		Await.until(() -> this.items.size() == 1);
		emit("go");
		assertThat(error().errorCode()).isEqualTo(ErrorCode.FAILED_PRECONDITION);
	}

	/** A pod without others. */
	private static final class Alone implements PodChannel {

		@Override
		public String pod() {
			return "pod1";
		}

		@Override
		public boolean isAlive(String pod) {
			return true;
		}

		@Override
		public boolean isGone(String pod) {
			return false;
		}

		@Override
		public Mono<Void> send(String pod, Bytes message) {
			return Mono.empty();
		}

		@Override
		public void onMessage(Consumer<Bytes> receiver) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Tools tools() {
			return new Tools();
		}

	}

	static class Tools {

		/** Many more than wait in a pod and here. */
		static final int NUMBERS = 1500;

		volatile Sinks.Many<String> rest = items();

		final AtomicReference<FunctionPush> handedOver = new AtomicReference<>();

		final AtomicInteger produced = new AtomicInteger();

		final AtomicInteger taken = new AtomicInteger();

		/** The most numbers that were produced and not taken. */
		final AtomicInteger ahead = new AtomicInteger();

		private static Sinks.Many<String> items() {
			return Sinks.many().multicast().onBackpressureBuffer(16, false);
		}

		void reset() {
			this.rest = items();
			this.handedOver.set(null);
			this.produced.set(0);
			this.taken.set(0);
			this.ahead.set(0);
		}

		@AgentTool
		Flux<Article> items(FunctionPush push) {
			return push.detach(this.rest.asFlux().map(Article::new));
		}

		@AgentTool
		Mono<String> value(AgentSession session, FunctionPush push) {
			return session.setAttribute("cart", List.of("apple")).then(push.detach(this.rest.asFlux().next()));
		}

		@AgentTool
		Flux<String> text(FunctionPush push) {
			return push.detach(this.rest.asFlux());
		}

		@AgentTool
		Flux<Integer> numbers(FunctionPush push) {
			return push.detach(Flux.<Integer, Integer>generate(() -> 1, (next, sink) -> {
				this.ahead.accumulateAndGet(this.produced.incrementAndGet() - this.taken.get(), Math::max);
				sink.next(next);
				if (next == NUMBERS) {
					sink.complete();
				}
				return next + 1;
			}));
		}

		@AgentTool
		Mono<Object> handover(FunctionPush push) {
			return push.detach().doOnTerminate(() -> this.handedOver.set(push));
		}

		@AgentTool
		Flux<Article> late(FunctionPush push) {
			return Flux.just(new Article("a"))
				.concatWith(this.rest.asFlux().next().thenMany(push.detach(Flux.just(new Article("b")))));
		}

	}

	/** An item that is no text. */
	record Article(String name) {
	}

}
