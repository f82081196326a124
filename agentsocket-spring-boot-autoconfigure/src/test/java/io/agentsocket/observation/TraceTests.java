package io.agentsocket.observation;

import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.AgentSocket;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestCluster;
import io.agentsocket.server.TestServer;
import io.agentsocket.session.Durability;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Traces go from agent to action and back into the agent, with a real tracer.
 */
class TraceTests {

	private static final ServerSettings SETTINGS = ServerSettings.builder().helloTimeout(Await.LONG).build();

	private static TestServer server(Traces traces, Action... actions) {
		return new TestServer(SETTINGS, (builder) -> builder.interceptor(traces.interceptor()), actions);
	}

	private static AgentSocketClient agent(Traces traces, String uri, Action... actions) {
		return AgentSocketClient.builder(uri)
			.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
			.interceptor(traces.interceptor())
			.offer(List.of(actions))
			.build();
	}

	private static void assertChild(SpanData child, SpanData parent) {
		assertThat(child.getTraceId()).isEqualTo(parent.getTraceId());
		assertThat(child.getParentSpanId()).isEqualTo(parent.getSpanId());
	}

	@Test
	void aTraceGoesFromAnAgentThroughAnActionBackToTheAgent() {
		Action twice = Action.named("twice").handler((exchange) -> exchange.invoke("local").toMono(String.class));
		Action local = Action.named("local").handler((exchange) -> Mono.just("here"));
		try (Traces traces = new Traces(); TestServer server = server(traces, twice)) {
			AgentSocketClient agent = agent(traces, server.uri(), local);
			Observation root = Observation.start("root", traces.registry());
			assertThat(agent.invoke("twice")
				.toMono(String.class)
				.contextWrite((view) -> view.put(ObservationThreadLocalAccessor.KEY, root))
				.block(Await.LONG)).isEqualTo("here");
			root.stop();
			Await.untilAsserted(() -> assertThat(traces.spans()).hasSize(5));
			SpanData called = traces.span("twice", SpanKind.CLIENT);
			SpanData ran = traces.span("twice", SpanKind.SERVER);
			assertThat(called).as("learned when it was answered").isNotNull();
			assertChild(called, traces.span("root", SpanKind.INTERNAL));
			assertChild(ran, called);
			assertChild(traces.span("local", SpanKind.CLIENT), ran);
			assertChild(traces.span("local", SpanKind.SERVER), traces.span("local", SpanKind.CLIENT));
			assertThat(Traces.attributes(ran)).containsEntry("rpc.system.name", "agentsocket")
				.containsEntry("rpc.method", "twice")
				.containsEntry("rpc.response.status_code", "OK")
				.containsEntry("agentsocket.session.id", agent.sessionId())
				.containsEntry("gen_ai.operation.name", "execute_tool")
				.containsEntry("gen_ai.tool.name", "twice")
				.containsEntry("network.protocol.name", "websocket");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void anInvocationFromAnotherThreadBelongsToTheActionThatMakesIt() {
		Action outer = Action.named("outer")
			.handler((exchange) -> Mono.fromFuture(CompletableFuture
				.supplyAsync(() -> exchange.invoke("local").toMono(String.class).block(Await.LONG))));
		assertOwnCallBelongsTo(outer);
	}

	@Test
	void anObservationThatDoesNothingIsNoParent() {
		Action outer = Action.named("outer")
			.handler((exchange) -> Mono.fromFuture(CompletableFuture.supplyAsync(() -> exchange.invoke("local")
				.toMono(String.class)
				.contextWrite((view) -> view.put(ObservationThreadLocalAccessor.KEY, Observation.NOOP))
				.block(Await.LONG))));
		assertOwnCallBelongsTo(outer);
	}

	/** An action that invokes {@code local} of the agent by itself. */
	private void assertOwnCallBelongsTo(Action outer) {
		Action local = Action.named("local").handler((exchange) -> Mono.just("here"));
		try (Traces traces = new Traces(); TestServer server = server(traces, outer)) {
			AgentSocketClient agent = agent(traces, server.uri(), local);
			agent.invoke("outer").toMono(String.class).block(Await.LONG);
			Await.untilAsserted(() -> assertThat(traces.spans()).hasSize(4));
			assertChild(traces.span("local", SpanKind.CLIENT), traces.span("outer", SpanKind.SERVER));
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aCallForWhichAThreadWaitsBelongsToTheScopeOfTheThread() {
		Action echo = Action.named("echo").handler((exchange) -> Mono.just("x"));
		Action items = Action.named("items").result(ResultShape.ITEMS).handler((exchange) -> Flux.just("x", "y"));
		try (Traces traces = new Traces(); TestServer server = server(traces, echo, items)) {
			AgentSocketClient agent = agent(traces, server.uri());
			Observation.createNotStarted("root", traces.registry()).observe(() -> {
				agent.invoke("echo").toMono(String.class).block(Await.LONG);
				agent.invoke("items").toFlux(String.class).blockLast(Await.LONG);
			});
			Await.untilAsserted(() -> assertThat(traces.spans()).hasSize(5));
			assertThat(traces.around(traces.span("echo", SpanKind.SERVER))).containsExactly("echo", "root");
			assertThat(traces.around(traces.span("items", SpanKind.SERVER))).containsExactly("items", "root");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aCallOfAnAgentBelongsToTheScopeOfTheThreadInEachPod() {
		Action here = Action.named("here").handler((exchange) -> Mono.just("x"));
		Action items = Action.named("items").result(ResultShape.ITEMS).handler((exchange) -> Flux.just("x", "y"));
		try (Traces traces = new Traces();
				TestCluster cluster = new TestCluster(Durability.STRICT, 2, (pod, builder) -> {
					builder.interceptor(traces.interceptor());
				}, () -> new Action[0])) {
			AgentSocketClient agent = AgentSocketClient.builder(cluster.uri()).offer(List.of(here, items)).build();
			agent.connect().block(Await.LONG);
			for (int pod : new int[] { 0, 1 }) {
				AgentSocket socket = new AgentSocketOperations(cluster.pod(pod).server()).session(agent.sessionId())
					.block(Await.LONG);
				Observation.createNotStarted("root " + pod, traces.registry()).observe(() -> {
					socket.invoke("here").toMono(String.class).block(Await.LONG);
					socket.invoke("items").toFlux(String.class).blockLast(Await.LONG);
				});
			}
			Await.untilAsserted(() -> {
				assertThat(traces.spans()).filteredOn((span) -> span.getKind() == SpanKind.CLIENT)
					.hasSizeGreaterThanOrEqualTo(4)
					.allSatisfy((span) -> assertThat(traces.around(span)).last().asString().startsWith("root"));
			});
			Observation written = Observation.start("written", traces.registry());
			Observation.createNotStarted("scope", traces.registry())
				.observe(() -> new AgentSocketOperations(cluster.pod(0).server()).session(agent.sessionId())
					.flatMap((socket) -> socket.invoke("here").toMono(String.class))
					.contextWrite((view) -> view.put(ObservationThreadLocalAccessor.KEY, written))
					.block(Await.LONG));
			written.stop();
			Await.untilAsserted(() -> assertThat(traces.spans()).filteredOn((span) -> span.getKind() == SpanKind.CLIENT)
				.last()
				.satisfies((span) -> assertThat(traces.around(span)).containsExactly("written")));
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aTraceGoesOnThroughASecondPod() {
		Sinks.One<String> go = Sinks.one();
		try (Traces traces = new Traces();
				TestCluster cluster = new TestCluster(Durability.STRICT, 2, (pod, builder) -> {
					builder.interceptor(traces.interceptor());
				}, () -> new Action[] { Action.named("moved")
					.handler((exchange) -> go.asMono()
						.publishOn(Schedulers.parallel())
						.then(Mono.defer(() -> exchange.invoke("local").toMono(String.class)))) })) {
			AgentSocketClient agent = agent(traces, cluster.uri(),
					Action.named("local").handler((exchange) -> Mono.just("here")));
			CompletableFuture<String> result = agent.invoke("moved").toMono(String.class).toFuture();
			Await.until(() -> cluster.pod(0).server().sessions().size() == 1 && !cluster.pod(0).server().isIdle());
			cluster.target(cluster.pod(1));
			cluster.cut();
			Await.until(() -> cluster.pod(1).server().sessions().stream().anyMatch((session) -> session.isConnected()));
			go.tryEmitValue("");
			assertThat(Mono.fromFuture(result).block(Await.LONG)).isEqualTo("here");
			Await.untilAsserted(() -> assertThat(traces.spans()).hasSize(4));
			assertChild(traces.span("moved", SpanKind.SERVER), traces.span("moved", SpanKind.CLIENT));
			assertChild(traces.span("local", SpanKind.CLIENT), traces.span("moved", SpanKind.SERVER));
			assertChild(traces.span("local", SpanKind.SERVER), traces.span("local", SpanKind.CLIENT));
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aCallThatRunsAgainInASecondPodContinuesTheTrace() {
		AtomicInteger runs = new AtomicInteger();
		ActionHints idempotent = new ActionHints(true, false, true, false, false, null);
		try (Traces traces = new Traces();
				TestCluster cluster = new TestCluster(Durability.STRICT, 2, (pod, builder) -> {
					builder.interceptor(traces.interceptor());
				}, () -> new Action[] { Action.named("again")
					.hints(idempotent)
					.handler((exchange) -> (runs.incrementAndGet() == 1) ? Mono.never()
							: exchange.invoke("local").toMono(String.class)) })) {
			AgentSocketClient agent = agent(traces, cluster.uri(),
					Action.named("local").handler((exchange) -> Mono.just("here")));
			CompletableFuture<String> result = agent.invoke("again").toMono(String.class).toFuture();
			Await.until(() -> runs.get() == 1);
			cluster.target(cluster.pod(1));
			cluster.pod(0).kill();
			cluster.cut();
			assertThat(Mono.fromFuture(result).block(Await.LONG)).isEqualTo("here");
			Await.untilAsserted(() -> assertThat(traces.span("again", SpanKind.CLIENT)).isNotNull());
			SpanData called = traces.span("again", SpanKind.CLIENT);
			Await.untilAsserted(() -> assertThat(traces.spans()).filteredOn((span) -> span.getName().equals("again"))
				.filteredOn((span) -> span.getKind() == SpanKind.SERVER)
				.isNotEmpty()
				.allSatisfy((span) -> assertChild(span, called)));
			Await.untilAsserted(() -> assertThat(traces.span("local", SpanKind.SERVER)).isNotNull()
				.extracting(SpanData::getTraceId)
				.isEqualTo(called.getTraceId()));
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aTraceparentOfTheApplicationIsSentAsItIs() {
		String given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
		Action echo = Action.named("echo").handler((exchange) -> Mono.justOrEmpty(exchange.traceparent()));
		try (Traces traces = new Traces(); TestServer server = server(traces, echo)) {
			AgentSocketClient agent = agent(traces, server.uri());
			assertThat(agent.invoke("echo").traceparent(given).toMono(String.class).block(Await.LONG)).isEqualTo(given);
			Await.untilAsserted(() -> assertThat(traces.span("echo", SpanKind.SERVER)).isNotNull());
			assertThat(traces.span("echo", SpanKind.SERVER).getParentSpanId()).isEqualTo("b7ad6b7169203331");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void namesThatAModelMakesUpAreNoTags() {
		Action fails = Action.named("fails")
			.handler((exchange) -> Mono.error(new ActionException(ErrorCode.ABORTED, "no")));
		Action crashes = Action.named("crashes").handler((exchange) -> Mono.error(new IllegalStateException("no")));
		try (Traces traces = new Traces(); TestServer server = server(traces, fails, crashes)) {
			AgentSocketClient agent = agent(traces, server.uri());
			for (String name : new String[] { "made.up", "made.up2", "fails", "crashes" }) {
				assertThatThrownBy(() -> agent.invoke(name).toMono(String.class).block(Await.LONG))
					.isInstanceOf(ActionException.class);
			}
			Await.untilAsserted(() -> assertThat(traces.spans()).hasSize(6));
			// The handlers hear of the end of an observation one by one.
			Await.untilAsserted(() -> assertThat(traces.meters().find("rpc.client.call.duration").timers())
				.extracting((timer) -> timer.getId().getTag("rpc.method") + " "
						+ timer.getId().getTag("rpc.response.status_code") + " " + timer.count())
				.containsExactlyInAnyOrder("_OTHER NOT_FOUND 2", "fails ABORTED 1", "crashes INTERNAL 1"));
			Await.untilAsserted(() -> assertThat(traces.meters().find("rpc.server.call.duration").timers())
				.extracting((timer) -> timer.getId().getTag("rpc.method") + " " + timer.getId().getTag("error.type"))
				.containsExactlyInAnyOrder("fails ABORTED", "crashes java.lang.IllegalStateException"));
			assertThat(traces.meters().find("rpc.client.call.duration.active").longTaskTimers())
				.allSatisfy((timer) -> assertThat(timer.getId().getTag("rpc.method")).doesNotStartWith("made"));
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void tenThousandNamesThatAModelMakesUpMakeOneTimer() {
		Traces traces = new Traces();
		SimpleMeterRegistry timers = new SimpleMeterRegistry();
		try (traces; TestServer server = server(traces)) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.interceptor(traces.interceptor())
				.interceptor(new TimerInterceptor(timers, 500))
				.build();
			Flux.range(0, 10_000)
				.flatMap((i) -> agent.invoke("made.up" + i).toMono(String.class).onErrorComplete(), 64)
				.blockLast(Await.LONG);
			for (SimpleMeterRegistry registry : new SimpleMeterRegistry[] { traces.meters(), timers }) {
				// An observation stops behind the error that its caller gets.
				Await.untilAsserted(() -> assertThat(registry.find("rpc.client.call.duration").timers()).hasSize(1)
					.allSatisfy((timer) -> {
						assertThat(timer.getId().getTag("rpc.method")).isEqualTo("_OTHER");
						assertThat(timer.count()).isEqualTo(10_000);
					}));
				assertThat(registry.getMeters().stream().flatMap((meter) -> meter.getId().getTags().stream()))
					.noneMatch((tag) -> tag.getValue().startsWith("made"));
			}
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void timersAloneHaveTheTagsOfObservations() {
		Action echo = Action.named("echo").handler((exchange) -> Mono.just("x"));
		Action fails = Action.named("fails")
			.handler((exchange) -> Mono.error(new ActionException(ErrorCode.ABORTED, "no")));
		Action crashes = Action.named("crashes").handler((exchange) -> Mono.error(new IllegalStateException("no")));
		Action hangs = Action.named("hangs").handler((exchange) -> Mono.never());
		SimpleMeterRegistry timers = new SimpleMeterRegistry();
		try (Traces traces = new Traces();
				TestServer server = new TestServer(SETTINGS, (builder) -> builder.interceptor(traces.interceptor())
					.interceptor(new TimerInterceptor(timers, 500)), echo, fails, crashes, hangs)) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.interceptor(traces.interceptor())
				.interceptor(new TimerInterceptor(timers, 500))
				.build();
			for (String action : new String[] { "echo", "echo", "fails", "crashes", "unknown" }) {
				agent.invoke(action).toMono(String.class).onErrorComplete().block(Await.LONG);
			}
			StepVerifier.create(agent.invoke("hangs").toMono(String.class))
				.then(() -> Await.until(() -> !server.server().isIdle()))
				.thenCancel()
				.verify(Await.LONG);
			Await.untilAsserted(() -> {
				assertThat(ids(timers)).contains("hangs");
				assertThat(ids(timers)).isEqualTo(ids(traces.meters()));
			});
			agent.close().block(Await.LONG);
		}
	}

	/** Names, tags and counts of all timers of invocations, but for classes of errors. */
	private static String ids(SimpleMeterRegistry registry) {
		return new TreeSet<>(registry.getMeters()
			.stream()
			.filter(Timer.class::isInstance)
			.map((meter) -> meter.getId().getName()
					+ meter.getId().getTags().stream().filter((tag) -> !tag.getKey().equals("error")).toList() + " "
					+ ((Timer) meter).count())
			.toList()).toString();
	}

	@Test
	void namesBeyondTheBoundAreNoTags() {
		Action[] actions = new Action[3];
		for (int i = 0; i < actions.length; i++) {
			actions[i] = Action.named("a" + i).handler((exchange) -> Mono.just("x"));
		}
		Traces traces = new Traces();
		try (traces;
				TestServer server = new TestServer(SETTINGS, (builder) -> builder.interceptor(traces.interceptor(2)),
						actions)) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).build();
			for (Action action : actions) {
				agent.invoke(action.name()).toMono(String.class).block(Await.LONG);
			}
			Await.untilAsserted(() -> assertThat(traces.meters().find("rpc.server.call.duration").timers())
				.extracting((timer) -> timer.getId().getTag("rpc.method"))
				.containsExactlyInAnyOrder("a0", "a1", "_OTHER"));
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aSpanCoversTheWholeStreamAndItsCancellation() {
		Action endless = Action.named("endless")
			.result(ResultShape.ITEMS)
			.handler((exchange) -> Flux.range(0, 1_000_000));
		try (Traces traces = new Traces(); TestServer server = server(traces, endless)) {
			AgentSocketClient agent = agent(traces, server.uri());
			StepVerifier.create(agent.invoke("endless").toFlux(Integer.class), 1)
				.expectNext(0)
				.thenCancel()
				.verify(Await.LONG);
			Await.untilAsserted(() -> assertThat(traces.spans()).hasSize(2));
			assertThat(traces.spans()).allSatisfy((span) -> assertThat(Traces.attributes(span))
				.containsEntry("rpc.response.status_code", "CANCELLED"));
			agent.close().block(Await.LONG);
		}
	}

}
