package io.agentsocket.tool;

import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values that are left out because they are empty or zero are not required where a
 * variable stands for their type either.
 */
class LeftOutVariableTests {

	@ParameterizedTest
	@EnumSource(value = JsonInclude.Include.class, names = { "ALWAYS", "NON_NULL", "NON_EMPTY", "NON_DEFAULT" })
	void aResultIsAnArgument(JsonInclude.Include include) {
		JsonMapper mapper = JsonMapper.builder()
			.changeDefaultPropertyInclusion((inclusion) -> inclusion.withValueInclusion(include))
			.build();
		List<Action> actions = AgentTools.builder()
			.mapper(mapper)
			.executor(Runnable::run)
			.build()
			.actionsOf(new Tools());
		for (Codec codec : List.of(JacksonCodec.cbor(mapper, 32), JacksonCodec.json(mapper, 32))) {
			check(actions, codec, "pair", new Pair<>(new Place("Bern"), List.of()));
			check(actions, codec, "pair", new Pair<>(new Place("Bern"), List.of(new Place(""))));
			check(actions, codec, "range", new Range<>(0, 7));
			check(actions, codec, "nested", List.of(new Pair<>("", Map.of())));
		}
	}

	private static void check(List<Action> actions, Codec codec, String tool, Object value) {
		Action action = Call.of(actions, tool).action();
		Bytes sent = codec.encode(value, Objects.requireNonNull(action.resultType()));
		Object tree = Objects.requireNonNull(codec.<Object>decode(sent, Object.class));
		assertThat(fits(Objects.requireNonNull(action.output()), tree)).as("output %s of %s", tree, tool).isTrue();
		assertThat(fits(action.input(), Map.of("v", tree))).as("input %s of %s", tree, tool).isTrue();
		assertThat(Call.of(actions, tool).codec(codec).with("v", tree).value()).isEqualTo(value);
		Map<String, Object> without = Map.of("v", (tree instanceof List) ? List.of(Map.of()) : Map.of());
		boolean bound = Call.of(actions, tool)
			.codec(codec)
			.withArguments(without)
			.mono()
			.map((result) -> true)
			.onErrorReturn(false)
			.blockOptional(Call.TIMEOUT)
			.orElse(false);
		assertThat(bound).as("nothing for %s", tool).isEqualTo(fits(action.input(), without));
	}

	private static boolean fits(Map<String, Object> schema, Object value) {
		JsonMapper mapper = JsonMapper.shared();
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(mapper.<JsonNode>valueToTree(schema))
			.validate(mapper.valueToTree(value))
			.isEmpty();
	}

	record Place(String city) {

	}

	record Pair<A, B>(A a, B b) {

	}

	record Range<T extends Comparable<T>>(T min, T max) {

	}

	static class Tools {

		@AgentTool
		Pair<Place, List<Place>> pair(@AgentParam("v") Pair<Place, List<Place>> value) {
			return value;
		}

		@AgentTool
		Range<Integer> range(@AgentParam("v") Range<Integer> value) {
			return value;
		}

		@AgentTool
		List<Pair<String, Map<String, Integer>>> nested(
				@AgentParam("v") List<Pair<String, Map<String, Integer>>> value) {
			return value;
		}

	}

}
