package io.agentsocket.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.Answer;
import io.agentsocket.action.Question;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.AgentSocket;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Both sides start conversations on one socket, in the middle of running work.
 */
class DuplexTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final ActionHints NEEDS_APPROVAL = new ActionHints(false, true, false, false, true, null);

	private final AtomicInteger runs = new AtomicInteger();

	private final Action[] actions = { Action.named("weather").handler((exchange) -> {
		this.runs.incrementAndGet();
		return exchange.ask("Which Springfield?", Choice.class).map((choice) -> "sunny in " + choice.state());
	}), waiting("patient", TIMEOUT), waiting("hasty", Duration.ofMillis(200)),
			Action.named("disk.format").hints(NEEDS_APPROVAL).handler((exchange) -> {
				this.runs.incrementAndGet();
				return Mono.just("formatted");
			}),
			Action.named("delegate")
				.handler((exchange) -> exchange.invoke("agent.double")
					.arguments(Map.of("n", 21))
					.toMono(Integer.class)
					.map((n) -> "agent says " + n)),
			Action.named("teach").result(ResultShape.NONE).handler((exchange) -> {
				exchange.actions().add(Action.named("taught").handler((inner) -> Mono.just("only for you")));
				return Mono.empty();
			}), Action.named("tokens").items(Map.of("type", "string")).result(ResultShape.TEXT).handler((exchange) -> {
				Flux<String> ticks = Flux.interval(Duration.ofMillis(10))
					.onBackpressureDrop()
					.map((i) -> "t" + i + " ");
				Flux<String> steered = exchange.inbound(String.class).map((text) -> "[" + text + "]");
				return Flux.merge(ticks, steered).takeUntilOther(exchange.stopRequested());
			}),
			Action.named("slow")
				.handler((exchange) -> Flux.range(1, 3)
					.delayElements(Duration.ofMillis(30))
					.doOnNext((i) -> exchange.progress(i, 3.0, "step " + i))
					.then(Mono.just("done"))) };

	private final TestServer server = TestServer.with(this.actions);

	private static Action waiting(String name, Duration time) {
		return Action.named(name)
			.handler((exchange) -> exchange.ask(Question.<Choice>of("Which?", Choice.class).timeout(time))
				.map((answer) -> answer.outcome().name()));
	}

	private final AgentSocketOperations agents = new AgentSocketOperations(this.server.server());

	private AgentSocketClient client;

	@AfterEach
	void close() {
		if (this.client != null) {
			Await.end(this.client.close());
		}
		this.server.close();
	}

	private AgentSocketClientBuilder builder() {
		return AgentSocketClient.builder(this.server.uri());
	}

	private AgentSocketClient connect(AgentSocketClientBuilder builder) {
		this.client = builder.build();
		Await.end(this.client.connect());
		return this.client;
	}

	private AgentSocket agent() {
		return java.util.Objects.requireNonNull(this.agents.session(this.client.sessionId()).block(TIMEOUT));
	}

	@Test
	void toolAsksInTheMiddleAndIsNotRunAgain() {
		connect(builder().onQuestion((asked) -> {
			assertThat(asked.prompt()).isEqualTo("Which Springfield?");
			return Mono.just(Answer.of(new Choice("Illinois")));
		}));
		StepVerifier.create(Await.ended(this.client.invoke("weather").toMono(String.class)))
			.expectNext("sunny in Illinois")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void declinedDismissedAndUnansweredQuestionsDiffer() {
		LinkedBlockingQueue<Mono<Answer<?>>> answers = new LinkedBlockingQueue<>(
				List.of(Mono.just(Answer.declined()), Mono.just(Answer.cancelled()), Mono.never()));
		connect(builder().onQuestion((asked) -> answers.remove()));
		for (String outcome : List.of("DECLINE", "CANCEL", "TIMEOUT")) {
			String asker = outcome.equals("TIMEOUT") ? "hasty" : "patient";
			StepVerifier.create(Await.ended(this.client.invoke(asker).toMono(String.class)))
				.expectNext(outcome)
				.expectComplete()
				.verify(TIMEOUT);
		}
	}

	@Test
	void agentThatAnswersNoQuestionsFailsTheAsker() {
		connect(builder());
		StepVerifier.create(Await.ended(this.client.invoke("weather").toMono(String.class)))
			.expectErrorSatisfies((error) -> {
				assertThat(code(error)).isEqualTo(ErrorCode.FAILED_PRECONDITION);
				assertThat(error).hasMessage("The action asks a question, and its caller answers none");
			})
			.verify(TIMEOUT);
	}

	@Test
	void approvalThatNobodyGivesIsNoRefusal() {
		connect(builder());
		StepVerifier
			.create(Await.ended(this.client.invoke("disk.format").arguments(Map.of("disk", "a")).toMono(String.class)))
			.expectErrorSatisfies((error) -> {
				assertThat(code(error)).isEqualTo(ErrorCode.PERMISSION_DENIED);
				assertThat(error).hasMessage("The action needs an approval, and its caller decides on none");
			})
			.verify(TIMEOUT);
		assertThat(this.runs).hasValue(0);
	}

	@Test
	void approvalThatCannotBeAskedForIsNoRefusal() {
		connect(builder().onApproval((request) -> Mono.error(new IllegalStateException("no screen"))));
		StepVerifier
			.create(Await.ended(this.client.invoke("disk.format").arguments(Map.of("disk", "a")).toMono(String.class)))
			.expectErrorSatisfies((error) -> {
				assertThat(code(error)).isEqualTo(ErrorCode.PERMISSION_DENIED);
				assertThat(error).hasMessage("The action needs an approval, and asking for it has failed");
			})
			.verify(TIMEOUT);
		assertThat(this.runs).hasValue(0);
	}

	@Test
	void answerThatDoesNotFitIsAskedForOnceMore() {
		AtomicInteger asked = new AtomicInteger();
		connect(builder().onQuestion((question) -> Mono
			.just((asked.incrementAndGet() == 1) ? Answer.of("Illinois") : Answer.of(Map.of("state", "Illinois")))));
		StepVerifier.create(Await.ended(this.client.invoke("weather").toMono(String.class)))
			.expectNext("sunny in Illinois")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(asked).hasValue(2);
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void secondAnswerThatDoesNotFitFailsTheAsker() {
		connect(builder().onQuestion((question) -> Mono.just(Answer.of(42))));
		StepVerifier.create(Await.ended(this.client.invoke("weather").toMono(String.class)))
			.expectErrorSatisfies((error) -> {
				assertThat(code(error)).isEqualTo(ErrorCode.FAILED_PRECONDITION);
				assertThat(((ActionException) error).violations()).isNotEmpty();
			})
			.verify(TIMEOUT);
	}

	@Test
	void destructiveActionRunsOnlyWhenApproved() {
		AtomicInteger requests = new AtomicInteger();
		connect(builder().onApproval((request) -> {
			assertThat(request.action()).isEqualTo("disk.format");
			assertThat(request.arguments()).containsEntry("disk", "a");
			return Mono.just(requests.incrementAndGet() > 1);
		}));
		StepVerifier
			.create(Await.ended(this.client.invoke("disk.format").arguments(Map.of("disk", "a")).toMono(String.class)))
			.expectErrorSatisfies((error) -> assertThat(code(error)).isEqualTo(ErrorCode.PERMISSION_DENIED))
			.verify(TIMEOUT);
		assertThat(this.runs).hasValue(0);
		StepVerifier
			.create(Await.ended(this.client.invoke("disk.format").arguments(Map.of("disk", "a")).toMono(String.class)))
			.expectNext("formatted")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void toolInvokesActionOfTheAgentWhileItsOwnCallRuns() {
		connect(builder().offer("agent.double", Doubled.class, (doubled) -> Mono.just(2 * doubled.n())));
		StepVerifier.create(Await.ended(this.client.invoke("delegate").toMono(String.class)))
			.expectNext("agent says 42")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void functionWithoutArgumentsIsOffered() {
		connect(builder().offer("agent.time", Void.class, (nothing) -> Mono.just("noon")));
		for (Map<String, Object> arguments : List.of(Map.<String, Object>of(), Map.<String, Object>of("zone", "UTC"))) {
			StepVerifier.create(Await.ended(agent().invoke("agent.time").arguments(arguments).toMono(String.class)))
				.expectNext("noon")
				.expectComplete()
				.verify(TIMEOUT);
		}
		StepVerifier.create(Await.ended(agent().invoke("agent.time").toMono(String.class)))
			.expectNext("noon")
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void beanReachesALiveSessionAndLearnsThatItIsGone() {
		connect(builder().offer("agent.double", Doubled.class, (doubled) -> Mono.just(2 * doubled.n())));
		AgentSocket agent = agent();
		assertThat(agent.session().isConnected()).isTrue();
		StepVerifier.create(Await.ended(agent.invoke("agent.double").arguments(Map.of("n", 4)).toMono(Integer.class)))
			.expectNext(8)
			.expectComplete()
			.verify(TIMEOUT);
		Await.end(agent.session().end());
		StepVerifier.create(Await.ended(agent.invoke("agent.double").arguments(Map.of("n", 4)).toMono(Integer.class)))
			.expectError(ActionException.class)
			.verify(TIMEOUT);
		Await.end(this.agents.session(agent.session().id()));
	}

	@Test
	void actionsOfOneSessionAreSeenByThatSessionOnly() {
		AgentSocketClient other = builder().build();
		connect(builder());
		StepVerifier.create(this.client.changes().take(1))
			.then(() -> Await.end(this.client.invoke("teach").toMono(Void.class)))
			.assertNext((change) -> assertThat(change.name()).isEqualTo("taught"))
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(this.client.invoke("taught").toMono(String.class)))
			.expectNext("only for you")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(other.invoke("taught").toMono(String.class)))
			.expectErrorSatisfies((error) -> assertThat(code(error)).isEqualTo(ErrorCode.NOT_FOUND))
			.verify(TIMEOUT);
		Await.end(other.close());
	}

	@Test
	void streamIsSteeredAndStoppedAfterTheStep() {
		connect(builder());
		Sinks.Many<String> steering = Sinks.many().unicast().onBackpressureBuffer();
		Sinks.Empty<Void> stop = Sinks.empty();
		Flux<String> tokens = this.client.invoke("tokens")
			.items(steering.asFlux())
			.stopWhen(stop.asMono())
			.toFlux(String.class);
		StepVerifier.create(tokens)
			.expectNextCount(3)
			.then(() -> steering.tryEmitNext("faster"))
			.thenConsumeWhile((token) -> !token.equals("[faster]"))
			.expectNext("[faster]")
			.then(stop::tryEmitEmpty)
			.thenConsumeWhile((token) -> true)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void progressArrivesWhileTheActionRuns() {
		connect(builder());
		BlockingQueue<Progress> reports = new LinkedBlockingQueue<>();
		StepVerifier.create(Await.ended(this.client.invoke("slow").onProgress(reports::add).toMono(String.class)))
			.expectNext("done")
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(reports).last().extracting(Progress::done).isEqualTo(3.0);
	}

	@Test
	void eventsReachSubscribersOfTheirNameAndSessionsThatAreAddressed() {
		connect(builder());
		BlockingQueue<String> news = new LinkedBlockingQueue<>();
		StepVerifier.create(this.client.events("news", String.class).take(2))
			.then(() -> Await.until(() -> this.agents.publish("news", "first") == 1))
			.expectNext("first")
			.then(() -> agent().sendEvent("news", "second").block(TIMEOUT))
			.expectNext("second")
			.expectComplete()
			.verify(TIMEOUT);
		Await.until(() -> this.agents.publish("news", "third") == 0);
		assertThat(news).isEmpty();
	}

	@Test
	void manyNestedExchangesLeaveNothingBehind() {
		connect(builder().onQuestion((asked) -> Mono.just(Answer.of(new Choice("Ohio")))));
		StepVerifier.create(Await.ended(Flux.range(0, 10_000)
			.flatMap((i) -> this.client.invoke("weather").toMono(String.class), 256)
			.filter("sunny in Ohio"::equals)
			.count())).expectNext(10_000L).expectComplete().verify(Duration.ofSeconds(60));
		assertThat(this.runs).hasValue(10_000);
	}

	private static ErrorCode code(Throwable error) {
		return ((ActionException) error).errorCode();
	}

	record Choice(String state) {

	}

	record Doubled(int n) {

	}

}
