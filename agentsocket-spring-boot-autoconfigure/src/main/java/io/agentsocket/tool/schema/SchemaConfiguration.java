package io.agentsocket.tool.schema;

import java.lang.annotation.Annotation;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.Nulls;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.MemberScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfig;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import com.github.victools.jsonschema.module.jackson.JacksonSchemaModule;
import com.github.victools.jsonschema.module.jakarta.validation.JakartaValidationModule;
import com.github.victools.jsonschema.module.jakarta.validation.JakartaValidationOption;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.codec.declared.Inclusions;
import io.agentsocket.codec.declared.RecordRules;
import io.agentsocket.codec.declared.ToolParamMarks;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.BeanPropertyDefinition;

import org.springframework.core.Nullness;
import org.springframework.util.ClassUtils;

/**
 * How schemas are generated: names, presence and special types as Jackson sees them.
 */
final class SchemaConfiguration {

	private static final boolean CONSTRAINTS = ClassUtils.isPresent("jakarta.validation.Constraint",
			SchemaConfiguration.class.getClassLoader());

	private final ObjectMapper mapper;

	private final boolean read;

	private final SchemaRefinement refinement;

	private SchemaConfiguration(ObjectMapper mapper, boolean read, SchemaRefinement refinement) {
		this.mapper = mapper;
		this.read = read;
		this.refinement = refinement;
	}

	/**
	 * Configure a generator.
	 * @param mapper reads or writes the types
	 * @param read whether they are read
	 * @param refinement completes the schemas
	 * @param customizers have the last word
	 * @return the configuration
	 */
	static SchemaGeneratorConfig of(ObjectMapper mapper, boolean read, SchemaRefinement refinement,
			List<Consumer<SchemaGeneratorConfigBuilder>> customizers) {
		SchemaGeneratorConfigBuilder builder = new SchemaGeneratorConfigBuilder(mapper, SchemaVersion.DRAFT_2020_12,
				OptionPreset.PLAIN_JSON);
		builder.with(Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES, Option.STANDARD_FORMATS, Option.PLAIN_DEFINITION_KEYS);
		builder.without(Option.VALUES_FROM_CONSTANT_FIELDS, Option.FLATTENED_OPTIONALS);
		SchemaConfiguration configuration = new SchemaConfiguration(mapper, read, refinement);
		configuration.applyTo(builder);
		// Polymorphic types are described here, as the codec reads and writes them.
		builder
			.with(new JacksonSchemaModule(JacksonOption.SKIP_SUBTYPE_LOOKUP, JacksonOption.IGNORE_TYPE_INFO_TRANSFORM));
		if (CONSTRAINTS) {
			Constraints.applyTo(builder, configuration::mayBeMissing);
		}
		customizers.forEach((customizer) -> customizer.accept(builder));
		return builder.build();
	}

	private void applyTo(SchemaGeneratorConfigBuilder builder) {
		builder.forTypesInGeneral()
			.withCustomDefinitionProvider(new TypeDefinitions(this.mapper, this.read))
			.withTypeAttributeOverride(this.refinement::mark);
		builder.forFields()
			.withPropertyNameOverrideResolver(this::name)
			.withIgnoreCheck((field) -> !field.isFakeContainerItemScope() && property(field) == null)
			.withTargetTypeOverridesResolver(this::otherType)
			.withRequiredCheck(this::isRequired)
			.withDescriptionResolver(this::description);
	}

	private @Nullable BeanPropertyDefinition property(FieldScope field) {
		JavaType type = Jackson.javaType(this.mapper, field.getDeclaringType());
		BeanPropertyDefinition property = Jackson.property(Jackson.properties(this.mapper, type, this.read),
				field.getDeclaredName());
		// A final field that a constructor does not set cannot be given, and what is only
		// read is not written.
		boolean used = property != null && (this.read ? property.couldDeserialize() : property.couldSerialize());
		return used ? property : null;
	}

	/** The type that is read in the place of the declared one. */
	private @Nullable List<ResolvedType> otherType(FieldScope field) {
		BeanPropertyDefinition property = (this.read && !field.isFakeContainerItemScope()) ? property(field) : null;
		if (property == null) {
			return null;
		}
		JavaType other = ReadTypes.of(this.mapper, property);
		return other.equals(property.getPrimaryType()) ? null
				: List.of(field.getContext().resolve(Jackson.reflected(other)));
	}

	private @Nullable String name(FieldScope field) {
		BeanPropertyDefinition property = property(field);
		return (property != null) ? property.getName() : null;
	}

	private @Nullable String description(FieldScope field) {
		if (field.isFakeContainerItemScope()) {
			return null;
		}
		AgentParam annotation = field.getAnnotation(AgentParam.class);
		return (annotation != null && !annotation.description().isEmpty()) ? annotation.description()
				: ToolParamMarks.description(field.getRawMember());
	}

	private boolean isRequired(FieldScope field) {
		if (field.isFakeContainerItemScope()) {
			return false;
		}
		BeanPropertyDefinition property = property(field);
		Class<?> declaring = field.getRawMember().getDeclaringClass();
		if (this.read) {
			return property != null && CreatorParameters.isNeeded(this.mapper, property);
		}
		return declaring.isRecord() && property != null && !isNullable(field) && isAlwaysWritten(field, property);
	}

	/** Whether a value that is something is left out, and a missing one stands for it. */
	private boolean mayBeMissing(FieldScope field) {
		BeanPropertyDefinition property = field.isFakeContainerItemScope() ? null : property(field);
		return property != null && (this.read ? property.getMetadata().getValueNulls() == Nulls.AS_EMPTY
				: !isAlwaysWritten(field, property));
	}

	private boolean isAlwaysWritten(FieldScope field, BeanPropertyDefinition property) {
		Class<?> declaring = field.getRawMember().getDeclaringClass();
		Class<?> type = property.getRawPrimaryType();
		JsonInclude.Include value = Inclusions.of(this.mapper.serializationConfig(), declaring, type,
				property.findInclusion());
		return value == JsonInclude.Include.ALWAYS || value == JsonInclude.Include.USE_DEFAULTS
				|| value == JsonInclude.Include.NON_NULL && type.isPrimitive();
	}

	private static boolean isOptional(FieldScope field) {
		return RecordRules.isOptionalType(field.getRawMember().getType())
				|| Nullness.forField(field.getRawMember()) == Nullness.NULLABLE;
	}

	private static boolean isNullable(FieldScope field) {
		if (isOptional(field)) {
			return true;
		}
		RecordComponent component = RecordRules.component(field.getRawMember().getDeclaringClass(),
				field.getDeclaredName());
		return component != null && !RecordRules.isRequired(component);
	}

	private static final class Constraints {

		private Constraints() {
		}

		static void applyTo(SchemaGeneratorConfigBuilder builder, Predicate<FieldScope> mayBeMissing) {
			builder.with(new DefaultGroupModule(mayBeMissing));
		}

	}

	/** Constraints that hold when a tool is called, as far as a schema can say them. */
	private static final class DefaultGroupModule extends JakartaValidationModule {

		private final Predicate<FieldScope> mayBeMissing;

		DefaultGroupModule(Predicate<FieldScope> mayBeMissing) {
			super(JakartaValidationOption.NOT_NULLABLE_FIELD_IS_REQUIRED,
					JakartaValidationOption.INCLUDE_PATTERN_EXPRESSIONS);
			this.mayBeMissing = mayBeMissing;
		}

		@Override
		protected boolean isRequired(MemberScope<?, ?> member) {
			return super.isRequired(member) && !(member instanceof FieldScope field && this.mayBeMissing.test(field)
					&& getAnnotationFromFieldOrGetter(field, NotEmpty.class, NotEmpty::groups) == null
					&& getAnnotationFromFieldOrGetter(field, NotBlank.class, NotBlank::groups) == null);
		}

		@Override
		protected <A extends Annotation> @Nullable A getAnnotationFromFieldOrGetter(MemberScope<?, ?> member,
				Class<A> type, Function<A, Class<?>[]> groups) {
			if (member.isFakeContainerItemScope()) {
				// A map would give its key's. The refinement adds the elements.
				return null;
			}
			A found = super.getAnnotationFromFieldOrGetter(member, type, groups);
			boolean published = found != null && ActiveConstraints.isDefault(groups.apply(found))
					&& !(found instanceof Pattern pattern && !ActiveConstraints.isPortable(pattern))
					&& !(found instanceof Email email && !ActiveConstraints.isPortable(email.regexp(), email.flags()));
			return published ? found : null;
		}

	}

}
