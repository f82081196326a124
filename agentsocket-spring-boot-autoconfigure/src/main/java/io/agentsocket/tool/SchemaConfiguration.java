package io.agentsocket.tool;

import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfig;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonSchemaModule;
import com.github.victools.jsonschema.module.jakarta.validation.JakartaValidationModule;
import com.github.victools.jsonschema.module.jakarta.validation.JakartaValidationOption;
import io.agentsocket.annotation.AgentParam;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.Nullness;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.util.ClassUtils;

/**
 * How schemas are generated: names, presence and special types as Jackson sees them.
 */
final class SchemaConfiguration {

	private static final boolean CONSTRAINTS = ClassUtils.isPresent("jakarta.validation.Constraint",
			SchemaConfiguration.class.getClassLoader());

	private static final Set<String> TEXTS = Set.of("java.util.Locale", "java.util.TimeZone", "java.util.Currency",
			"java.util.regex.Pattern", "java.time.ZoneId", "java.time.ZoneOffset", "java.time.YearMonth",
			"java.time.MonthDay", "java.nio.charset.Charset", "java.nio.file.Path", "java.io.File", "java.net.URL",
			"java.net.InetAddress", "java.lang.CharSequence");

	private final ObjectMapper mapper;

	private final boolean read;

	private SchemaConfiguration(ObjectMapper mapper, boolean read) {
		this.mapper = mapper;
		this.read = read;
	}

	/**
	 * Configure a generator.
	 * @param mapper reads or writes the types
	 * @param read whether they are read
	 * @param customizers have the last word
	 * @return the configuration
	 */
	static SchemaGeneratorConfig of(ObjectMapper mapper, boolean read, List<ToolSchemaCustomizer> customizers) {
		SchemaGeneratorConfigBuilder builder = new SchemaGeneratorConfigBuilder(mapper, SchemaVersion.DRAFT_2020_12,
				OptionPreset.PLAIN_JSON);
		builder.with(Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES, Option.STANDARD_FORMATS, Option.PLAIN_DEFINITION_KEYS);
		builder.without(Option.VALUES_FROM_CONSTANT_FIELDS, Option.FLATTENED_OPTIONALS);
		new SchemaConfiguration(mapper, read).applyTo(builder);
		builder.with(new JacksonSchemaModule());
		if (CONSTRAINTS) {
			Constraints.applyTo(builder);
		}
		customizers.forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	private void applyTo(SchemaGeneratorConfigBuilder builder) {
		builder.forTypesInGeneral().withCustomDefinitionProvider(this::special);
		builder.forFields()
			.withPropertyNameOverrideResolver(this::name)
			.withIgnoreCheck((field) -> !field.isFakeContainerItemScope() && property(field) == null)
			.withRequiredCheck(this::isRequired)
			.withDescriptionResolver(this::description);
		if (!this.read) {
			builder.forFields().withNullableCheck((field) -> isNullable(field) ? Boolean.TRUE : null);
		}
	}

	private @Nullable BeanPropertyDefinition property(FieldScope field) {
		JavaType type = this.mapper.getTypeFactory().constructType(field.getDeclaringType().getErasedType());
		return Jackson.property(Jackson.describe(this.mapper, type, this.read), field.getDeclaredName());
	}

	private @Nullable String name(FieldScope field) {
		BeanPropertyDefinition property = property(field);
		return (property != null) ? property.getName() : null;
	}

	private @Nullable String description(FieldScope field) {
		AgentParam annotation = field.isFakeContainerItemScope() ? null : field.getAnnotation(AgentParam.class);
		return (annotation != null && !annotation.description().isEmpty()) ? annotation.description() : null;
	}

	private boolean isRequired(FieldScope field) {
		if (field.isFakeContainerItemScope()) {
			return false;
		}
		BeanPropertyDefinition property = property(field);
		Class<?> declaring = field.getRawMember().getDeclaringClass();
		if (this.read) {
			AgentParam annotation = field.getAnnotation(AgentParam.class);
			return property != null && (property.isRequired()
					|| annotation != null && annotation.required() && !declaring.isRecord() && !isOptional(field));
		}
		return declaring.isRecord() && property != null && !isNullable(field) && isAlwaysWritten(declaring, property);
	}

	private boolean isAlwaysWritten(Class<?> declaring, BeanPropertyDefinition property) {
		JsonInclude.Value inclusion = this.mapper.serializationConfig()
			.getDefaultPropertyInclusion(declaring)
			.withOverrides(property.findInclusion());
		JsonInclude annotation = declaring.getAnnotation(JsonInclude.class);
		JsonInclude.Include value = (annotation != null) ? annotation.value() : inclusion.getValueInclusion();
		return value == JsonInclude.Include.ALWAYS || value == JsonInclude.Include.NON_NULL
				|| value == JsonInclude.Include.USE_DEFAULTS;
	}

	private static boolean isOptional(FieldScope field) {
		return RecordRules.isOptionalType(field.getRawMember().getType())
				|| Nullness.forField(field.getRawMember()) == Nullness.NULLABLE;
	}

	private static boolean isNullable(FieldScope field) {
		return !field.isFakeContainerItemScope()
				&& (isOptional(field) || field.getRawMember().getDeclaringClass().isRecord() && Optional
					.ofNullable(
							RecordRules.component(field.getRawMember().getDeclaringClass(), field.getDeclaredName()))
					.filter(RecordRules::isNullable)
					.isPresent());
	}

	private @Nullable CustomDefinition special(ResolvedType type, SchemaGenerationContext context) {
		Class<?> raw = type.getErasedType();
		ObjectNode node = this.mapper.createObjectNode();
		if (raw == byte[].class || raw == ByteBuffer.class || DataBuffer.class.isAssignableFrom(raw)) {
			return inline(node.put("type", "string").put("contentEncoding", "base64"));
		}
		if (raw == Object.class || raw == JsonNode.class) {
			return inline(node);
		}
		if (JsonNode.class.isAssignableFrom(raw)) {
			return inline(ObjectNode.class == raw ? node.put("type", "object")
					: ArrayNode.class == raw ? node.put("type", "array") : node);
		}
		if (raw == Optional.class) {
			List<ResolvedType> value = type.typeParametersFor(Optional.class);
			return inline((value.size() == 1) ? context.createDefinitionReference(value.get(0)) : node);
		}
		if (RecordRules.isOptionalType(raw)) {
			return inline(node.put("type", (raw == OptionalDouble.class) ? "number" : "integer"));
		}
		if (raw == LocalDateTime.class) {
			return inline(node.put("type", "string").put("pattern", "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d"));
		}
		if (raw == LocalTime.class) {
			return inline(node.put("type", "string").put("pattern", "^\\d\\d:\\d\\d"));
		}
		if (TEXTS.contains(raw.getName())) {
			return inline(node.put("type", "string"));
		}
		if (raw.isEnum()) {
			return inline(constants(raw, node));
		}
		return replaced(raw, context);
	}

	private @Nullable CustomDefinition replaced(Class<?> raw, SchemaGenerationContext context) {
		if (raw.isPrimitive() || raw.isArray() || raw.getName().startsWith("java.")) {
			return null;
		}
		JavaType type = this.mapper.getTypeFactory().constructType(raw);
		JavaType replacement = type.isContainerType() ? null : Jackson.replacement(this.mapper, type, this.read);
		if (replacement == null || replacement.getRawClass() == raw) {
			return null;
		}
		Type[] parameters = replacement.getBindings().getTypeParameters().stream().toArray(Type[]::new);
		ResolvedType resolved = context.getTypeContext().resolve(replacement.getRawClass(), raw(parameters));
		return inline(context.createDefinitionReference(resolved));
	}

	private static Type[] raw(Type[] parameters) {
		Type[] raw = new Type[parameters.length];
		for (int i = 0; i < raw.length; i++) {
			raw[i] = ((JavaType) parameters[i]).getRawClass();
		}
		return raw;
	}

	private ObjectNode constants(Class<?> raw, ObjectNode node) {
		ArrayNode values = this.mapper.createArrayNode();
		boolean texts = true;
		for (Object constant : raw.getEnumConstants()) {
			JsonNode value = this.mapper.valueToTree(constant);
			texts &= value.isString();
			values.add(value);
		}
		if (texts) {
			node.put("type", "string");
		}
		node.set("enum", values);
		return node;
	}

	private static CustomDefinition inline(ObjectNode node) {
		return new CustomDefinition(node, CustomDefinition.INLINE_DEFINITION, CustomDefinition.INCLUDING_ATTRIBUTES);
	}

	private static final class Constraints {

		private Constraints() {
		}

		static void applyTo(SchemaGeneratorConfigBuilder builder) {
			builder.with(new JakartaValidationModule(JakartaValidationOption.NOT_NULLABLE_FIELD_IS_REQUIRED,
					JakartaValidationOption.INCLUDE_PATTERN_EXPRESSIONS));
		}

	}

}
