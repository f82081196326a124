package io.agentsocket.docs;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionPage;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.action.Answer;
import io.agentsocket.action.ResultShape;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketClientCustomizer;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.client.UriPolicy;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Traffic;
import io.agentsocket.server.TestServer;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.stereotype.Service;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The snippets of {@code docs/client.md}, against a real server.
 */
class ClientSnippetsTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final List<Object> received = new CopyOnWriteArrayList<>();

	private final TestServer server = TestServer.with(
			Action.named("weather.current")
				.description("Current weather")
				.handler((exchange) -> Mono.just(new Weather(exchange.<City>arguments(City.class).city(), 21.5))),
			Action.named("weather.all")
				.result(ResultShape.ITEMS)
				.handler((exchange) -> Flux.range(0, 10_000).map((i) -> new Weather("Berlin", i))),
			Action.named("llm.tokens")
				.result(ResultShape.TEXT)
				.items(Map.of("type", "string"))
				.handler((exchange) -> exchange.inbound(String.class)
					.map((text) -> text + "!")
					.takeUntilOther(exchange.stopRequested())
					.doOnNext((text) -> exchange.progress(1, 2.0, text))),
			Action.named("never").handler((exchange) -> Mono.never()),
			Action.named("order.place").handler((exchange) -> Mono.just(exchange.idempotencyKey() + " placed")),
			Action.named("report")
				.handler((exchange) -> exchange.ask("Which format?", String.class)
					.flatMap((format) -> exchange.invoke("files.write")
						.arguments(Map.of("name", "report." + format))
						.toMono(String.class))),
			Action.named("wrong").handler((exchange) -> Mono.error(new IllegalStateException("secret"))));

	private AgentSocketClient agent = AgentSocketClient.builder(this.server.uri()).build();

	@AfterEach
	void close() {
		Await.end(this.agent.close());
		this.server.close();
	}

	@Test
	void builds() {
		String token = "token";
		// tag::builder[]
		AgentSocketClient agent = AgentSocketClient.builder("wss://agents.example/agentsocket")
			.bearerToken(() -> token)
			.headers((headers) -> headers.set("X-Tenant", "acme"))
			.software("my-agent", "1.0")
			.connectTimeout(Duration.ofSeconds(5))
			.maxWait(Duration.ofSeconds(20))
			.backoff(new Backoff(Duration.ofMillis(100), Duration.ofMillis(500), Duration.ofSeconds(10)))
			.build();
		// end::builder[]
		assertThat(agent.state()).isEqualTo(ConnectionState.IDLE);
		Await.end(agent.close());
	}

	@Test
	void takesSeveralAddresses() {
		// tag::addresses[]
		AgentSocketClient agent = AgentSocketClient
			.builder(List.of(URI.create("wss://a.agents.example/agentsocket"),
					URI.create("wss://b.agents.example/agentsocket")))
			.uriPolicy(UriPolicy.RANDOM)
			.build();
		// end::addresses[]
		assertThat(agent.state()).isEqualTo(ConnectionState.IDLE);
		Await.end(agent.close());
	}

	@Test
	void repeatsAfterAReset() {
		String orderId = "order-1";
		// tag::repeat[]
		Mono<String> order = this.agent.invoke("order.place").idempotencyKey(orderId).toMono(String.class);
		Mono<Weather> weather = this.agent.invoke("weather.current")
			.arguments(new City("Berlin"))
			.idempotent(true)
			.toMono(Weather.class);
		// end::repeat[]
		StepVerifier.create(Await.ended(order.concatWith(order)))
			.expectNext("order-1 placed", "order-1 placed")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(weather))
			.expectNext(new Weather("Berlin", 21.5))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void usesJson() {
		// tag::codec[]
		AgentSocketClient json = AgentSocketClient.builder(this.server.uri()).codec(JacksonCodec.json()).build();
		// end::codec[]
		StepVerifier
			.create(Await.ended(json.invoke("weather.current").arguments(new City("Berlin")).toMono(Weather.class)))
			.expectNext(new Weather("Berlin", 21.5))
			.expectComplete()
			.verify(TIMEOUT);
		Await.end(json.close());
	}

	private Flux<ActionDescriptor> schemas() {
		// tag::discover[]
		Mono<ActionPage> found = this.agent.find(ActionQuery.of("weather current"));
		Flux<ActionDescriptor> schemas = found.flatMapIterable(ActionPage::actions)
			.map(ActionDescriptor::name)
			.collectList()
			.flatMapMany((names) -> this.agent.describe(names.toArray(String[]::new)));
		// end::discover[]
		return schemas;
	}

	@Test
	void discovers() {
		StepVerifier.create(Await.ended(schemas().take(1)))
			.assertNext((action) -> assertThat(action.name()).isEqualTo("weather.current"))
			.expectComplete()
			.verify(TIMEOUT);
		List<String> lines = new ArrayList<>();
		// tag::changes[]
		Disposable changes = this.agent.changes()
			.subscribe((change) -> lines.add(change.name() + (change.isAvailable() ? " is there" : " is gone")));
		// end::changes[]
		assertThat(changes.isDisposed()).isFalse();
		changes.dispose();
	}

	@Test
	void calls() {
		// tag::call[]
		Mono<Weather> one = this.agent.invoke("weather.current").arguments(new City("Berlin")).toMono(Weather.class);
		Mono<List<Weather>> all = this.agent.invoke("weather.all").toFlux(Weather.class).collectList();
		Mono<Map<String, Object>> untyped = this.agent.invoke("weather.current")
			.arguments(Map.of("city", "Oslo"))
			.timeout(Duration.ofSeconds(3))
			.toMono(new ParameterizedTypeReference<>() {
			});
		// end::call[]
		StepVerifier.create(Await.ended(one)).expectNext(new Weather("Berlin", 21.5)).expectComplete().verify(TIMEOUT);
		StepVerifier.create(Await.ended(all))
			.assertNext((list) -> assertThat(list).hasSize(10_000))
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(untyped))
			.assertNext((weather) -> assertThat((Number) weather.get("temperature"))
				.satisfies((number) -> assertThat(number.doubleValue()).isEqualTo(21.5)))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void streams() {
		// tag::backpressure[]
		Flux<Weather> some = this.agent.invoke("weather.all")
			.toFlux(Weather.class)
			.limitRate(16)
			.concatMap(this::save)
			.take(100);
		// end::backpressure[]
		StepVerifier.create(Await.ended(some)).expectNextCount(100).expectComplete().verify(TIMEOUT);
	}

	private Mono<Weather> save(Weather weather) {
		return Mono.just(weather);
	}

	@Test
	void cancels() {
		// tag::cancel[]
		Disposable running = this.agent.invoke("never").toMono(String.class).subscribe();
		running.dispose();
		// end::cancel[]
		StepVerifier.create(Await.ended(this.agent.invoke("never").timeout(Duration.ofMillis(50)).toMono(String.class)))
			.expectErrorSatisfies(
					(error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED))
			.verify(TIMEOUT);
	}

	@Test
	void steers() {
		// tag::items[]
		Flux<String> answer = this.agent.invoke("llm.tokens")
			.items(Flux.just("more", "shorter"))
			.onProgress((progress) -> this.received.add(progress))
			.toFlux(String.class);
		// end::items[]
		StepVerifier.create(Await.ended(answer.collectList()))
			.assertNext((texts) -> assertThat(String.join("", texts)).isEqualTo("more!shorter!"))
			.expectComplete()
			.verify(TIMEOUT);
		// tag::stop[]
		Mono<Void> stopButton = Mono.delay(Duration.ofMillis(200)).then();
		Flux<String> soFar = this.agent.invoke("llm.tokens")
			.items(Flux.just("begin").concatWith(Flux.never()))
			.stopWhen(stopButton)
			.toFlux(String.class);
		// end::stop[]
		StepVerifier.create(Await.ended(soFar)).expectNext("begin!").expectComplete().verify(TIMEOUT);
	}

	@Test
	void handlesErrors() {
		// tag::errors[]
		Mono<String> result = this.agent.invoke("wrong")
			.toMono(String.class)
			.onErrorResume(ActionException.class, (error) -> {
				if (error.isRetryable() && !error.hasMaybeRun()) {
					return Mono.just("worth another call");
				}
				return Mono.just(error.code() + " " + error.getMessage() + ", see " + error.correlation());
			});
		// end::errors[]
		StepVerifier.create(Await.ended(result))
			.assertNext((text) -> assertThat(text).startsWith("13 ").doesNotContain("secret"))
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void offersActionsAndAnswers() {
		// tag::offer[]
		AgentSocketClient agent = AgentSocketClient.builder(this.server.uri())
			.offer(AgentTools.builder().build().actionsOf(new FileTools()))
			.offer("screen.show", Text.class, (text) -> Mono.fromRunnable(() -> this.received.add(text)))
			.onQuestion((asked) -> Mono.just(Answer.of("pdf")))
			.onApproval((request) -> Mono.just(request.action().startsWith("files.")))
			.build();
		// end::offer[]
		StepVerifier.create(Await.ended(agent.invoke("report").toMono(String.class)))
			.expectNext("wrote report.pdf")
			.expectComplete()
			.verify(TIMEOUT);
		// tag::close[]
		Mono<Void> closed = agent.close();
		// end::close[]
		Await.end(closed);
		assertThat(agent.state()).isEqualTo(ConnectionState.CLOSED);
	}

	@Test
	void tellsItsState() {
		// tag::state[]
		Mono<Traffic> traffic = this.agent.connect().then(Mono.fromSupplier(this.agent::traffic));
		// end::state[]
		StepVerifier.create(Await.ended(traffic))
			.assertNext((sent) -> assertThat(sent.bytes()).isNotNegative())
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(this.agent.state()).isEqualTo(ConnectionState.CONNECTED);
	}

	@Test
	void exchangesEvents() {
		// tag::events[]
		Flux<Text> news = this.agent.events("news", Text.class);
		this.agent.sendEvent("typing", Map.of("on", true));
		// end::events[]
		StepVerifier.create(news).expectSubscription().thenCancel().verify(TIMEOUT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "cbor", "json" })
	void isConfiguredByProperties(String codec) {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, AgentSocketAutoConfiguration.class,
					AgentSocketActionAutoConfiguration.class, AgentSocketClientAutoConfiguration.class))
			.withUserConfiguration(Application.class)
			.withPropertyValues("agentsocket.client.uri=" + this.server.uri(), "agentsocket.client.codec=" + codec)
			.run((context) -> StepVerifier.create(Await.ended(context.getBean(Forecast.class).temperature("Berlin")))
				.expectNext(21.5)
				.expectComplete()
				.verify(TIMEOUT));
	}

	record City(String city) {

	}

	record Weather(String city, double temperature) {

	}

	record Text(String text) {

	}

	static class FileTools {

		@AgentTool("files.write")
		String write(String name) {
			return "wrote " + name;
		}

	}

	// tag::service[]
	@Service
	static class Forecast {

		private final AgentSocketClient agent;

		Forecast(AgentSocketClient agent) {
			this.agent = agent;
		}

		Mono<Double> temperature(String city) {
			return this.agent.invoke("weather.current")
				.arguments(new City(city))
				.toMono(Weather.class)
				.map(Weather::temperature);
		}

	}
	// end::service[]

	@Configuration(proxyBeanMethods = false)
	@Import(Forecast.class)
	static class Application {

		// tag::customizer[]
		@Bean
		AgentSocketClientCustomizer questions() {
			return (builder) -> builder.onQuestion((asked) -> Mono.just(Answer.declined()));
		}
		// end::customizer[]

	}

}
