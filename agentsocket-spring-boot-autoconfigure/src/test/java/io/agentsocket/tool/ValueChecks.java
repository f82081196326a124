package io.agentsocket.tool;

import java.io.ByteArrayOutputStream;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import io.agentsocket.tool.schema.DataModel;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.core.ResolvableType;

/**
 * Holds the published schemas of an action, its binding, its results and what is read of
 * them against each other.
 */
final class ValueChecks {

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(tools.jackson.databind.DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.build();

	private static final int VALUES = 6;

	private static final int CHANGES = 8;

	/** Texts and numbers of which a schema cannot say all that is right. */
	private static final Set<String> WEAKER = Set.of("format", "range", "value");

	private ValueChecks() {
	}

	/**
	 * Check values of one type.
	 * @param action gives back its argument {@code v}
	 * @param values makes values of its type
	 * @param codecs the codecs
	 * @param random makes misfits
	 * @throws Finding if something does not hold
	 */
	static void check(Action action, Function<Random, @Nullable Object> values, List<Codec> codecs, Random random) {
		Schema input = schema(action.input());
		Schema output = schema(Objects.requireNonNullElse(action.output(), Map.of()));
		Type declared = Objects.requireNonNullElse(action.resultType(), Object.class);
		Type arguments = ResolvableType
			.forClassWithGenerics(Map.class, ResolvableType.forClass(String.class), ResolvableType.forType(declared))
			.getType();
		for (Codec codec : codecs) {
			for (int i = 0; i < VALUES; i++) {
				Object value = values.apply(random);
				if (value == null || value instanceof byte[]) {
					continue;
				}
				Bytes bytes = codec.encode(Map.of("v", value), arguments);
				ObjectNode tree = (ObjectNode) tree(codec, bytes);
				require(input.validate(DataModel.of(tree), ValueChecks::assertFormats).isEmpty(), action,
						"does not fit its own schema in " + codec + ": " + tree + " "
								+ input.validate(DataModel.of(tree), ValueChecks::assertFormats));
				Object bound = call(action, codec, bytes.toArray());
				require(same(value, bound), action, "is bound as " + bound + " in " + codec + ": " + tree);
				Bytes result = codec.encode(bound, declared);
				JsonNode sent = tree(codec, result);
				require(output.validate(DataModel.of(sent), ValueChecks::assertFormats).isEmpty(), action,
						"is sent against its schema in " + codec + ": " + sent + " "
								+ output.validate(DataModel.of(sent), ValueChecks::assertFormats));
				Object read = codec.decode(result, declared);
				require(same(value, read) || value.equals(Optional.empty()) && read == null, action,
						"is read as " + read + " in " + codec + ": " + sent);
				Misfits misfits = new Misfits(random);
				byte[] repeated = bytes(codec, misfits.repeated(tree, misfits.other(tree)));
				Object last = call(action, codec, repeated);
				require(same(value, last), action, "is bound as " + last + " with a name twice in " + codec + ": "
						+ tree(codec, Bytes.of(repeated)));
				for (int j = 0; j < CHANGES; j++) {
					checkChanged(action, input, codec, new Misfits(random).change(tree));
				}
			}
		}
	}

	private static void checkChanged(Action action, Schema input, Codec codec, Misfits.Changed changed) {
		boolean fits = input.validate(DataModel.of(changed.tree()), ValueChecks::assertFormats).isEmpty();
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
					boolean counted = violation.rule().equals("Size") && violation.message().contains("counts as 2");
					require(counted || WEAKER.contains(violation.rule()), action, "is refused although it fits in "
							+ codec + ": " + violation + " for " + changed + " schema " + action.input());
				}
			}
		}
		else {
			require(fits, action, "is accepted although it does not fit in " + codec + ": " + changed + " "
					+ input.validate(DataModel.of(changed.tree()), ValueChecks::assertFormats) + " as " + outcome);
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

	/**
	 * JSON as a codec has it.
	 * @param codec the codec
	 * @param json text, in which names may stand several times
	 * @return the bytes
	 */
	static byte[] bytes(Codec codec, String json) {
		if (codec.name().equals("json")) {
			return json.getBytes(StandardCharsets.UTF_8);
		}
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		try (JsonParser parser = JSON.createParser(json);
				JsonGenerator generator = CBORMapper.builder().build().createGenerator(out)) {
			while (parser.nextToken() != null) {
				generator.copyCurrentEventExact(parser);
			}
		}
		return out.toByteArray();
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
		if (one instanceof Number number && other instanceof Number another && one.getClass() != other.getClass()) {
			return number.doubleValue() == another.doubleValue();
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

	static final class Finding extends RuntimeException {

		private static final long serialVersionUID = 1L;

		Finding(String message, @Nullable Throwable cause) {
			super(message, cause);
		}

	}

}
