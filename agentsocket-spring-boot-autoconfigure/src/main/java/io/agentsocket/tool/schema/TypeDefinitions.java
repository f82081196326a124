package io.agentsocket.tool.schema;

import java.io.Serializable;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Year;
import java.time.ZonedDateTime;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.fasterxml.classmate.ResolvedType;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.CustomDefinitionProviderV2;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import io.agentsocket.codec.KeyForm;
import io.agentsocket.codec.TextForm;
import io.agentsocket.codec.TimestampForm;
import io.agentsocket.codec.declared.KotlinTypes;
import io.agentsocket.codec.declared.RecordRules;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.io.buffer.DataBuffer;

/**
 * Schemas of all types that are no plain objects with properties: what Jackson reads and
 * writes as one value, enums, maps, optional and polymorphic types. They say what the
 * codec accepts and writes.
 */
final class TypeDefinitions implements CustomDefinitionProviderV2 {

	private static final Set<String> TEXTS = Set.of("java.util.Locale", "java.util.TimeZone", "java.util.Currency",
			"java.util.regex.Pattern", "java.time.ZoneId", "java.time.ZoneOffset", "java.nio.charset.Charset",
			"java.nio.file.Path", "java.io.File", "java.net.URL", "java.net.InetAddress", "java.net.InetSocketAddress",
			"java.lang.CharSequence", "java.lang.String", "java.lang.StringBuilder", "java.lang.StringBuffer",
			"java.lang.Class", "java.sql.Time");

	/**
	 * Types that Jackson reads from an array and writes as one, though they are no
	 * collections.
	 */
	private static final Set<Class<?>> SEQUENCES = Set.of(Iterable.class, Iterator.class, Stream.class);

	/** Classes of which Jackson knows no more than their value. */
	private static final Set<Class<?>> ANYTHING = Set.of(Object.class, JsonNode.class, Serializable.class,
			Comparable.class);

	/** Unsigned numbers of Kotlin, with the bits that they have. */
	private static final Map<String, Integer> UNSIGNED = Map.of("kotlin.UByte", Byte.SIZE, "kotlin.UShort", Short.SIZE,
			"kotlin.UInt", Integer.SIZE, "kotlin.ULong", Long.SIZE);

	private static final Map<Class<?>, long[]> BOUNDS = Map.ofEntries(
			bounds(byte.class, Byte.MIN_VALUE, Byte.MAX_VALUE), bounds(Byte.class, Byte.MIN_VALUE, Byte.MAX_VALUE),
			bounds(short.class, Short.MIN_VALUE, Short.MAX_VALUE),
			bounds(Short.class, Short.MIN_VALUE, Short.MAX_VALUE),
			bounds(int.class, Integer.MIN_VALUE, Integer.MAX_VALUE),
			bounds(Integer.class, Integer.MIN_VALUE, Integer.MAX_VALUE),
			bounds(AtomicInteger.class, Integer.MIN_VALUE, Integer.MAX_VALUE),
			bounds(OptionalInt.class, Integer.MIN_VALUE, Integer.MAX_VALUE),
			bounds(Year.class, Year.MIN_VALUE, Year.MAX_VALUE), bounds(long.class, Long.MIN_VALUE, Long.MAX_VALUE),
			bounds(Long.class, Long.MIN_VALUE, Long.MAX_VALUE),
			bounds(AtomicLong.class, Long.MIN_VALUE, Long.MAX_VALUE),
			bounds(OptionalLong.class, Long.MIN_VALUE, Long.MAX_VALUE));

	private static final Set<Class<?>> NUMBERS = Set.of(float.class, Float.class, double.class, Double.class,
			BigDecimal.class, Number.class, OptionalDouble.class);

	private final ObjectMapper mapper;

	private final boolean read;

	private final Polymorphism polymorphism;

	TypeDefinitions(ObjectMapper mapper, boolean read) {
		this.mapper = mapper;
		this.read = read;
		this.polymorphism = new Polymorphism(mapper, read, this::plain);
	}

	private static Map.Entry<Class<?>, long[]> bounds(Class<?> type, long min, long max) {
		return Map.entry(type, new long[] { min, max });
	}

	@Override
	public @Nullable CustomDefinition provideCustomSchemaDefinition(ResolvedType type,
			SchemaGenerationContext context) {
		Class<?> raw = type.getErasedType();
		ObjectNode simple = simple(raw);
		if (simple != null) {
			return inline(simple);
		}
		if (raw == Optional.class) {
			List<ResolvedType> value = type.typeParametersFor(Optional.class);
			return inline((value.size() == 1) ? orNull(context.createDefinitionReference(value.get(0))) : node());
		}
		if (raw == AtomicReference.class) {
			List<ResolvedType> value = type.typeParametersFor(AtomicReference.class);
			return inline((value.size() == 1) ? context.createDefinitionReference(value.get(0)) : node());
		}
		if (SEQUENCES.contains(raw)) {
			return inline(sequence(type.getTypeParameters(), context));
		}
		JavaType javaType = Jackson.javaType(this.mapper, type);
		if (!type.isArray() && Jackson.isForeign(this.mapper, javaType, this.read)) {
			return inline(foreign(javaType));
		}
		if (raw.isEnum()) {
			return inline(constants(raw));
		}
		if (javaType.isMapLikeType()) {
			return inline(map(javaType, type, context));
		}
		if (!this.read && raw.getName().startsWith("java.") && Polymorphism.isAnything(this.mapper, javaType, true)) {
			return inline(foreign(javaType));
		}
		if (raw.isPrimitive() || raw.isArray() || javaType.isContainerType()) {
			return null;
		}
		if (raw.getName().startsWith("java.")) {
			String written = this.read ? null : Jackson.written(this.mapper, javaType);
			return (written != null) ? inline(node().put("type", written)) : null;
		}
		if (Replacements.isConverted(this.mapper, javaType, this.read)) {
			return inline(foreign(javaType));
		}
		Type held = KotlinTypes.held(raw);
		if (held != null) {
			return inline(UNSIGNED.containsKey(raw.getName()) ? unsigned(UNSIGNED.get(raw.getName()))
					: context.createDefinitionReference(context.getTypeContext().resolve(held)));
		}
		String written = this.read ? null : Jackson.written(this.mapper, javaType);
		if (written != null) {
			return inline(node().put("type", written));
		}
		if (!this.read && Replacements.hasIdentity(this.mapper, javaType, false)) {
			// In the place of a value there may be its id.
			return inline(node());
		}
		CustomDefinition replaced = replaced(javaType, context);
		if (replaced != null) {
			return replaced;
		}
		if (Jackson.isRow(this.mapper, javaType)) {
			return inline(this.read ? row(javaType, context) : node().put("type", "array"));
		}
		if (Jackson.hasUnwrapped(this.mapper, javaType)) {
			return inline(node().put("type", "object"));
		}
		CustomDefinition polymorphic = this.polymorphism.definition(type, javaType, context);
		if (polymorphic != null || !this.read) {
			return polymorphic;
		}
		List<String> scalars = ScalarTypes.of(this.mapper, javaType);
		if (!scalars.isEmpty()) {
			return inline(scalars(scalars));
		}
		JavaType other = ReadTypes.of(this.mapper, javaType);
		if (other.hasRawClass(raw) && Replacements.hasIdentity(this.mapper, javaType, true)) {
			return this.polymorphism.once(type,
					() -> Replacements.identified(this.mapper, javaType, plain(type, context)), context);
		}
		return other.hasRawClass(raw) ? null
				: inline(context.createDefinitionReference(context.getTypeContext().resolve(Jackson.reflected(other))));
	}

	private ObjectNode node() {
		return this.mapper.createObjectNode();
	}

	private ObjectNode scalars(List<String> types) {
		if (types.size() == 1) {
			return node().put("type", types.get(0));
		}
		ObjectNode node = node();
		types.forEach(node.putArray("type")::add);
		return node;
	}

	private ObjectNode sequence(List<ResolvedType> element, SchemaGenerationContext context) {
		ObjectNode node = node().put("type", "array");
		if (element.size() == 1 && element.get(0).getErasedType() != Object.class) {
			node.set("items", context.createDefinitionReference(element.get(0)));
		}
		return node;
	}

	private ObjectNode unsigned(int bits) {
		BigInteger max = BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
		ObjectNode node = node().put("type", "integer");
		return this.read ? node.put("minimum", 0).put("maximum", max) : node;
	}

	private ObjectNode orNull(ObjectNode value) {
		ObjectNode node = node();
		node.putArray("anyOf").add(value).addObject().put("type", "null");
		return node;
	}

	/** Types that Jackson itself reads and writes as one value. */
	private @Nullable ObjectNode simple(Class<?> raw) {
		if (ANYTHING.contains(raw)) {
			return node();
		}
		if (JsonNode.class.isAssignableFrom(raw)) {
			return (ObjectNode.class == raw) ? node().put("type", "object")
					: (ArrayNode.class == raw) ? node().put("type", "array") : node();
		}
		if (raw == char[].class) {
			return node().put("type", "string");
		}
		if (raw == byte[].class || raw == ByteBuffer.class || DataBuffer.class.isAssignableFrom(raw)) {
			return node().put("type", "string").put("contentEncoding", "base64");
		}
		ObjectNode usual = usual(raw);
		if (usual == null) {
			return null;
		}
		JavaType type = this.mapper.constructType(raw);
		if (Jackson.isForeign(this.mapper, type, this.read)) {
			return foreign(type);
		}
		String written = this.read ? null : Jackson.written(this.mapper, type);
		if (written != null && !written.equals(usual.path("type").asString(written))) {
			usual = node().put("type", written);
		}
		return RecordRules.isOptionalType(raw) ? orNull(usual) : usual;
	}

	private @Nullable ObjectNode usual(Class<?> raw) {
		long[] bounds = BOUNDS.get(raw);
		if (bounds != null) {
			ObjectNode node = node().put("type", "integer");
			if (this.read && bounds[0] < Integer.MIN_VALUE) {
				node.put("minimum", bounds[0]).put("maximum", bounds[1]);
			}
			else if (this.read) {
				node.put("minimum", (int) bounds[0]).put("maximum", (int) bounds[1]);
			}
			return node;
		}
		if (raw == BigInteger.class) {
			return node().put("type", "integer");
		}
		if (NUMBERS.contains(raw)) {
			return node().put("type", "number");
		}
		if (raw == boolean.class || raw == Boolean.class || raw == AtomicBoolean.class) {
			return node().put("type", "boolean");
		}
		if (raw == char.class || raw == Character.class) {
			return node().put("type", "string").put("minLength", 1).put("maxLength", 1);
		}
		if (TextForm.of(raw) != null) {
			return text(raw);
		}
		return TEXTS.contains(raw.getName()) ? node().put("type", "string") : null;
	}

	private ObjectNode text(Class<?> raw) {
		ObjectNode node = node().put("type", "string");
		SerializationConfig config = this.mapper.serializationConfig();
		TimestampForm timestamp = TimestampForm.of(raw, config);
		if (timestamp != null) {
			if (!this.read) {
				return node.put("type", timestamp.schemaType());
			}
			node.putArray("type").add(timestamp.schemaType()).add("string");
		}
		TextForm form = TextForm.of(raw, config);
		if (form == null) {
			if (raw != ZonedDateTime.class) {
				DatePatterns.describe(config, node);
			}
			return node;
		}
		return (form.format() != null) ? node.put("format", form.format())
				: node.put("pattern", form.pattern().pattern());
	}

	/**
	 * Read or written by code of the application: that it is text is all there is to
	 * know.
	 */
	private ObjectNode foreign(JavaType type) {
		String written = Jackson.written(this.mapper, type);
		return (written != null) ? node().put("type", written) : node();
	}

	private ObjectNode map(JavaType javaType, ResolvedType type, SchemaGenerationContext context) {
		ObjectNode node = node().put("type", "object");
		ObjectNode names = keys(javaType.getKeyType());
		if (names != null) {
			node.set("propertyNames", names);
		}
		List<ResolvedType> parameters = type.typeParametersFor(Map.class);
		if (parameters != null && parameters.size() == 2 && parameters.get(1).getErasedType() != Object.class) {
			node.set("additionalProperties", context.createDefinitionReference(parameters.get(1)));
		}
		return node;
	}

	private @Nullable ObjectNode keys(JavaType type) {
		Class<?> raw = type.getRawClass();
		if (raw.isEnum() && isAnyCase()) {
			return null;
		}
		if (raw.isEnum()) {
			ObjectNode node = node();
			ArrayNode names = node.putArray("enum");
			for (Object constant : raw.getEnumConstants()) {
				Jackson.key(this.mapper, type, constant).ifPresent(names::add);
			}
			if (this.read && !names.isEmpty()) {
				Jackson.aliases(this.mapper, raw).forEach(names::add);
			}
			return names.isEmpty() ? null : node;
		}
		if (raw == Character.class) {
			return node().put("minLength", 1).put("maxLength", 1);
		}
		Pattern pattern = KeyForm.of(raw);
		if (pattern == null) {
			return null;
		}
		TextForm form = TextForm.of(raw);
		return (form != null && form.format() != null) ? node().put("format", form.format())
				: node().put("pattern", pattern.pattern());
	}

	private @Nullable CustomDefinition replaced(JavaType type, SchemaGenerationContext context) {
		JavaType replacement = Jackson.replacement(this.mapper, type, this.read);
		if (replacement == null || replacement.getRawClass() == type.getRawClass()) {
			return null;
		}
		Type resolved = Jackson.reflected(replacement);
		ObjectNode node = context.createDefinitionReference(context.getTypeContext().resolve(resolved));
		AnnotatedMember value = Jackson.value(this.mapper, type);
		if (value != null && value.getType().equals(replacement)) {
			ElementConstraints.add(value, node);
		}
		return inline(node);
	}

	/** An object that is read from an array with the values of its properties. */
	private ObjectNode row(JavaType type, SchemaGenerationContext context) {
		ObjectNode node = node().put("type", "array");
		ArrayNode values = node.putArray("prefixItems");
		for (BeanPropertyDefinition property : Jackson.describe(this.mapper, type, true).findProperties()) {
			values.add(context.createDefinitionReference(
					context.getTypeContext().resolve(Jackson.reflected(property.getPrimaryType()))));
		}
		return node.put("minItems", values.size()).put("maxItems", values.size());
	}

	private ObjectNode constants(Class<?> raw) {
		ObjectNode node = node();
		ArrayNode values = this.mapper.createArrayNode();
		boolean texts = true;
		for (Object constant : raw.getEnumConstants()) {
			JsonNode value = this.mapper.valueToTree(constant);
			if (value.isObject() || value.isArray()) {
				return node();
			}
			texts &= value.isString();
			values.add(value);
		}
		if (texts) {
			node.put("type", "string");
			if (this.read) {
				Jackson.aliases(this.mapper, raw).forEach(values::add);
			}
		}
		node.set((texts && isAnyCase()) ? "examples" : "enum", values);
		return node;
	}

	/** Whether constants of enums are read however their letters are written. */
	private boolean isAnyCase() {
		return this.read && this.mapper.isEnabled(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS);
	}

	private static CustomDefinition inline(ObjectNode node) {
		return new CustomDefinition(node, CustomDefinition.INLINE_DEFINITION, CustomDefinition.INCLUDING_ATTRIBUTES);
	}

	/**
	 * The same class as a subtype of others, with the property that tells it from them.
	 * @param type the class
	 * @param context the generation
	 * @return a copy of its schema that may be changed
	 */
	private ObjectNode plain(ResolvedType type, SchemaGenerationContext context) {
		return context.createStandardDefinition(type, this);
	}

}
