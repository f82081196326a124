package io.agentsocket.tool;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.ResolvableType;

/**
 * For types that nobody wrote, values of them and whatever is not quite a value: what
 * fits the published schema is accepted, what does not is refused and said where, what is
 * sent fits the schema of results, and is the same when it is read again. In both codecs.
 *
 * <p>
 * The random numbers are printed when something is found. To see it again, run with
 * {@code -Dvalues.seed=}; with {@code -Dvalues.rounds=} as many other zoos are tried.
 */
class ValuePropertyTests {

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	/** Types in one zoo, which are compiled together. */
	private static final int TYPES = 60;

	private static final int VALUES = 6;

	private static final int CHANGES = 8;

	/** Texts and numbers of which a schema cannot say all that is right. */
	private static final Set<String> WEAKER = Set.of("format", "range", "value");

	static List<Long> seeds() {
		Long seed = Long.getLong("values.seed");
		List<Long> seeds = new ArrayList<>();
		for (int i = 0; i < Integer.getInteger("values.rounds", 1); i++) {
			seeds.add((seed != null) ? seed : System.nanoTime() + i);
		}
		return seeds;
	}

	@ParameterizedTest(name = "-Dvalues.seed={0}")
	@MethodSource("seeds")
	void schemasSayWhatIsAcceptedAndSent(long seed) throws Exception {
		Random random = new Random(seed);
		TypeZoo zoo = new TypeZoo(random);
		List<TypeZoo.Generated> types = new ArrayList<>();
		StringBuilder tools = new StringBuilder("public class Tools {\n");
		for (int i = 0; i < TYPES; i++) {
			TypeZoo.Generated type = zoo.type(3);
			types.add(type);
			tools.append("@AgentTool public %1$s echo%2$d(@AgentParam(\"v\") %1$s v) { return v; }%n"
				.formatted(type.source(), i));
		}
		ClassLoader classes = ZooCompiler.compile(declarations(zoo, tools.append("}").toString()));
		Object bean = classes.loadClass("Tools").getConstructor().newInstance();
		List<Action> actions = AgentTools.builder().build().actionsOf(bean);
		List<String> found = new ArrayList<>();
		for (int i = 0; i < TYPES && found.size() < 10; i++) {
			try {
				check(Call.of(actions, "echo" + i).action(), types.get(i), classes, random);
			}
			catch (Finding ex) {
				found.add(types.get(i).source() + ": " + ex.getMessage() + "\n" + declared(zoo, types.get(i).source()));
			}
		}
		if (!found.isEmpty()) {
			throw new AssertionError("-Dvalues.seed=" + seed + "\n" + String.join("\n\n", found));
		}
	}

	private static Map<String, String> declarations(TypeZoo zoo, String tools) {
		Map<String, String> declarations = new LinkedHashMap<>();
		declarations.put("Tools", tools);
		for (String source : zoo.sources()) {
			String name = source.replaceAll("(?s).*?(?:record|class|enum|interface) ([A-Z]\\w*).*", "$1");
			declarations.put(name, source.replace("public static class", "public class"));
		}
		return declarations;
	}

	/** The declarations that a type needs. */
	private static String declared(TypeZoo zoo, String type) {
		Map<String, String> all = declarations(zoo, "");
		List<String> names = new ArrayList<>(List.of(type.split("\\W+")));
		StringBuilder found = new StringBuilder();
		for (int i = 0; i < names.size(); i++) {
			String source = all.get(names.get(i));
			if (source != null) {
				found.append(source).append('\n');
				for (String name : source.split("\\W+")) {
					if (!names.contains(name)) {
						names.add(name);
					}
				}
			}
		}
		return found.toString();
	}

	private static void check(Action action, TypeZoo.Generated type, ClassLoader classes, Random random)
			throws Exception {
		Schema input = schema(action.input());
		Schema output = schema(Objects.requireNonNullElse(action.output(), Map.of()));
		Type declared = Objects.requireNonNullElse(action.resultType(), Object.class);
		Type arguments = ResolvableType
			.forClassWithGenerics(Map.class, ResolvableType.forClass(String.class), ResolvableType.forType(declared))
			.getType();
		for (Codec codec : Call.codecs()) {
			for (int i = 0; i < VALUES; i++) {
				Object value = type.values().next(random, classes);
				if (value == null || value instanceof byte[]) {
					continue;
				}
				Bytes bytes = codec.encode(Map.of("v", value), arguments);
				ObjectNode tree = (ObjectNode) tree(codec, bytes);
				require(input.validate(DataModel.of(tree), ValuePropertyTests::assertFormats).isEmpty(), action,
						"does not fit its own schema in " + codec + ": " + tree + " "
								+ input.validate(DataModel.of(tree), ValuePropertyTests::assertFormats));
				Object bound = call(action, codec, bytes.toArray());
				require(same(value, bound), action, "is bound as " + bound + " in " + codec + ": " + tree);
				Bytes result = codec.encode(bound, declared);
				JsonNode sent = tree(codec, result);
				require(output.validate(DataModel.of(sent), ValuePropertyTests::assertFormats).isEmpty(), action,
						"is sent against its schema in " + codec + ": " + sent + " "
								+ output.validate(DataModel.of(sent), ValuePropertyTests::assertFormats));
				Object read = codec.decode(result, declared);
				require(same(value, read) || value.equals(Optional.empty()) && read == null, action,
						"is read as " + read + " in " + codec + ": " + sent);
				for (int j = 0; j < CHANGES; j++) {
					checkChanged(action, input, codec, new Misfits(random).change(tree));
				}
			}
		}
	}

	private static void checkChanged(Action action, Schema input, Codec codec, Misfits.Changed changed) {
		boolean fits = input.validate(DataModel.of(changed.tree()), ValuePropertyTests::assertFormats).isEmpty();
		byte[] bytes = (codec.name().equals("json")) ? JSON.writeValueAsBytes(changed.tree())
				: codec.encode(JSON.convertValue(changed.tree(), Object.class)).toArray();
		Object outcome = call(action, codec, bytes);
		if (outcome instanceof ActionException failure) {
			require(failure.errorCode() == ErrorCode.INVALID_ARGUMENT, action,
					"fails with " + failure + " in " + codec + ": " + changed);
			require(!failure.violations().isEmpty(), action, "is refused without a reason: " + changed);
			for (Violation violation : failure.violations()) {
				boolean near = violation.pointer().startsWith(changed.pointer())
						|| changed.pointer().startsWith(violation.pointer())
						|| parent(violation.pointer()).equals(parent(changed.pointer()))
						|| changed.pointer().startsWith(parent(violation.pointer()));
				require(near, action, "is refused somewhere else: " + violation + " for " + changed);
			}
			if (fits) {
				for (Violation violation : failure.violations()) {
					require(WEAKER.contains(violation.rule()), action, "is refused although it fits in " + codec + ": "
							+ violation + " for " + changed + " schema " + action.input());
				}
			}
		}
		else {
			require(fits, action,
					"is accepted although it does not fit in " + codec + ": " + changed + " "
							+ input.validate(DataModel.of(changed.tree()), ValuePropertyTests::assertFormats) + " as "
							+ outcome);
		}
	}

	private static String parent(String pointer) {
		return pointer.substring(0, Math.max(0, pointer.lastIndexOf('/')));
	}

	private static @Nullable Object call(Action action, Codec codec, byte[] arguments) {
		try {
			return Call.of(List.of(action), action.name()).codec(codec).withBytes(arguments).value();
		}
		catch (ActionException ex) {
			return ex;
		}
		catch (RuntimeException ex) {
			throw new Finding("fails with " + ex + " in " + codec + ": " + tree(codec, Bytes.of(arguments)), ex);
		}
	}

	private static JsonNode tree(Codec codec, Bytes bytes) {
		Object plain = codec.name().equals("json") ? JSON.readTree(bytes.toArray()) : codec.decode(bytes, Object.class);
		return JSON.readTree(JSON.writeValueAsBytes(plain));
	}

	private static Schema schema(Map<String, Object> schema) {
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(JSON.valueToTree(schema));
	}

	private static void assertFormats(com.networknt.schema.ExecutionContext context) {
		context.executionConfig((config) -> config.locale(Locale.ENGLISH).formatAssertionsEnabled(true));
	}

	private static void require(boolean condition, Action action, String message) {
		if (!condition) {
			throw new Finding(message, null);
		}
	}

	/** Equal, with arrays and beans by what is in them. */
	private static boolean same(@Nullable Object one, @Nullable Object other) {
		if (one == null || other == null || one.equals(other)) {
			return Objects.equals(one, other);
		}
		if (one.getClass().isArray()) {
			int length = Array.getLength(one);
			for (int i = 0; i < length; i++) {
				if (Array.getLength(other) != length || !same(Array.get(one, i), Array.get(other, i))) {
					return false;
				}
			}
			return true;
		}
		if (one instanceof Collection<?> collection && other instanceof Collection<?> others) {
			Iterator<?> iterator = others.iterator();
			return collection.size() == others.size()
					&& collection.stream().allMatch((element) -> same(element, iterator.next()));
		}
		if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> others) {
			return map.keySet().equals(others.keySet())
					&& map.keySet().stream().allMatch((key) -> same(map.get(key), others.get(key)));
		}
		if (one instanceof Optional<?> optional && other instanceof Optional<?> another) {
			return same(optional.orElse(null), another.orElse(null));
		}
		if (one.getClass() != other.getClass() || one.getClass().getName().startsWith("java.")) {
			return false;
		}
		for (Field field : one.getClass().getDeclaredFields()) {
			field.setAccessible(true);
			try {
				if (!same(field.get(one), field.get(other))) {
					return false;
				}
			}
			catch (IllegalAccessException ex) {
				throw new IllegalStateException(ex);
			}
		}
		return true;
	}

	private static final class Finding extends RuntimeException {

		private static final long serialVersionUID = 1L;

		Finding(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

}
