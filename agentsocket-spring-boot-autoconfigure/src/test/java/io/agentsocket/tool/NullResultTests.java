package io.agentsocket.tool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Nothing is sent as a result that breaks the schema of results: {@code null} stands only
 * where the schema allows it.
 */
class NullResultTests {

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());

	/** Nobody has declared anything of its nullness. */
	@NullUnmarked
	record Loose(String text, Integer boxed, List<String> list, Map<String, Integer> map, Loose[] array,
			List<List<Map<String, String>>> deep, Optional<List<String>> maybe, int[] numbers, int number) {

	}

	/** The package says that nothing is {@code null}. */
	record Strict(String text, List<String> list, Map<String, List<String>> map, String[] array,
			@Nullable String nullable, List<@Nullable String> nulls, int number) {

		static final Strict GOOD = new Strict("a", List.of("b"), Map.of("c", List.of("d")), new String[] { "e" }, null,
				Arrays.asList("f", null), 1);

	}

	@JsonInclude(JsonInclude.Include.NON_NULL)
	record Omitting(String text, int number) {

	}

	@NullUnmarked
	public static class Bean {

		private String text;

		private List<String> list;

		public String getText() {
			return this.text;
		}

		public void setText(String text) {
			this.text = text;
		}

		public List<String> getList() {
			return this.list;
		}

		public void setList(List<String> list) {
			this.list = list;
		}

	}

	static class Tools {

		private final Map<String, Object> results = new HashMap<>();

		@SuppressWarnings("unchecked")
		private <T> T next(String name) {
			return (T) this.results.get(name);
		}

		@AgentTool
		@NullUnmarked
		Loose loose() {
			return next("loose");
		}

		@AgentTool
		Strict strict() {
			return next("strict");
		}

		@AgentTool
		Omitting omitting() {
			return next("omitting");
		}

		@AgentTool
		Bean bean() {
			return next("bean");
		}

		@AgentTool
		List<String> texts() {
			return Arrays.asList("a", null);
		}

		@AgentTool
		@NullUnmarked
		List<Map<String, Integer>> looseTexts() {
			return Arrays.asList(null, Collections.singletonMap("a", null));
		}

		@AgentTool
		Mono<Map<String, List<String>>> later() {
			return Mono.just(Map.of("x", Arrays.asList("y", null)));
		}

		@AgentTool
		Flux<List<String>> stream() {
			return Flux.just(List.of("a"), Collections.singletonList(null));
		}

		@AgentTool
		int[] numbers() {
			return new int[] { 1 };
		}

	}

	static List<Codec> codecs() {
		return Call.codecs();
	}

	private Action action(String name) {
		return Call.of(this.actions, name).action();
	}

	private JsonNode sent(Codec codec, String name, Object value) {
		Bytes bytes = codec.encode(value, Objects.requireNonNull(action(name).resultType()));
		Object plain = codec.decode(bytes, Object.class);
		JsonNode tree = JSON.readTree(JSON.writeValueAsBytes(plain));
		Map<String, Object> schema = Objects.requireNonNull(action(name).output());
		assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.valueToTree(schema))
			.validate(tree)).as("%s against %s", tree, schema).isEmpty();
		assertThat((Object) codec.encode(codec.decode(bytes, action(name).resultType()), action(name).resultType()))
			.as("read back")
			.isEqualTo(bytes);
		return tree;
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void whereNothingIsDeclaredNullIsSentAndTheSchemaSaysSo(Codec codec) {
		Random random = new Random(1);
		for (int i = 0; i < 500; i++) {
			assertThat(sent(codec, "loose", loose(random, 3)).isObject()).isTrue();
		}
		Bean bean = new Bean();
		bean.setList(Collections.singletonList(null));
		assertThat(sent(codec, "bean", bean)).hasToString("{\"list\":[null],\"text\":null}");
		assertThat(sent(codec, "looseTexts", new Tools().looseTexts())).hasToString("[null,{\"a\":null}]");
		assertThat(action("numbers").output()).isEqualTo(Map.of("type", "array", "items", Map.of("type", "integer")));
		assertThat(action("loose").output().toString()).contains("numbers={type=[array, null], items={type=integer}}")
			.doesNotContain("$agentsocket");
	}

	private static Loose loose(Random random, int depth) {
		return new Loose(orNull(random, "a"), orNull(random, 1), orNull(random, Arrays.asList("x", null)),
				orNull(random, map(random, orNull(random, 3))),
				(depth > 0) ? orNull(random, new Loose[] { loose(random, depth - 1), null }) : null,
				orNull(random,
						Arrays.asList(null,
								Arrays.asList(null, new LinkedHashMap<>(map(random, orNull(random, "y")))))),
				Optional.ofNullable(orNull(random, Arrays.asList("z", null))), orNull(random, new int[] { 1, 2 }),
				random.nextInt());
	}

	private static <T> @Nullable T orNull(Random random, T value) {
		return random.nextBoolean() ? value : null;
	}

	private static <T> Map<String, T> map(Random random, @Nullable T value) {
		return random.nextBoolean() ? Collections.singletonMap("k", value) : Map.of();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void whereNullIsExcludedItIsNotSent(Codec codec) {
		assertThat(sent(codec, "strict", Strict.GOOD).path("nulls")).hasToString("[\"f\",null]");
		Map<String, Strict> broken = new LinkedHashMap<>();
		Strict good = Strict.GOOD;
		broken.put("/text", new Strict(null, good.list, good.map, good.array, null, good.nulls, 1));
		broken.put("/list", new Strict("a", Arrays.asList("b", null), good.map, good.array, null, good.nulls, 1));
		broken.put("/map",
				new Strict("a", good.list, Map.of("c", Arrays.asList("d", null)), good.array, null, good.nulls, 1));
		broken.put("/array", new Strict("a", good.list, good.map, new String[] { null }, null, good.nulls, 1));
		broken.put("/nulls", new Strict("a", good.list, good.map, good.array, null, null, 1));
		broken.forEach((pointer, value) -> {
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> sent(codec, "strict", value))
				.satisfies((ex) -> {
					assertThat(ex.pointer()).isEqualTo(pointer);
					assertThat(ex).hasStackTraceContaining("is null, but its type excludes it");
				});
			// Without a schema of this side it is the other side's affair.
			assertThat(codec.encode(value).isEmpty()).isFalse();
		});
		assertThat(codec.<Object>decode(codec.encode(new Omitting(null, 2), Omitting.class), Object.class))
			.isEqualTo(Map.of("number", 2));
		assertThat(action("omitting").output()).containsEntry("required", List.of("number"));
	}

	@Test
	void elementsOfTheResultItselfAreHeldToItsType() {
		for (String name : List.of("texts", "later", "stream")) {
			assertThatIllegalStateException()
				.isThrownBy(() -> Call.of(this.actions, name).flux().blockLast(Call.TIMEOUT))
				.withMessageMatching("The result has null at (/1|/x/1|/0), but its type excludes it");
		}
		assertThat(action("texts").output()).isEqualTo(Map.of("type", "array", "items", Map.of("type", "string")));
		assertThat(action("looseTexts").output().toString()).contains("integer, null");
		List<Object> items = new ArrayList<>();
		Call.of(this.actions, "stream").flux().onErrorComplete().doOnNext(items::add).blockLast(Call.TIMEOUT);
		assertThat(items).containsExactly(List.of("a"));
	}

}
