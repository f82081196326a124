package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions that move from pod to pod.
 */
class TakeoverTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final ActionHints IDEMPOTENT = new ActionHints(false, false, true, false, false, null);

	private final AtomicInteger runs = new AtomicInteger();

	private final AtomicInteger resets = new AtomicInteger();

	private volatile Sinks.One<String> release = Sinks.one();

	/** Told the items that the action takes. */
	private volatile IntConsumer taken = (n) -> {
	};

	/** Whether an interceptor refuses all runs but the first one. */
	private volatile boolean refusing;

	private TestCluster cluster;

	private AgentSocketClient client;

	private Action[] actions() {
		return new Action[] {
				Action.named("numbers")
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(2)).onBackpressureBuffer().take(1000)),
				Action.named("wait").handler((exchange) -> {
					this.runs.incrementAndGet();
					return this.release.asMono();
				}), Action.named("again").hints(IDEMPOTENT).handler((exchange) -> {
					int run = this.runs.incrementAndGet();
					return (run == 1) ? Mono.never() : Mono.just("run " + run);
				}),
				Action.named("ask")
					.handler((exchange) -> this.release.asMono()
						.flatMap((text) -> exchange.invoke("agent.twice")
							.arguments(Map.of("n", 21))
							.toMono(Integer.class))),
				Action.named("echo")
					.hints(IDEMPOTENT)
					.handler((exchange) -> Mono.justOrEmpty(exchange.<Object>arguments(Object.class))),
				Action.named("sum")
					.items(Map.of("type", "integer"))
					.handler((exchange) -> exchange.inbound(Integer.class)
						.doOnNext((n) -> this.taken.accept(n))
						.reduce(0, Integer::sum)) };
	}

	private void start(Durability durability) {
		this.cluster = new TestCluster(durability, 2, (pod, builder) -> builder.interceptor(new ActionInterceptor() {

			@Override
			public Flux<Object> interceptAction(AgentExchange exchange, ActionChain chain) {
				boolean again = exchange.action().name().equals("again");
				return (TakeoverTests.this.refusing && again && TakeoverTests.this.runs.get() > 0)
						? Flux.error(new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Not now"))
						: chain.proceed(exchange);
			}

		}), this::actions);
		this.client = AgentSocketClient.builder(this.cluster.uri())
			.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
			.offer("agent.twice", Numbers.class, (numbers) -> Mono.just(2 * numbers.n()))
			.sessionListener(new AgentSessionListener() {

				@Override
				public void reset(AgentSession session, ResetReason reason) {
					TakeoverTests.this.resets.incrementAndGet();
				}

			})
			.build();
		Await.end(this.client.connect());
	}

	@AfterEach
	void stop() {
		this.client.close().block(TIMEOUT);
		this.cluster.close();
	}

	private void move() {
		this.cluster.target(this.cluster.pod(1));
		this.cluster.cut();
	}

	@ParameterizedTest
	@EnumSource
	void streamGoesOnWhereItRunsWhenTheSessionMoves(Durability durability) {
		start(durability);
		List<Integer> expected = IntStream.range(0, 1000).boxed().toList();
		StepVerifier.create(Await.ended(this.client.invoke("numbers").toFlux(Integer.class).doOnNext((n) -> {
			if (n == 200) {
				move();
			}
		}).collectList())).expectNext(expected).expectComplete().verify(TIMEOUT);
		assertThat(this.cluster.pod(1).server().sessions()).hasSize(1);
		assertThat(this.cluster.pod(0).server().sessions()).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void callThatRunsElsewhereReachesTheAgentThroughItsNewPod(Durability durability) {
		start(durability);
		Mono<String> call = this.client.invoke("wait").toMono(String.class).cache();
		call.subscribe();
		awaitRuns(1);
		move();
		StepVerifier.create(Await.ended(this.client.invoke("echo").arguments(Map.of("a", 1)).toMono(Map.class)))
			.expectNextCount(1)
			.expectComplete()
			.verify(TIMEOUT);
		this.release.tryEmitValue("done");
		StepVerifier.create(Await.ended(call)).expectNext("done").expectComplete().verify(TIMEOUT);
		assertThat(this.runs).hasValue(1);
	}

	@ParameterizedTest
	@EnumSource
	void questionIsAskedThroughTheNewPod(Durability durability) {
		start(durability);
		Mono<Integer> call = this.client.invoke("ask").toMono(Integer.class).cache();
		call.subscribe();
		echo();
		move();
		echo();
		this.release.tryEmitValue("go");
		StepVerifier.create(Await.ended(call)).expectNext(42).expectComplete().verify(TIMEOUT);
	}

	@ParameterizedTest
	@EnumSource
	void itemsOfTheCallerReachWhatRunsElsewhere(Durability durability) {
		start(durability);
		Flux<Integer> items = Flux.range(1, 500).delayElements(Duration.ofMillis(1)).doOnNext((n) -> {
			if (n == 100) {
				move();
			}
		});
		StepVerifier.create(Await.ended(this.client.invoke("sum").items(items).toMono(Integer.class)))
			.expectNext(500 * 501 / 2)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void itemsReachAPodThatDoesNotKnowYetThatItHasLostTheSession() {
		start(Durability.STRICT);
		TestCluster.Pod before = this.cluster.pod(0);
		// Credit comes for half a buffer at a time. Whoever may send the first item of
		// such a half may send all of it, also while no step gets stored.
		int half = Limits.SERVER.items() / 2;
		this.taken = (n) -> {
			if (n == 6 * half + 1) {
				before.hold();
			}
			if (n == 7 * half) {
				// The step with the next credit begins, and stays underway.
				move();
			}
		};
		CompletableFuture<Integer> sum = this.client.invoke("sum")
			.items(Flux.range(1, 500))
			.toMono(Integer.class)
			.toFuture();
		Await.until(() -> before.frames() > 0);
		before.release();
		assertThat(sum).succeedsWithin(TIMEOUT).isEqualTo(500 * 501 / 2);
	}

	@ParameterizedTest
	@EnumSource
	void whatGetsLostOnItsWayToAnotherPodIsSentAgain(Durability durability) {
		start(durability);
		Flux<Integer> items = Flux.range(1, 300).delayElements(Duration.ofMillis(1)).doOnNext((n) -> {
			if (n == 50) {
				move();
			}
			else if (n == 150) {
				this.cluster.pod(1).loseFrames(3);
			}
			else if (n == 300) {
				// Nothing comes behind the last one that would show the loss.
				this.cluster.pod(1).loseFrames(1);
			}
		});
		StepVerifier.create(Await.ended(this.client.invoke("sum").items(items).toMono(Integer.class)))
			.expectNext(300 * 301 / 2)
			.expectComplete()
			.verify(Await.LONG);
	}

	@ParameterizedTest
	@EnumSource
	void answerThatGetsLostOnItsWayToAnotherPodIsSentAgain(Durability durability) {
		start(durability);
		AgentSocket agent = new AgentSocketOperations(this.cluster.pod(1).server()).session(this.client.sessionId())
			.block(TIMEOUT);
		assertThat(agent).isNotNull();
		this.cluster.pod(0).loseFrames(2);
		StepVerifier.create(Await.ended(agent.invoke("agent.twice").arguments(Map.of("n", 21)).toMono(Integer.class)))
			.expectNext(42)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@ParameterizedTest
	@EnumSource
	void callOfADeadPodIsLost(Durability durability) {
		start(durability);
		Mono<String> call = this.client.invoke("wait").toMono(String.class).cache();
		call.subscribe();
		awaitRuns(1);
		kill();
		StepVerifier.create(Await.ended(call)).expectErrorSatisfies((error) -> {
			assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.LOST);
			assertThat(((ActionException) error).hasMaybeRun()).isTrue();
		}).verify(TIMEOUT);
		assertThat(this.runs).hasValue(1);
		echo();
	}

	@ParameterizedTest
	@EnumSource
	void idempotentCallOfADeadPodRunsAgain(Durability durability) {
		start(durability);
		Mono<String> call = this.client.invoke("again").toMono(String.class).cache();
		call.subscribe();
		awaitRuns(1);
		echo();
		kill();
		String result = call.block(TIMEOUT);
		if (result.equals("run 3")) {
			// The other pod has run it already when the agent comes, which has seen
			// something that was not durable: it begins a new session, and calls again.
			assertThat(durability).isEqualTo(Durability.RELAXED);
			Await.until(() -> this.resets.get() == 1);
		}
		else {
			assertThat(result).isEqualTo("run 2");
		}
	}

	/** The pod that is gone may have run it, whatever comes of the second run. */
	@ParameterizedTest
	@EnumSource
	void secondRunThatIsRefusedTellsThatTheFirstOneMayHaveRun(Durability durability) {
		this.refusing = true;
		start(durability);
		Mono<String> call = this.client.invoke("again").idempotencyKey("k").toMono(String.class).cache();
		call.subscribe();
		awaitRuns(1);
		echo();
		kill();
		StepVerifier.create(Await.ended(call)).expectErrorSatisfies((error) -> {
			assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
			assertThat(((ActionException) error).hasMaybeRun()).isTrue();
		}).verify(TIMEOUT);
		assertThat(this.runs).hasValue(1);
	}

	private void kill() {
		TestCluster.Pod dead = this.cluster.pod(0);
		this.cluster.target(this.cluster.pod(1));
		dead.kill();
	}

	private void echo() {
		StepVerifier.create(Await.ended(this.client.invoke("echo").arguments(Map.of("a", 1)).toMono(Map.class)))
			.expectNextCount(1)
			.expectComplete()
			.verify(TIMEOUT);
	}

	private void awaitRuns(int count) {
		Await.until(() -> this.runs.get() >= count);
	}

	record Numbers(int n) {

	}

}
