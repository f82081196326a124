package io.agentsocket.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.ResultShape;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import io.agentsocket.tool.AgentTools;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each way on which a value of the other side becomes an object of a type holds the value
 * to what the type declares, and says where it does not fit.
 */
class ValueStrictnessTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final Map<String, Object> GOOD = Map.of("sensor", "a", "value", 1, "tags", List.of("x"), "at",
			Map.of("street", "Gasse"));

	private static final List<Misfit> MISFITS = misfits();

	private static final Map<String, Object> NULLS = nulls();

	private final TestServer server = server();

	private @Nullable AgentSocketClient client;

	/** Here nullness is declared: by the package. */
	record Reading(String sensor, int value, List<String> tags, Place at, @Nullable String note) {

	}

	record Place(String street) {

	}

	/** Here nobody has declared anything. */
	@NullUnmarked
	record Loose(String text, Integer number, List<String> list) {

	}

	/**
	 * A value that fits no reading.
	 *
	 * @param place where it does not, and the rule
	 * @param value the value
	 */
	record Misfit(String place, Map<String, Object> value) {

		String pointer() {
			return this.place.substring(0, this.place.indexOf(' '));
		}

	}

	/** A tool that takes readings while it runs. */
	static final class Tools {

		@AgentTool
		Flux<Reading> items(Flux<Reading> readings) {
			return readings;
		}

		@AgentTool
		Flux<String> loose(Flux<Loose> items) {
			return items.map(Loose::toString);
		}

	}

	static Stream<Codec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private static List<Misfit> misfits() {
		return List.of(new Misfit("/sensor required", without("sensor")),
				new Misfit("/sensor required", with("sensor", null)), new Misfit("/value required", without("value")),
				new Misfit("/value required", with("value", null)), new Misfit("/at required", without("at")),
				new Misfit("/at/street required", with("at", Map.of())),
				new Misfit("/at/street required", with("at", Collections.singletonMap("street", null))),
				new Misfit("/tags/1 type", with("tags", Arrays.asList("x", null))),
				new Misfit("/value type", with("value", "1")), new Misfit("/value range", with("value", 1L << 40)));
	}

	private static Map<String, Object> without(String name) {
		Map<String, Object> map = new HashMap<>(GOOD);
		map.remove(name);
		return map;
	}

	private static Map<String, Object> with(String name, @Nullable Object value) {
		Map<String, Object> map = new HashMap<>(GOOD);
		map.put(name, value);
		return map;
	}

	private static Map<String, Object> nulls() {
		Map<String, Object> map = new HashMap<>();
		map.put("text", null);
		map.put("list", Arrays.asList("x", null));
		return map;
	}

	private static TestServer server() {
		List<Action> actions = new ArrayList<>(AgentTools.builder().build().actionsOf(new Tools()));
		actions.add(Action.named("read").handler((exchange) -> {
			Reading reading = exchange.arguments(Reading.class);
			return Mono.just(String.valueOf(reading));
		}));
		actions.add(Action.named("take")
			.items(Map.of("type", "object"))
			.result(ResultShape.ITEMS)
			.handler((exchange) -> exchange.inbound(Reading.class)));
		actions.add(Action.named("ask").handler((exchange) -> exchange.ask("Reading?", Reading.class)));
		actions.add(Action.named("echo").handler((exchange) -> Mono.just(map(exchange))));
		actions.add(Action.named("tell").handler((exchange) -> {
			exchange.sendEvent("reading", map(exchange));
			exchange.sendEvent("reading", GOOD);
			return Mono.just(true);
		}));
		actions.add(Action.named("delegate")
			.handler((exchange) -> exchange.invoke("agent.echo")
				.arguments(map(exchange))
				.toMono(Reading.class)
				.map(String::valueOf)
				.onErrorResume(CodecException.class, (ex) -> Mono.just(ex.pointer() + " " + ex.rule()))));
		return new TestServer(ServerSettings.builder().helloTimeout(Duration.ofSeconds(60)).build(),
				(builder) -> builder.questionSender(
						new QuestionSender(AgentTools.builder().build().typeSchemas(), QuestionSender.TIMEOUT)),
				actions.toArray(Action[]::new));
	}

	private static Map<?, ?> map(AgentExchange exchange) {
		Map<?, ?> map = exchange.arguments(Map.class);
		return Objects.requireNonNull(map);
	}

	@AfterEach
	void close() {
		if (this.client != null) {
			Await.end(this.client.close());
		}
		this.server.close();
	}

	private AgentSocketClient connect(AgentSocketClientBuilder builder) {
		AgentSocketClient created = builder.build();
		this.client = created;
		Await.end(created.connect());
		return created;
	}

	private AgentSocketClientBuilder builder(Codec codec) {
		return AgentSocketClient.builder(this.server.uri()).codec(codec);
	}

	private static List<String> broken(Throwable error) {
		ActionException exception = (ActionException) error;
		return exception.violations()
			.stream()
			.map((Violation violation) -> violation.pointer() + " " + violation.rule())
			.toList();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void itemsOfACallerFitWhatTheToolDeclares(Codec codec) {
		AgentSocketClient client = connect(builder(codec));
		for (String action : List.of("items", "take")) {
			MISFITS.forEach((misfit) -> StepVerifier
				.create(Await.ended(client.invoke(action).items(Flux.just(GOOD, misfit.value())).toFlux(Reading.class)))
				.expectNextCount(1)
				.expectErrorSatisfies((error) -> {
					assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
					assertThat(broken(error)).as(action).containsExactly(misfit.place());
				})
				.verify(TIMEOUT));
		}
		StepVerifier
			.create(Await.ended(client.invoke("items").items(Flux.just(with("unit", "C"))).toFlux(Reading.class)))
			.expectErrorSatisfies((error) -> assertThat(broken(error)).containsExactly("/unit additionalProperties"))
			.verify(TIMEOUT);
		StepVerifier
			.create(Await.ended(client.invoke("take").items(Flux.just(with("unit", "C"))).toFlux(Reading.class)))
			.expectNextCount(1)
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(client.invoke("loose").items(Flux.just(NULLS)).toFlux(String.class)))
			.expectErrorSatisfies((error) -> assertThat(broken(error).get(0)).endsWith("required"))
			.verify(TIMEOUT);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void argumentsThatAnActionReadsFitTheirType(Codec codec) {
		AgentSocketClient client = connect(builder(codec));
		MISFITS.forEach((misfit) -> StepVerifier
			.create(Await.ended(client.invoke("read").arguments(misfit.value()).toMono(String.class)))
			.expectErrorSatisfies((error) -> {
				assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
				assertThat(broken(error)).containsExactly(misfit.place());
			})
			.verify(TIMEOUT));
		StepVerifier.create(Await.ended(client.invoke("read").arguments(with("unit", "C")).toMono(String.class)))
			.expectNextCount(1)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void answersFitTheTypeThatWasAskedFor(Codec codec) {
		BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
		AgentSocketClient client = connect(
				builder(codec).onQuestion((question) -> Mono.just(Answer.of(answers.remove()))));
		MISFITS.forEach((misfit) -> {
			answers.addAll(List.of(misfit.value(), misfit.value()));
			StepVerifier.create(Await.ended(client.invoke("ask").toMono(Reading.class)))
				.expectErrorSatisfies((error) -> {
					assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.FAILED_PRECONDITION);
					assertThat(((ActionException) error).violations()).extracting(Violation::pointer)
						.containsExactly(misfit.pointer());
				})
				.verify(TIMEOUT);
		});
		answers.addAll(List.of(with("unit", "C"), GOOD));
		StepVerifier.create(Await.ended(client.invoke("ask").toMono(Map.class)))
			.assertNext((reading) -> assertThat(reading.containsKey("unit")).isFalse())
			.expectComplete()
			.verify(TIMEOUT);
		assertThat(answers).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void resultsFitWhatTheirTypeDeclares(Codec codec) {
		AgentSocketClient client = connect(builder(codec).offer("agent.echo", Map.class, Mono::just));
		MISFITS.forEach((misfit) -> {
			StepVerifier.create(Await.ended(client.invoke("echo").arguments(misfit.value()).toMono(Reading.class)))
				.expectErrorSatisfies((error) -> {
					CodecException exception = (CodecException) error;
					assertThat(exception.pointer() + " " + exception.rule()).isEqualTo(misfit.place());
				})
				.verify(TIMEOUT);
			StepVerifier.create(Await.ended(client.invoke("delegate").arguments(misfit.value()).toMono(String.class)))
				.expectNext(misfit.place())
				.expectComplete()
				.verify(TIMEOUT);
		});
		// More is told than this side wants to know.
		StepVerifier.create(Await.ended(client.invoke("echo").arguments(with("unit", "C")).toMono(Reading.class)))
			.expectNextCount(1)
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(client.invoke("echo").arguments(NULLS).toMono(Loose.class)))
			.assertNext((loose) -> {
				assertThat(loose.text()).isNull();
				assertThat(loose.number()).isNull();
				assertThat(loose.list()).containsExactly("x", null);
			})
			.expectComplete()
			.verify(TIMEOUT);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void eventsFitWhatTheirTypeDeclares(Codec codec) throws InterruptedException {
		AgentSocketClient client = connect(builder(codec));
		BlockingQueue<Reading> seen = new LinkedBlockingQueue<>();
		reactor.core.Disposable subscription = client.events("reading", Reading.class).subscribe(seen::add);
		for (Misfit misfit : MISFITS) {
			StepVerifier.create(Await.ended(client.invoke("tell").arguments(misfit.value()).toMono(Boolean.class)))
				.expectNext(true)
				.expectComplete()
				.verify(TIMEOUT);
			assertThat(seen.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS))
				.isEqualTo(new Reading("a", 1, List.of("x"), new Place("Gasse"), null));
		}
		assertThat(Set.copyOf(seen)).isEmpty();
		subscription.dispose();
	}

}
