package io.agentsocket.tool;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A declaration that {@code null} may stand somewhere holds for that place, and for no
 * other of the same type.
 */
class NullPlaceTests {

	private final List<Action> actions = AgentTools.builder().build().actionsOf(new Tools());

	static List<Codec> codecs() {
		return Call.codecs();
	}

	private Call call(String name, Codec codec) {
		return Call.of(this.actions, name).codec(codec);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nullableElementsOfAParameterAreNotThoseOfPropertiesInIt(Codec codec) {
		Object tree = Map.of("name", "x", "children", Collections.singletonList(null));
		assertThat(call("trees", codec).with("trees", List.of(tree)).broken())
			.containsExactly("/trees/0/children/0 type");
		Object leaf = Map.of("name", "x", "children", List.of());
		assertThat(call("trees", codec).with("trees", Arrays.asList(leaf, null)).value()).isEqualTo(2);
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void nullableElementsOfOneArgumentOfATypeAreNotThoseOfAnother(Codec codec) {
		List<@Nullable String> hole = Collections.singletonList(null);
		assertThat(call("pair", codec).with("pair", Map.of("left", List.of("x"), "right", hole)).broken())
			.containsExactly("/pair/right/0 type");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void anAnnotationForElementsLeavesThePropertyAsItIs(Codec codec) {
		assertThat(call("skipping", codec).with("skipping", Collections.singletonMap("texts", null)).broken())
			.containsExactly("/skipping/texts required");
		assertThat(call("skipping", codec).with("skipping", Map.of("texts", Arrays.asList("x", null, "y"))).value())
			.isEqualTo("[x, y]");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void anAnnotationForAPropertyLeavesItsElementsAsTheyAre(Codec codec) {
		assertThat(call("empty", codec).with("empty", Collections.singletonMap("texts", null)).value()).isEqualTo("[]");
		assertThat(call("empty", codec).with("empty", Map.of("texts", Arrays.asList("x", null))).broken())
			.containsExactly("/empty/texts/1 type");
	}

	record Tree(String name, List<Tree> children) {

	}

	record Pair<A, B>(A left, B right) {

	}

	record Skipping(@JsonSetter(contentNulls = Nulls.SKIP) List<String> texts) {

	}

	record Empty(@JsonSetter(nulls = Nulls.AS_EMPTY) List<String> texts) {

	}

	static class Tools {

		@AgentTool
		int trees(List<@Nullable Tree> trees) {
			return trees.size();
		}

		@AgentTool
		String pair(@AgentParam Pair<List<@Nullable String>, List<String>> pair) {
			return pair.toString();
		}

		@AgentTool
		String skipping(@AgentParam Skipping skipping) {
			return skipping.texts().toString();
		}

		@AgentTool
		String empty(@AgentParam Empty empty) {
			return empty.texts().toString();
		}

	}

}
