package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatObject;

/**
 * Containers that hold themselves, and those whose elements cannot be had.
 */
class UnusualContainerTests {

	static Stream<JacksonCodec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void containersMayHoldThemselves(JacksonCodec codec) {
		Tree tree = new Tree();
		tree.put("a", new Tree());
		Nodes nodes = new Nodes();
		nodes.add(new Nodes());
		assertThatObject(codec.decode(codec.encode(tree, Tree.class), Object.class)).isEqualTo(Map.of("a", Map.of()));
		assertThatObject(codec.decode(codec.encode(nodes, Nodes.class), Object.class)).isEqualTo(List.of(List.of()));
		Type trees = new ParameterizedTypeReference<List<Tree>>() {
		}.getType();
		assertThatObject(codec.decode(codec.encode(List.of(tree), trees), Object.class))
			.isEqualTo(List.of(Map.of("a", Map.of())));
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void elementsThatCannotBeHadAreToldByTheWriter(JacksonCodec codec) {
		Type texts = new ParameterizedTypeReference<List<String>>() {
		}.getType();
		Type named = new ParameterizedTypeReference<List<Named>>() {
		}.getType();
		for (Type type : List.of(texts, named)) {
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> codec.encode(new Lazy(), type))
				.withMessageContaining("the value cannot be written");
		}
	}

	static class Tree extends LinkedHashMap<String, Tree> {

	}

	static class Nodes extends ArrayList<Nodes> {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
	interface Named {

	}

	/** Its session is over. */
	static class Lazy extends AbstractList<Object> {

		@Override
		public Object get(int index) {
			throw new IllegalStateException("lazy");
		}

		@Override
		public Iterator<Object> iterator() {
			throw new IllegalStateException("lazy");
		}

		@Override
		public int size() {
			return 1;
		}

	}

}
