package io.agentsocket.observation;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.function.FunctionHttpHandler;
import io.agentsocket.relay.CallGuard;
import io.agentsocket.relay.FunctionRelays;
import io.agentsocket.relay.FunctionSettings;
import io.agentsocket.relay.RelayedAction;
import io.agentsocket.relay.RequestObserver;
import io.agentsocket.relay.StateAccess;
import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.SpanData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.util.context.Context;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A trace goes from an agent through a pod to a function, and from there back to the
 * agent, with a real tracer and exporter: each with its own interceptors, as the three
 * processes that they are.
 */
class FunctionTraceTests {

	private static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	private static final FunctionSettings.Times TIMES = new FunctionSettings.Times(Await.LONG, Await.LONG, Await.LONG,
			Await.LONG);

	private final Traces traces = new Traces();

	private final TestServer pod = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
			(builder) -> builder.interceptor(this.traces.interceptor()));

	private final SeenTraces convention = new SeenTraces();

	private final AtomicInteger busy = new AtomicInteger();

	private final AtomicInteger requests = new AtomicInteger();

	private ConfigurableApplicationContext function;

	private DisposableServer http;

	private FunctionRelays relays;

	private AgentSocketClient agent;

	@BeforeEach
	void begin() {
		this.function = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.initializers(
					(context) -> context.getBeanFactory().registerSingleton("observing", this.traces.interceptor()))
			.run("--agentsocket.function.enabled=true", "--agentsocket.function.secrets=" + SECRET);
		ReactorHttpHandlerAdapter handler = new ReactorHttpHandlerAdapter(
				new FunctionHttpHandler(this.function.getBean(FunctionEndpoint.class)));
		this.http = HttpServer.create().host("127.0.0.1").port(0).handle((request, response) -> {
			this.requests.incrementAndGet();
			if (this.busy.getAndUpdate((left) -> Math.max(0, left - 1)) > 0) {
				return response.status(503).header("Retry-After", "0").send();
			}
			return handler.apply(request, response);
		}).bindNow();
		URI url = URI.create("http://127.0.0.1:" + this.http.port() + "/function");
		Codec json = JacksonCodec.json();
		this.relays = FunctionRelays
			.builder(this.pod.catalog(), new RelayCodecs(json, List.of(json, JacksonCodec.cbor())))
			.observer(new FunctionObservations(this.traces.registry(), this.convention))
			.build();
		List<RelayedAction> actions = this.function.getBean(ActionCatalog.class)
			.actions()
			.stream()
			.map((action) -> new RelayedAction(ActionDescriptor.of(action), StateAccess.NONE, Set.of(), null, url))
			.toList();
		this.relays.add(
				new FunctionSettings("shop", url, List.of(SECRET), Map.of(), TIMES, 50, 3, 1 << 20, false, true,
						List.of(), FunctionSettings.Upkeep.NONE),
				actions, null, CallGuard.NONE, UnaryOperator.identity());
		this.agent = AgentSocketClient.builder(this.pod.uri())
			.interceptor(this.traces.interceptor())
			.onQuestion((question) -> Mono.just(Answer.of("blue")))
			.build();
	}

	@AfterEach
	void end() {
		this.agent.close().block(Await.LONG);
		this.relays.close();
		this.pod.close();
		this.http.disposeNow();
		this.function.close();
		this.traces.close();
	}

	private static void assertChild(SpanData child, SpanData parent) {
		assertThat(child.getTraceId()).isEqualTo(parent.getTraceId());
		assertThat(child.getParentSpanId()).isEqualTo(parent.getSpanId());
	}

	private List<SpanData> spans(String name, SpanKind kind) {
		return this.traces.spans()
			.stream()
			.filter((span) -> span.getName().equals(name) && span.getKind() == kind)
			.toList();
	}

	@Test
	void aTraceGoesFromAnAgentThroughAPodToAFunctionAndBackToTheAgent() {
		assertThat(this.agent.invoke("paint").toMono(String.class).block(Await.LONG)).isEqualTo("painted blue");
		// The function runs twice, up to the question and with the answer, and has a
		// span of the question each time.
		Await.until(() -> this.traces.spans().size() == 10);
		SpanData called = this.traces.span("paint", SpanKind.CLIENT);
		List<SpanData> ran = spans("paint", SpanKind.SERVER);
		List<SpanData> requests = spans("function shop", SpanKind.CLIENT);
		assertThat(ran).hasSize(3);
		assertThat(requests).hasSize(2);
		SpanData inPod = ran.stream()
			.filter((span) -> span.getParentSpanId().equals(called.getSpanId()))
			.findFirst()
			.orElseThrow();
		assertChild(inPod, called);
		requests.forEach((request) -> assertChild(request, inPod));
		for (SpanData request : requests) {
			assertThat(ran).filteredOn((span) -> span.getParentSpanId().equals(request.getSpanId())).hasSize(1);
		}
		SpanData answered = this.traces.span("as.ask", SpanKind.SERVER);
		SpanData asked = spans("as.ask", SpanKind.CLIENT).stream()
			.filter((span) -> span.getSpanId().equals(answered.getParentSpanId()))
			.findFirst()
			.orElseThrow();
		assertChild(answered, asked);
		assertChild(asked, inPod);
		assertThat(Traces.attributes(requests.get(0))).containsEntry("function", "shop")
			.containsEntry("error.type", "none")
			.containsEntry("rpc.method_original", "paint")
			.containsEntry("agentsocket.function.attempt", "1")
			.containsEntry("agentsocket.session.id", this.agent.sessionId());
	}

	@Test
	void aConventionSeesTheTraceOfTheRequestOnEachThread() {
		assertThat(this.agent.invoke("paint").toMono(String.class).block(Await.LONG)).isEqualTo("painted blue");
		Await.until(() -> this.traces.spans().size() == 10);
		String trace = this.traces.span("paint", SpanKind.CLIENT).getTraceId();
		// The second request begins where the answer to the question comes in.
		assertThat(this.convention.atStart).containsExactly(trace, trace);
	}

	@Test
	void aRequestBelongsToItsInvocationWhateverItsThreadBelongsTo() {
		assertThat(this.agent.invoke("greet").toMono(String.class).block(Await.LONG)).isEqualTo("hello");
		Await.until(() -> this.traces.spans().size() == 4);
		ObservationRegistry registry = this.traces.registry();
		Observation invocation = Observation.start("invocation", registry);
		Observation.start("other", registry).scoped(() -> {
			RequestObserver.RequestedCall call = new RequestObserver.RequestedCall("shop", this.convention.exchange, 7);
			new FunctionObservations(registry, null)
				.begin(call, Context.of(ObservationThreadLocalAccessor.KEY, invocation))
				.ended("OK", null);
		});
		invocation.stop();
		SpanData request = spans("function shop", SpanKind.CLIENT).get(1);
		assertChild(request, this.traces.span("invocation", SpanKind.INTERNAL));
	}

	@Test
	void eachAttemptIsASpanOfItsOwn() {
		this.busy.set(1);
		assertThat(this.agent.invoke("greet").toMono(String.class).block(Await.LONG)).isEqualTo("hello");
		Await.until(() -> this.traces.spans().size() == 5);
		List<SpanData> requests = spans("function shop", SpanKind.CLIENT);
		assertThat(requests).hasSize(2)
			.extracting((request) -> Traces.attributes(request).get("error.type"))
			.containsExactly("BUSY", "none");
		assertChild(spans("greet", SpanKind.SERVER).stream()
			.filter((span) -> span.getParentSpanId().equals(requests.get(1).getSpanId()))
			.findFirst()
			.orElseThrow(), requests.get(1));
		Timer timer = this.traces.meters()
			.find(DefaultFunctionObservationConvention.NAME)
			.tag("function", "shop")
			.tag("error.type", "BUSY")
			.timer();
		assertThat(timer).isNotNull();
		assertThat(timer.totalTime(java.util.concurrent.TimeUnit.NANOSECONDS)).isPositive();
	}

	@Test
	void aRequestThatIsCancelledEndsItsSpan() {
		Disposable never = this.agent.invoke("never").toMono(String.class).subscribe();
		Await.until(() -> this.requests.get() == 1);
		never.dispose();
		Await.until(() -> spans("function shop", SpanKind.CLIENT).size() == 1);
		assertThat(Traces.attributes(spans("function shop", SpanKind.CLIENT).get(0)).get("error.type"))
			.isEqualTo("CANCELLED");
	}

	/** A function, as the build of an application makes it. */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Action paint() {
			return Action.named("paint")
				.handler(
						(exchange) -> exchange.ask("Which colour?", String.class).map((colour) -> "painted " + colour));
		}

		@Bean
		Action greet() {
			return Action.named("greet").handler((exchange) -> Mono.just("hello"));
		}

		@Bean
		Action never() {
			return Action.named("never").handler((exchange) -> Mono.never());
		}

	}

	/** Looks at the span of its thread, as a line of the log does. */
	private static final class SeenTraces extends DefaultFunctionObservationConvention {

		private final List<String> atStart = new CopyOnWriteArrayList<>();

		private volatile AgentExchange exchange;

		@Override
		public KeyValues getHighCardinalityKeyValues(FunctionObservationContext context) {
			if (context.getCarrier() != null && context.getCarrier().isEmpty()) {
				this.exchange = context.exchange();
				this.atStart.add(Span.current().getSpanContext().getTraceId());
			}
			return super.getHighCardinalityKeyValues(context);
		}

	}

}
