package io.agentsocket.tool;

import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.Nulls;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.annotation.JsonPOJOBuilder;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Types whose form Jackson's annotations change, and collections beside the common ones:
 * schema, binding and results agree for them as for all others.
 */
class UnusualTypesTests {

	private static final int ROUNDS = 4;

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	private static final Map<String, List<Object>> VALUES = new LinkedHashMap<>();

	static {
		VALUES.put("any", List.of(any(Map.of()), any(Map.of("x", "1", "y", "z"))));
		VALUES.put("deduced", List.of(new ByName("n"), new ByNumber(3, List.of("a"))));
		VALUES.put("existing", List.of(new Cat("cat", 3), new Dog("dog", "w")));
		VALUES.put("wrapperArray", List.of(new One(1), new Two("t")));
		VALUES.put("defaulted", List.of(new Known(1), new Other("o")));
		VALUES.put("closed", List.of(new Closed.A(1), new Closed.B("b")));
		VALUES.put("twoLevels", List.of(new Car(4), new Truck(2, "x")));
		VALUES.put("named", List.of(new Named(1, "b", LocalDate.EPOCH)));
		VALUES.put("alias", List.of(new Alias(1, "b")));
		VALUES.put("asArray", List.of(new AsArray(1, "b")));
		VALUES.put("delegated", List.of(new Delegated("x"), new Delegated("")));
		VALUES.put("delegatedMap", List.of(new DelegatedMap(Map.of("a", 1))));
		VALUES.put("factory", List.of(Factory.of(3, "c")));
		VALUES.put("built", List.of(new Built(2, "x")));
		VALUES.put("emptied", List.of(new Emptied(List.of(), "t")));
		VALUES.put("single", List.of(new Single(List.of(1)), new Single(List.of(1, 2)), new Single(List.of())));
		VALUES.put("ignoring", List.of(Ignoring.of(1), Ignoring.of(-2)));
		VALUES.put("anything", List.of(new Anything("a", JsonNodeFactory.instance.arrayNode().add(1))));
		VALUES.put("tree", List
			.of(new Tree("a", List.of(new Tree("b", List.of())), Map.of("k", new Tree("c", List.of(), Map.of())))));
		VALUES.put("wild", List.of(List.of(1, 2L, 0.5), List.of()));
		VALUES.put("bounded", List.of(Map.of("a", List.of(new Cat("cat", 1)))));
		VALUES.put("enumMap", List.of(new EnumMap<>(Map.of(TimeUnit.DAYS, 1)), new EnumMap<>(TimeUnit.class)));
		VALUES.put("sorted", List.of(new TreeMap<>(Map.of(1, "x", 2, "y"))));
		VALUES.put("sortedSet", List.of(new TreeSet<>(Set.of("b", "a"))));
		VALUES.put("enumSet", List.of(EnumSet.of(TimeUnit.DAYS), EnumSet.noneOf(TimeUnit.class)));
		VALUES.put("linked", List.of(new LinkedList<>(List.of("a", "b"))));
		VALUES.put("deque", List.of(new ArrayDeque<>(List.of("a", "b"))));
		VALUES.put("queue", List.of(new LinkedList<>(List.of(1))));
		VALUES.put("collection", List.of(List.of(1, 2)));
		VALUES.put("sets", List.of(Set.of(List.of(1), List.of(2)), new LinkedHashSet<>()));
		VALUES.put("numbers", List.of(new Numbers(new AtomicInteger(4), new AtomicLong(5), new AtomicBoolean(true))));
		VALUES.put("node", List.of(JsonNodeFactory.instance.objectNode().put("a", 1)));
		VALUES.put("maps", List.of(Map.of("a", Map.of(TimeUnit.DAYS, Map.of(1L, List.of(true))))));
		VALUES.put("optionals", List.of(Map.of("a", Optional.of(1)), List.of()).subList(0, 1));
		VALUES.put("pair", List.of(new Pair<>(new Cat("cat", 1), List.of(new Dog("dog", "w")))));
		VALUES.put("codes", List.of(Map.of(new Code("c"), new Code("d"))));
		VALUES.put("ranked", List.of(Rank.LOW, Rank.HIGH));
		VALUES.put("readOnly", List.of(new ReadOnly(1)));
	}

	static List<String> names() {
		return List.copyOf(VALUES.keySet());
	}

	@ParameterizedTest
	@MethodSource("names")
	void schemaBindingAndResultsAgree(String name) {
		Action action = Call.of(ACTIONS, name).action();
		for (int round = 0; round < ROUNDS; round++) {
			ValueChecks.check(action, (random) -> VALUES.get(name).get(random.nextInt(VALUES.get(name).size())),
					Call.codecs(), new Random(round));
		}
	}

	static Stream<Arguments> lenient() {
		return Stream.of(Arguments.of("alias", Map.of("no", 1, "text", "b"), new Alias(1, "b")),
				Arguments.of("alias", Map.of("nr", 2, "text", "b"), new Alias(2, "b")),
				Arguments.of("loose", Map.of("NUMBER", 1, "Text", "b"), new LooseNames(1, "b")),
				Arguments.of("readOnly", Map.of("once", 1, "twice", 9), new ReadOnly(1)),
				Arguments.of("ranked", "lowest", Rank.LOW),
				Arguments.of("single", Map.of("list", 4), new Single(List.of(4))),
				Arguments.of("unwrapped", Map.of("id", 1, "a", "a", "b", 2), new Unwrapped(1, new Inner("a", 2))),
				Arguments.of("defaulted", Map.of("b", "x"), new Other("x")),
				Arguments.of("defaulted", Map.of("kind", "unknown", "b", "x"), new Other("x")));
	}

	@ParameterizedTest
	@MethodSource("lenient")
	void valuesThatAnnotationsAllowFitTheSchema(String name, Object value, Object bound) {
		Call call = Call.of(ACTIONS, name);
		assertThat(call.with("v", value).value()).isEqualTo(bound);
		assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JsonMapper.shared().<JsonNode>valueToTree(call.action().input()))
			.validate(JsonMapper.shared().<JsonNode>valueToTree(Map.of("v", value)))).isEmpty();
	}

	private static Any any(Map<String, String> more) {
		Any any = new Any();
		any.id = 7;
		more.forEach(any::add);
		return any;
	}

	record Inner(String a, int b) {

	}

	record Unwrapped(int id, @JsonUnwrapped Inner inner) {

	}

	static final class Any {

		public int id;

		private final Map<String, String> more = new LinkedHashMap<>();

		@JsonAnyGetter
		public Map<String, String> more() {
			return this.more;
		}

		@JsonAnySetter
		public void add(String name, String value) {
			this.more.put(name, value);
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Any any && any.id == this.id && any.more.equals(this.more);
		}

		@Override
		public int hashCode() {
			return Objects.hash(this.id, this.more);
		}

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
	@JsonSubTypes({ @JsonSubTypes.Type(ByName.class), @JsonSubTypes.Type(ByNumber.class) })
	interface Deduced {

	}

	record ByName(String name) implements Deduced {

	}

	record ByNumber(int number, List<String> tags) implements Deduced {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.EXISTING_PROPERTY, property = "type",
			visible = true)
	@JsonSubTypes({ @JsonSubTypes.Type(value = Cat.class, name = "cat"),
			@JsonSubTypes.Type(value = Dog.class, name = "dog") })
	interface Existing {

	}

	record Cat(String type, int lives) implements Existing {

	}

	record Dog(String type, String word) implements Existing {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.WRAPPER_ARRAY)
	@JsonSubTypes({ @JsonSubTypes.Type(value = One.class, name = "one"),
			@JsonSubTypes.Type(value = Two.class, name = "two") })
	interface WrapperArray {

	}

	record One(int a) implements WrapperArray {

	}

	record Two(String b) implements WrapperArray {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind", defaultImpl = Other.class)
	@JsonSubTypes({ @JsonSubTypes.Type(value = Known.class, name = "known"),
			@JsonSubTypes.Type(value = Other.class, name = "other") })
	interface Defaulted {

	}

	record Known(int a) implements Defaulted {

	}

	record Other(String b) implements Defaulted {

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME)
	sealed interface Closed {

		record A(int a) implements Closed {

		}

		record B(String b) implements Closed {

		}

	}

	@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
	@JsonSubTypes({ @JsonSubTypes.Type(Wheeled.class), @JsonSubTypes.Type(value = Car.class, name = "car") })
	interface Vehicle {

	}

	@JsonSubTypes(@JsonSubTypes.Type(Truck.class))
	interface Wheeled extends Vehicle {

	}

	record Car(int doors) implements Wheeled {

	}

	@JsonTypeName("truck")
	record Truck(int axles, String load) implements Wheeled {

	}

	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record Named(int itemCount, @JsonProperty("The Name") String name, LocalDate bestBefore) {

	}

	record Alias(@JsonAlias( {
			"no", "nr" }) int number, String text){

	}

	@JsonFormat(shape = JsonFormat.Shape.ARRAY)
	record AsArray(int a, String b) {

	}

	record Delegated(@JsonValue String value) {

		@JsonCreator(mode = JsonCreator.Mode.DELEGATING)
		Delegated {
		}

	}

	record DelegatedMap(@JsonValue Map<String, Integer> value) {

		@JsonCreator(mode = JsonCreator.Mode.DELEGATING)
		DelegatedMap {
		}

	}

	static final class Factory {

		private final int count;

		private final String text;

		private Factory(int count, String text) {
			this.count = count;
			this.text = text;
		}

		@JsonCreator
		static Factory of(@JsonProperty(value = "count", required = true) int count,
				@JsonProperty(value = "text", required = true) String text) {
			return new Factory(count, text);
		}

		public int getCount() {
			return this.count;
		}

		public String getText() {
			return this.text;
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Factory factory && factory.count == this.count && factory.text.equals(this.text);
		}

		@Override
		public int hashCode() {
			return this.count;
		}

	}

	@JsonDeserialize(builder = BuiltBuilder.class)
	record Built(int size, String text) {

	}

	@JsonPOJOBuilder(withPrefix = "")
	static final class BuiltBuilder {

		private int size;

		private String text = "";

		public BuiltBuilder size(int size) {
			this.size = size;
			return this;
		}

		public BuiltBuilder text(String text) {
			this.text = text;
			return this;
		}

		public Built build() {
			return new Built(this.size, this.text);
		}

	}

	record Emptied(@JsonSetter(nulls = Nulls.AS_EMPTY) List<String> list, String text) {

	}

	record Single(@JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) List<Integer> list) {

	}

	static final class Ignoring {

		public int seen;

		@JsonIgnore
		public int hidden = 7;

		static Ignoring of(int seen) {
			Ignoring ignoring = new Ignoring();
			ignoring.seen = seen;
			return ignoring;
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Ignoring ignoring && ignoring.seen == this.seen && ignoring.hidden == this.hidden;
		}

		@Override
		public int hashCode() {
			return this.seen;
		}

	}

	record Anything(Object any, JsonNode node) {

	}

	@JsonFormat(with = JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
	record LooseNames(int number, String text) {

	}

	record Tree(String name, List<Tree> children, Map<String, Tree> byName) {

		Tree(String name, List<Tree> children) {
			this(name, children, Map.of());
		}

		@JsonCreator
		Tree {
		}

	}

	record Numbers(AtomicInteger a, AtomicLong b, AtomicBoolean c) {

		@Override
		public boolean equals(Object other) {
			return other instanceof Numbers numbers && numbers.toString().equals(toString());
		}

		@Override
		public int hashCode() {
			return toString().hashCode();
		}

	}

	record Pair<A, B>(A left, B right) {

	}

	record Code(@JsonValue String value) {

		@JsonCreator
		Code {
		}

	}

	enum Rank {

		@JsonProperty("low")
		@JsonAlias("lowest")
		LOW,

		HIGH

	}

	@JsonIgnoreProperties(value = "twice", allowGetters = true)
	record ReadOnly(int once) {

		@JsonProperty
		int twice() {
			return this.once * 2;
		}

	}

	static class Tools {

		@AgentTool
		Unwrapped unwrapped(@AgentParam("v") Unwrapped v) {
			return v;
		}

		@AgentTool
		Any any(@AgentParam("v") Any v) {
			return v;
		}

		@AgentTool
		Deduced deduced(@AgentParam("v") Deduced v) {
			return v;
		}

		@AgentTool
		Existing existing(@AgentParam("v") Existing v) {
			return v;
		}

		@AgentTool
		WrapperArray wrapperArray(@AgentParam("v") WrapperArray v) {
			return v;
		}

		@AgentTool
		Defaulted defaulted(@AgentParam("v") Defaulted v) {
			return v;
		}

		@AgentTool
		Closed closed(@AgentParam("v") Closed v) {
			return v;
		}

		@AgentTool
		Vehicle twoLevels(@AgentParam("v") Vehicle v) {
			return v;
		}

		@AgentTool
		Named named(@AgentParam("v") Named v) {
			return v;
		}

		@AgentTool
		Alias alias(@AgentParam("v") Alias v) {
			return v;
		}

		@AgentTool
		AsArray asArray(@AgentParam("v") AsArray v) {
			return v;
		}

		@AgentTool
		Delegated delegated(@AgentParam("v") Delegated v) {
			return v;
		}

		@AgentTool
		DelegatedMap delegatedMap(@AgentParam("v") DelegatedMap v) {
			return v;
		}

		@AgentTool
		Factory factory(@AgentParam("v") Factory v) {
			return v;
		}

		@AgentTool
		Built built(@AgentParam("v") Built v) {
			return v;
		}

		@AgentTool
		Emptied emptied(@AgentParam("v") Emptied v) {
			return v;
		}

		@AgentTool
		Single single(@AgentParam("v") Single v) {
			return v;
		}

		@AgentTool
		Ignoring ignoring(@AgentParam("v") Ignoring v) {
			return v;
		}

		@AgentTool
		Anything anything(@AgentParam("v") Anything v) {
			return v;
		}

		@AgentTool
		LooseNames loose(@AgentParam("v") LooseNames v) {
			return v;
		}

		@AgentTool
		Tree tree(@AgentParam("v") Tree v) {
			return v;
		}

		@AgentTool
		List<? extends Number> wild(@AgentParam("v") List<? extends Number> v) {
			return v;
		}

		@AgentTool
		Map<String, ? extends List<? extends Existing>> bounded(
				@AgentParam("v") Map<String, ? extends List<? extends Existing>> v) {
			return v;
		}

		@AgentTool
		EnumMap<TimeUnit, Integer> enumMap(@AgentParam("v") EnumMap<TimeUnit, Integer> v) {
			return v;
		}

		@AgentTool
		SortedMap<Integer, String> sorted(@AgentParam("v") SortedMap<Integer, String> v) {
			return v;
		}

		@AgentTool
		SortedSet<String> sortedSet(@AgentParam("v") SortedSet<String> v) {
			return v;
		}

		@AgentTool
		EnumSet<TimeUnit> enumSet(@AgentParam("v") EnumSet<TimeUnit> v) {
			return v;
		}

		@AgentTool
		LinkedList<String> linked(@AgentParam("v") LinkedList<String> v) {
			return v;
		}

		@AgentTool
		Deque<String> deque(@AgentParam("v") Deque<String> v) {
			return v;
		}

		@AgentTool
		Queue<Integer> queue(@AgentParam("v") Queue<Integer> v) {
			return v;
		}

		@AgentTool
		Collection<Integer> collection(@AgentParam("v") Collection<Integer> v) {
			return v;
		}

		@AgentTool
		Iterable<String> iterable(@AgentParam("v") Iterable<String> v) {
			return v;
		}

		@AgentTool
		Set<List<Integer>> sets(@AgentParam("v") Set<List<Integer>> v) {
			return v;
		}

		@AgentTool
		Numbers numbers(@AgentParam("v") Numbers v) {
			return v;
		}

		@AgentTool
		JsonNode node(@AgentParam("v") JsonNode v) {
			return v;
		}

		@AgentTool
		Map<String, Map<TimeUnit, Map<Long, List<Boolean>>>> maps(
				@AgentParam("v") Map<String, Map<TimeUnit, Map<Long, List<Boolean>>>> v) {
			return v;
		}

		@AgentTool
		Map<String, Optional<Integer>> optionals(@AgentParam("v") Map<String, Optional<Integer>> v) {
			return v;
		}

		@AgentTool
		Pair<Existing, List<? extends Existing>> pair(@AgentParam("v") Pair<Existing, List<? extends Existing>> v) {
			return v;
		}

		@AgentTool
		Map<Code, Code> codes(@AgentParam("v") Map<Code, Code> v) {
			return v;
		}

		@AgentTool
		Rank ranked(@AgentParam("v") Rank v) {
			return v;
		}

		@AgentTool
		ReadOnly readOnly(@AgentParam("v") ReadOnly v) {
			return v;
		}

	}

}
