package io.agentsocket.connection;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Interceptors give values of other types in place of results.
 */
class ReplacedResultTests {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final Map<String, Object> HIDDEN = Map.of("hidden", true);

	private Function<Publisher<?>, Publisher<?>> change = (results) -> results;

	private final AgentSocketServer server = AgentSocketServer.builder(catalog()).interceptor(new ActionInterceptor() {
		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			return ReplacedResultTests.this.change.apply(chain.proceed(exchange));
		}
	}).build();

	private static ActionCatalog catalog() {
		ActionCatalog catalog = new ActionCatalog();
		catalog.addAll(AgentTools.builder().executor(Runnable::run).build().actionsOf(new Tools()));
		return catalog;
	}

	static Stream<JacksonCodec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	@AfterEach
	void close() {
		this.server.close();
	}

	private void gives(JacksonCodec codec, String tool, UnaryOperator<Object> map, Object expected) {
		this.change = (results) -> Flux.from(results).map(map);
		assertThat(result(codec, tool)).as(tool).isEqualTo(expected);
	}

	private Object result(JacksonCodec codec, String tool) {
		try (AgentSocketTester agent = AgentSocketTester.bindTo(this.server)
			.client((client) -> client.codec(codec))
			.build()) {
			return agent.invoke("weather." + tool).expectValue(Object.class).get();
		}
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void aValueOfAnotherTypeIsWrittenAsItIs(JacksonCodec codec) {
		for (String tool : List.of("one", "list", "map", "array", "nested", "shape", "shapes", "texts")) {
			gives(codec, tool, (result) -> HIDDEN, HIDDEN);
			Object expected = JSON.convertValue(new Weather("a", 1), Object.class);
			gives(codec, tool, (result) -> JSON.valueToTree(new Weather("a", 1)), expected);
			this.change = (results) -> Mono.just(HIDDEN);
			assertThat(result(codec, tool)).as(tool).isEqualTo(HIDDEN);
		}
		gives(codec, "list", (result) -> JSON.readTree("[{\"city\":\"b\"}]"), List.of(Map.of("city", "b")));
	}

	private Object plain(JacksonCodec codec, String tool) {
		this.change = (results) -> results;
		return result(codec, tool);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void anElementOfAnotherTypeIsWrittenAsItIs(JacksonCodec codec) {
		Map<String, Object> a = Map.of("city", "a", "wind", 1);
		gives(codec, "list", (result) -> List.of(HIDDEN), List.of(HIDDEN));
		gives(codec, "list", (result) -> List.of(new Weather("a", 1), HIDDEN), List.of(a, HIDDEN));
		gives(codec, "list", (result) -> List.of(JSON.valueToTree(HIDDEN)), List.of(HIDDEN));
		gives(codec, "array", (result) -> List.of(HIDDEN), List.of(HIDDEN));
		gives(codec, "texts", (result) -> List.of(1, "b"), List.of(1, "b"));
		gives(codec, "map", (result) -> Map.of("k", HIDDEN), Map.of("k", HIDDEN));
		gives(codec, "nested", (result) -> Map.of("k", Optional.of(List.of(HIDDEN, new Weather("a", 1)))),
				Map.of("k", List.of(HIDDEN, a)));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void theOtherElementsNameTheirTypes(JacksonCodec codec) {
		Map<String, Object> circle = Map.of("kind", "circle", "radius", 1);
		assertThat(plain(codec, "shapes")).isEqualTo(List.of(circle));
		gives(codec, "shapes", (result) -> List.of(HIDDEN, new Circle(1)), List.of(HIDDEN, circle));
		gives(codec, "shapes", (result) -> List.of(Map.of("kind", "none")), List.of(Map.of("kind", "none")));
	}

	@AgentTool("weather")
	static class Tools {

		@AgentTool(description = "x")
		Weather one() {
			return new Weather("a", 1);
		}

		@AgentTool(description = "x")
		List<Weather> list() {
			return List.of(one());
		}

		@AgentTool(description = "x")
		Map<String, Weather> map() {
			return Map.of("k", one());
		}

		@AgentTool(description = "x")
		Weather[] array() {
			return new Weather[] { one() };
		}

		@AgentTool(description = "x")
		Map<String, Optional<List<Weather>>> nested() {
			return Map.of("k", Optional.of(list()));
		}

		@AgentTool(description = "x")
		Shape shape() {
			return new Circle(1);
		}

		@AgentTool(description = "x")
		List<Shape> shapes() {
			return List.of(new Circle(1));
		}

		@AgentTool(description = "x")
		List<String> texts() {
			return List.of("a");
		}

	}

	record Weather(String city, int wind) {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	interface Shape {

	}

	@JsonTypeName("circle")
	record Circle(int radius) implements Shape {

	}

}
