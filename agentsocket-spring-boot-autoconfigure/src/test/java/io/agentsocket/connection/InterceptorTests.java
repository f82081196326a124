package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.Invocation;
import io.agentsocket.action.QuestionHandlers;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Interceptors of both sides, around what runs here and what is invoked there.
 */
class InterceptorTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final List<String> log = new ArrayList<>();

	private final Switch ofClient = new Switch();

	private final Switch ofServer = new Switch();

	private final Pair pair = new Pair(List.of(new Logging("c1"), this.ofClient, new Logging("c2")),
			List.of(new Logging("s1"), this.ofServer, new Logging("s2")))
		.connect();

	@AfterEach
	void nothingIsLeft() {
		this.pair.assertClean();
	}

	private void settle() {
		this.pair.settle();
	}

	private static <T> StepVerifier.FirstStep<T> verify(Mono<T> mono) {
		return StepVerifier.create(mono);
	}

	@Test
	void standAroundBothEndsInTheirOrder() {
		this.pair.serverActions.value("add", (exchange) -> {
			this.log.add("run");
			return Mono.just(3);
		});
		verify(this.pair.client.invoke("add").toMono(Integer.class)).then(this::settle)
			.expectNext(3)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.log).containsExactly("c1 out add", "c2 out add", "s1 in add", "s2 in add", "run",
				"s2 in add gave 3", "s1 in add gave 3", "c2 out add gave 3", "c1 out add gave 3");
		this.log.clear();
		this.pair.clientActions.value("name", (exchange) -> Mono.just("agent"));
		verify(this.pair.server.invoke("name").toMono(String.class)).then(this::settle)
			.expectNext("agent")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.log).startsWith("s1 out name", "s2 out name", "c1 in name", "c2 in name");
	}

	@Test
	void nestedInvocationsAndQuestionsAreSeenWithWhatTheyBelongTo() {
		this.pair.clientActions.add(QuestionHandlers.questions((asked) -> Mono.just(Answer.of("yes"))));
		this.pair.clientActions.value("word", (exchange) -> Mono.just("w"));
		AtomicReference<AgentExchange> running = new AtomicReference<>();
		List<Invocation> nested = new ArrayList<>();
		this.ofServer.out = (invocation, chain) -> {
			nested.add(invocation);
			return chain.proceed(invocation);
		};
		this.pair.serverActions.value("tool", (exchange) -> {
			running.set(exchange);
			return exchange.invoke("word")
				.toMono(String.class)
				.zipWith(exchange.ask("Sure?", String.class), String::concat);
		});
		verify(this.pair.client.invoke("tool").toMono(String.class)).then(this::settle)
			.expectNext("wyes")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(nested).extracting(Invocation::action).containsExactlyInAnyOrder("word", "as.ask");
		assertThat(nested).allMatch((invocation) -> invocation.parent() == running.get());
		assertThat(this.log).contains("c1 in as.ask", "c2 in word");
	}

	@Test
	void argumentsAreReplacedOnBothSides() {
		this.ofClient.out = (invocation, chain) -> {
			Map<String, Object> arguments = invocation.arguments(Map.class);
			return chain.proceed(invocation.mutate().arguments(Map.of("n", (Integer) arguments.get("n") + 1)).build());
		};
		this.ofServer.in = (exchange, chain) -> {
			Map<String, Object> arguments = exchange.arguments(Map.class);
			return chain.proceed(exchange.withArguments(Map.of("n", (Integer) arguments.get("n") * 10)));
		};
		this.pair.serverActions.value("echo",
				(exchange) -> Mono
					.deferContextual((context) -> Mono.just(exchange.<Map<?, ?>>arguments(Map.class).get("n") + " "
							+ context.get(AgentExchange.class).<Map<?, ?>>arguments(Map.class).get("n"))));
		verify(this.pair.client.invoke("echo").arguments(Map.of("n", 1)).toMono(String.class)).then(this::settle)
			.expectNext("20 20")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void resultsAndErrorsAreReplaced() {
		this.ofServer.in = (exchange, chain) -> chain.proceed(exchange)
			.map((result) -> "[" + result + "]")
			.onErrorMap(IllegalStateException.class, (error) -> new ActionException(300, "Seen " + error.getMessage()));
		this.ofClient.out = (invocation, chain) -> chain.proceed(invocation).map((result) -> result + "!");
		this.pair.serverActions.text("words", (exchange) -> Flux.just("a", "b"));
		this.pair.serverActions.value("fail", (exchange) -> Mono.error(new IllegalStateException("secret")));
		StepVerifier.create(this.pair.client.invoke("words").toFlux(String.class))
			.then(this::settle)
			.expectNext("[a]!", "[b]!")
			.expectComplete()
			.verify(TIMEOUT);
		verify(this.pair.client.invoke("fail").toMono(String.class)).then(this::settle)
			.expectErrorSatisfies(
					(error) -> assertThat(error).hasMessage("Seen secret").extracting("code").isEqualTo(300))
			.verify(TIMEOUT);
	}

	@Test
	void aCacheAnswersByItself() {
		AtomicInteger runs = new AtomicInteger();
		this.pair.serverActions.value("slow", (exchange) -> Mono.just(runs.incrementAndGet()));
		AtomicReference<Object> cached = new AtomicReference<>();
		this.ofServer.in = (exchange, chain) -> (cached.get() != null) ? Mono.just(cached.get())
				: chain.proceed(exchange).doOnNext(cached::set);
		for (int i = 0; i < 3; i++) {
			verify(this.pair.client.invoke("slow").idempotencyKey("k" + i).toMono(Integer.class)).then(this::settle)
				.expectNext(1)
				.expectComplete()
				.verify(TIMEOUT);
		}
		assertThat(runs).hasValue(1);
		// The answer of the cache is the answer of the call.
		cached.set(7);
		verify(this.pair.client.invoke("slow").idempotencyKey("k2").toMono(Integer.class)).then(this::settle)
			.expectNext(1)
			.expectComplete()
			.verify(TIMEOUT);
		this.ofClient.out = (invocation, chain) -> Mono.just(42);
		this.log.clear();
		verify(this.pair.client.invoke("slow").toMono(Integer.class)).expectNext(42).expectComplete().verify(TIMEOUT);
		assertThat(this.log).containsExactly("c1 out slow", "c1 out slow gave 42");
	}

	@Test
	void aRefusedCallHasNotRunAndItsKeyStaysFree() {
		AtomicInteger runs = new AtomicInteger();
		this.pair.serverActions.value("pay", (exchange) -> Mono.just(runs.incrementAndGet()));
		this.ofServer.in = (exchange, chain) -> Mono
			.error(new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Slow down").retryable());
		verify(this.pair.client.invoke("pay").idempotencyKey("k").toMono(Integer.class)).then(this::settle)
			.expectErrorSatisfies((error) -> {
				ActionException exception = (ActionException) error;
				assertThat(exception.errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
				assertThat(exception.hasMaybeRun()).isFalse();
			})
			.verify(TIMEOUT);
		this.ofServer.in = null;
		verify(this.pair.client.invoke("pay").idempotencyKey("k").toMono(Integer.class)).then(this::settle)
			.expectNext(1)
			.expectComplete()
			.verify(TIMEOUT);
		this.ofServer.in = (exchange, chain) -> chain.proceed(exchange)
			.then(Mono.error(new ActionException(300, "After it")));
		verify(this.pair.client.invoke("pay").idempotencyKey("l").toMono(Integer.class)).then(this::settle)
			.expectErrorMatches((error) -> "After it".equals(error.getMessage()))
			.verify(TIMEOUT);
		this.ofServer.in = null;
		verify(this.pair.client.invoke("pay").idempotencyKey("l").toMono(Integer.class)).then(this::settle)
			.expectErrorMatches((error) -> "After it".equals(error.getMessage()))
			.verify(TIMEOUT);
		assertThat(runs).hasValue(2);
	}

	@Test
	void demandPassesThroughTheChain() {
		AtomicInteger produced = new AtomicInteger();
		this.ofServer.in = (exchange, chain) -> chain.proceed(exchange).map((item) -> "s" + item);
		this.ofClient.out = (invocation, chain) -> chain.proceed(invocation).map((item) -> "c" + item);
		this.pair.serverActions.items("count",
				(exchange) -> Flux.generate((sink) -> sink.next("" + produced.incrementAndGet())));
		StepVerifier.create(this.pair.client.invoke("count").toFlux(String.class), 0)
			.then(this::settle)
			.thenRequest(2)
			.then(this::settle)
			.expectNext("cs1", "cs2")
			.then(() -> assertThat(produced).hasValue(2))
			.thenRequest(1)
			.then(this::settle)
			.expectNext("cs3")
			.then(() -> assertThat(produced).hasValue(3))
			.thenCancel()
			.verify(TIMEOUT);
		settle();
	}

	@Test
	void cancellationPassesThroughTheChain() {
		TestPublisher<String> source = TestPublisher.create();
		this.pair.serverActions.items("endless", (exchange) -> source.flux());
		StepVerifier.create(this.pair.client.invoke("endless").toFlux(String.class))
			.then(this::settle)
			.then(() -> source.next("a"))
			.then(this::settle)
			.expectNext("a")
			.thenCancel()
			.verify(TIMEOUT);
		settle();
		source.assertCancelled();
		assertThat(this.log).contains("c1 out endless cancelled", "s2 in endless cancelled");
	}

	@Test
	void whatWaitsInAnInterceptorEndsWithTheCall() {
		TestPublisher<String> permission = TestPublisher.create();
		this.ofServer.in = (exchange, chain) -> permission.flux().thenMany(chain.proceed(exchange));
		this.pair.serverActions.value("never", (exchange) -> {
			throw new AssertionError("runs");
		});
		StepVerifier.create(this.pair.client.invoke("never").toMono(String.class))
			.then(this::settle)
			.then(permission::assertWasSubscribed)
			.thenCancel()
			.verify(TIMEOUT);
		settle();
		permission.assertCancelled();
	}

	@Test
	void theDeadlineHoldsForInterceptorsToo() {
		AtomicReference<Duration> left = new AtomicReference<>();
		this.pair.serverActions.value("add", (exchange) -> Mono.just(1));
		Sinks.Empty<Void> gate = Sinks.empty();
		this.ofClient.out = (invocation, chain) -> gate.asMono().thenMany(chain.proceed(invocation));
		verify(this.pair.client.invoke("add").timeout(Duration.ofSeconds(10)).toMono(Integer.class))
			.then(() -> this.pair.advance(Duration.ofSeconds(11)))
			.expectErrorSatisfies((error) -> {
				assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
				assertThat(((ActionException) error).hasMaybeRun()).isFalse();
			})
			.verify(TIMEOUT);
		assertThat(this.log).doesNotContain("s1 in add");
		// Beyond the call: the action has run.
		this.ofClient.out = (invocation, chain) -> chain.proceed(invocation).thenMany(Mono.never());
		verify(this.pair.client.invoke("add").timeout(Duration.ofSeconds(10)).toMono(Integer.class))
			.then(() -> this.pair.advance(Duration.ofSeconds(11)))
			.expectErrorSatisfies((error) -> {
				assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
				assertThat(((ActionException) error).hasMaybeRun()).isTrue();
			})
			.verify(TIMEOUT);
		// Some of the time is used up by the interceptor.
		Sinks.Empty<Void> later = Sinks.empty();
		this.ofClient.out = (invocation, chain) -> later.asMono().thenMany(chain.proceed(invocation));
		this.pair.serverActions.value("left", (exchange) -> {
			left.set(Duration.between(java.time.Instant.now(), exchange.deadline().orElseThrow()));
			return Mono.just(1);
		});
		verify(this.pair.client.invoke("left").timeout(Duration.ofSeconds(10)).toMono(Integer.class))
			.then(() -> this.pair.advance(Duration.ofSeconds(4)))
			.then(later::tryEmitEmpty)
			.then(this::settle)
			.expectNext(1)
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(left.get()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(6));
	}

	@Test
	void theDeadlineOfANestedCallIsNotThatOfTheActionThatMakesIt() {
		this.pair.clientActions.value("late", (exchange) -> Mono.just("answer"));
		this.ofServer.out = (invocation, chain) -> chain.proceed(invocation).thenMany(Mono.never());
		this.pair.serverActions.value("tool",
				(exchange) -> exchange.invoke("late").timeout(Duration.ofSeconds(1)).toMono(String.class));
		verify(this.pair.client.invoke("tool").toMono(String.class))
			.then(() -> this.pair.advance(Duration.ofSeconds(3)))
			.expectErrorSatisfies(
					(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INTERNAL))
			.verify(TIMEOUT);
	}

	@Test
	void anInterceptorThatTriesAgainUsesTheSameKey() {
		List<String> keys = new ArrayList<>();
		this.ofClient.out = (invocation, chain) -> chain.proceed(invocation).retry(1);
		this.ofServer.in = (exchange, chain) -> {
			keys.add(exchange.idempotencyKey());
			return Mono.error(new ActionException(ErrorCode.UNAVAILABLE, "Not yet"));
		};
		this.pair.serverActions.value("flaky", (exchange) -> Mono.just("ran"));
		AtomicInteger made = new AtomicInteger();
		verify(this.pair.client.invoke("flaky", () -> "key" + made.incrementAndGet()).toMono(String.class))
			.then(this::settle)
			.expectErrorMatches((error) -> "Not yet".equals(error.getMessage()))
			.verify(TIMEOUT);
		assertThat(keys).containsExactly("key1", "key1");
	}

	@Test
	void anActionBeginsInTheLoopWhereverAnInterceptorGoesOn() {
		Sinks.Empty<Void> gate = Sinks.empty();
		this.ofServer.in = (exchange, chain) -> gate.asMono().thenMany(chain.proceed(exchange));
		this.pair.serverActions.value("add", (exchange) -> {
			this.log.add("run");
			return Mono.just(1);
		});
		verify(this.pair.client.invoke("add").toMono(Integer.class)).then(this::settle).then(() -> {
			gate.tryEmitEmpty();
			assertThat(this.log).doesNotContain("run");
		}).then(this::settle).expectNext(1).expectComplete().verify(TIMEOUT);
	}

	@Test
	void nobodyIsAskedToApproveWhatIsRefusedAndApprovesWhatWillRun() {
		List<Object> approved = new ArrayList<>();
		this.pair.clientActions.add(QuestionHandlers.approvals((request) -> {
			approved.add(request.arguments());
			return Mono.just(true);
		}));
		this.pair.serverActions.add(Action.named("wipe")
			.hints(new ActionHints(false, false, true, false, true, null))
			.handler((exchange) -> Mono.just(exchange.<Map<String, Object>>arguments(Map.class).get("disk"))));
		this.ofServer.in = (exchange, chain) -> Mono.error(new ActionException(ErrorCode.PERMISSION_DENIED, "No"));
		verify(this.pair.client.invoke("wipe").arguments(Map.of("disk", "a")).toMono(String.class)).then(this::settle)
			.expectErrorMatches((error) -> "No".equals(error.getMessage()))
			.verify(TIMEOUT);
		assertThat(approved).isEmpty();
		this.ofServer.in = (exchange, chain) -> chain.proceed(exchange.withArguments(Map.of("disk", "b")));
		verify(this.pair.client.invoke("wipe").arguments(Map.of("disk", "a")).toMono(String.class)).then(this::settle)
			.expectNext("b")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(approved).containsExactly(Map.of("disk", "b"));
	}

	@Test
	void anInterceptorThatBreaksEndsItsCallOnly() {
		this.pair.serverActions.value("add", (exchange) -> Mono.just(1));
		this.ofClient.out = (invocation, chain) -> Mono.just("text");
		verify(this.pair.client.invoke("add").toMono(Integer.class)).then(this::settle)
			.expectErrorSatisfies((error) -> assertThat(error).isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("java.lang.Integer"))
			.verify(TIMEOUT);
		this.ofClient.out = null;
		for (Chained<AgentExchange, ActionInterceptor.ActionChain> broken : List.<Chained<AgentExchange, ActionInterceptor.ActionChain>>of(
				(exchange, chain) -> null, (exchange, chain) -> {
					throw new IllegalStateException("broken");
				})) {
			this.ofServer.in = broken;
			verify(this.pair.client.invoke("add").toMono(Integer.class)).then(this::settle)
				.expectErrorSatisfies(
						(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INTERNAL))
				.verify(TIMEOUT);
		}
	}

	@Test
	void idsTellInvocationsApart() {
		List<String> ids = new ArrayList<>();
		this.pair.serverActions.add("none", ResultShape.NONE, false, (exchange) -> Mono.empty());
		this.ofClient.out = (invocation, chain) -> {
			ids.add(invocation.id());
			return chain.proceed(invocation.mutate().traceparent("00-1").build())
				.doOnComplete(() -> ids.add(invocation.id()));
		};
		Mono<String> call = this.pair.client.invoke("none").toMono(String.class);
		for (int i = 0; i < 2; i++) {
			verify(call).then(this::settle).expectComplete().verify(TIMEOUT);
		}
		assertThat(ids).hasSize(4);
		assertThat(ids.get(0)).isEqualTo(ids.get(1)).isNotEqualTo(ids.get(2));
	}

	@FunctionalInterface
	private interface Chained<I, C> {

		Publisher<?> apply(I invocation, C chain);

	}

	/** Does what a test says. */
	private static final class Switch implements ActionInterceptor {

		private Chained<AgentExchange, ActionChain> in;

		private Chained<Invocation, InvocationChain> out;

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			return (this.in != null) ? this.in.apply(exchange, chain) : chain.proceed(exchange);
		}

		@Override
		public Publisher<?> interceptInvocation(Invocation invocation, InvocationChain chain) {
			return (this.out != null) ? this.out.apply(invocation, chain) : chain.proceed(invocation);
		}

	}

	private final class Logging implements ActionInterceptor {

		private final String name;

		Logging(String name) {
			this.name = name;
		}

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			return log(this.name + " in " + exchange.action().name(), chain.proceed(exchange));
		}

		@Override
		public Publisher<?> interceptInvocation(Invocation invocation, InvocationChain chain) {
			return log(this.name + " out " + invocation.action(), chain.proceed(invocation));
		}

		private Flux<Object> log(String what, Flux<Object> results) {
			InterceptorTests.this.log.add(what);
			return results.doOnNext((result) -> InterceptorTests.this.log.add(what + " gave " + result))
				.doOnCancel(() -> InterceptorTests.this.log.add(what + " cancelled"));
		}

	}

}
