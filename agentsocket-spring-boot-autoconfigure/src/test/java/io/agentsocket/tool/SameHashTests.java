package io.agentsocket.tool;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonCreator;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import tools.jackson.core.type.TypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Sets of different elements that have the same hash, which anybody can compute for
 * records and lists: a table of hashes compares each with all others.
 */
class SameHashTests {

	private static final int MANY = 20_000;

	private static final List<Action> ACTIONS = AgentTools.builder().build().actionsOf(new Tools());

	/** Their hash as records is that of an empty one. */
	private static List<Map<String, Integer>> sameHash(int count) {
		return points(count, -31);
	}

	private static List<Map<String, Integer>> points(int count, int factor) {
		List<Map<String, Integer>> points = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			points.add(Map.of("x", i, "y", factor * i));
		}
		return points;
	}

	@ParameterizedTest
	@ValueSource(strings = { "points", "later", "ordered", "whole" })
	void argumentsOfOneHashAreNotComparedWithEachOther(String tool) {
		for (Codec codec : Call.codecs()) {
			Call call = Call.of(ACTIONS, tool).codec(codec);
			assertThat(call.with("v", sameHash(MANY)).broken()).containsExactly("/v uniqueItems");
			assertThat(call.with("v", sameHash(400)).value()).isEqualTo(400);
			assertThat(call.with("v", points(MANY, 7)).value()).isEqualTo(MANY);
			assertThat(call.with("v", Collections.nCopies(MANY, Map.of("x", 1, "y", 2))).value()).isEqualTo(1);
		}
	}

	/** A few of them in each of very many sets. */
	@Test
	void allSetsOfAValueShareTheWork() {
		Call call = Call.of(ACTIONS, "sets");
		assertThat(call.with("v", Collections.nCopies(100, sameHash(400))).broken())
			.containsExactly("/v/3 uniqueItems");
		assertThat(call.with("v", Collections.nCopies(100, points(400, 7))).value()).isEqualTo(100);
		assertThat(call.with("v", Collections.nCopies(1000, sameHash(20))).value()).isEqualTo(1000);
	}

	@Test
	void itemsAndAnswersOfOneHashAreNotComparedWithEachOther() {
		for (Codec codec : Call.codecs()) {
			Bytes costly = codec.encode(Map.of("v", sameHash(MANY)));
			for (Strictness strictness : Strictness.values()) {
				assertThatExceptionOfType(CodecException.class)
					.isThrownBy(() -> codec.decode(costly, Points.class, strictness))
					.satisfies((ex) -> assertThat(ex.pointer() + " " + ex.rule()).isEqualTo("/v uniqueItems"));
				Points plain = codec.decode(codec.encode(Map.of("v", points(MANY, 7))), Points.class, strictness);
				assertThat(plain.v()).hasSize(MANY);
			}
		}
	}

	@Test
	void resultsOfOneHashAreNotComparedWithEachOther() {
		List<List<Integer>> lists = new ArrayList<>();
		sameHash(MANY).forEach((point) -> lists.add(List.of(point.get("x"), point.get("y"))));
		refused(new TypeReference<Set<Point>>() {
		}.getType(), sameHash(MANY), "uniqueItems");
		refused(new TypeReference<LinkedHashSet<Point>>() {
		}.getType(), sameHash(MANY), "uniqueItems");
		refused(new TypeReference<Set<List<Integer>>>() {
		}.getType(), lists, "uniqueItems");
		refused(new TypeReference<Set<Object>>() {
		}.getType(), lists, "uniqueItems");
	}

	@Test
	void keysOfOneHashAreNotComparedWithEachOther() {
		Map<String, Integer> keys = new LinkedHashMap<>();
		sameHash(MANY).forEach((point) -> keys.put(point.get("x") + "," + point.get("y"), 1));
		refused(new TypeReference<Map<Key, Integer>>() {
		}.getType(), keys, "propertyNames");
		Map<String, Integer> other = new LinkedHashMap<>();
		points(MANY, 7).forEach((point) -> other.put(point.get("x") + "," + point.get("y"), 1));
		for (Codec codec : Call.codecs()) {
			Map<Key, Integer> read = codec.decode(codec.encode(other), new TypeReference<Map<Key, Integer>>() {
			}.getType());
			assertThat(read).hasSize(MANY);
		}
	}

	private static void refused(Type type, Object value, String rule) {
		for (Codec codec : Call.codecs()) {
			assertThatExceptionOfType(CodecException.class).isThrownBy(() -> codec.decode(codec.encode(value), type))
				.withMessage("It takes too much work to check these values.")
				.satisfies((ex) -> assertThat(ex.rule()).isEqualTo(rule));
		}
	}

	record Point(int x, int y) {
	}

	record Points(Set<Point> v) {
	}

	record Key(int x, int y) {

		@JsonCreator
		static Key of(String text) {
			String[] parts = text.split(",");
			return new Key(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
		}

	}

	/** Its order says of many that they are the same. */
	record Ordered(int x, int y) implements Comparable<Ordered> {

		@Override
		public int compareTo(Ordered other) {
			return 0;
		}

	}

	static class Tools {

		@AgentTool
		int points(@AgentParam("v") Set<Point> points) {
			return points.size();
		}

		@AgentTool
		Mono<Integer> later(@AgentParam("v") LinkedHashSet<Point> points) {
			return Mono.just(points.size());
		}

		@AgentTool
		int ordered(@AgentParam("v") Set<Ordered> points) {
			return points.size();
		}

		@AgentTool
		int whole(Points points) {
			return points.v().size();
		}

		@AgentTool
		int sets(@AgentParam("v") List<Set<Point>> sets) {
			return sets.size();
		}

	}

}
