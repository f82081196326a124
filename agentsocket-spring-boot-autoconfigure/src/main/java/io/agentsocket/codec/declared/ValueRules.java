package io.agentsocket.codec.declared;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperBuilder;
import tools.jackson.databind.module.SimpleModule;

/**
 * Teaches a mapper the rules that types declare: {@link RecordRules} for properties,
 * {@link NullElements} for elements of containers, {@link HashedSets} for sets,
 * {@link EnumValues} and {@link LowerCaseEnums} for enums, {@link IgnoredNames} for
 * properties that do not count, {@link ImplicitScalars} for values in the place of
 * objects, {@link WrittenNulls} for written values. A mapper has it once: another
 * strictness takes the place of the one before.
 */
public final class ValueRules extends SimpleModule {

	private static final long serialVersionUID = 1L;

	private final Strictness strictness;

	private final boolean names;

	private final @Nullable IgnoredNames ignored;

	private final @Nullable ImplicitScalars scalars;

	/**
	 * Create the module.
	 * @param strictness how exactly values must fit that are read
	 */
	public ValueRules(Strictness strictness) {
		this(strictness, false, null, null);
	}

	private ValueRules(Strictness strictness, boolean names, @Nullable IgnoredNames ignored,
			@Nullable ImplicitScalars scalars) {
		super(ValueRules.class.getName());
		this.strictness = strictness;
		this.names = names;
		this.ignored = ignored;
		this.scalars = scalars;
	}

	/**
	 * A mapper with other rules.
	 * @param mapper a mapper
	 * @param strictness how exactly values must fit
	 * @return a mapper that is the same otherwise
	 */
	public static ObjectMapper with(ObjectMapper mapper, Strictness strictness) {
		return with(mapper, strictness, false);
	}

	/**
	 * A mapper for arguments, in which {@code AgentParam} also names the components of
	 * records.
	 * @param mapper a mapper
	 * @return a mapper that is the same otherwise
	 */
	public static ObjectMapper forArguments(ObjectMapper mapper) {
		return with(mapper, Strictness.CLOSED, true);
	}

	private static ObjectMapper with(ObjectMapper mapper, Strictness strictness, boolean names) {
		MapperBuilder<?, ?> builder = mapper.rebuild();
		if (strictness == Strictness.DECLARED) {
			return builder.addModule(new ValueRules(strictness, names, null, null)).build();
		}
		// A result of a later version may have unknown constants, no value of a schema.
		builder.disable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL,
				EnumFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE);
		// No form of a value stands for another: no schema says so.
		builder.disable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY,
				DeserializationFeature.UNWRAP_SINGLE_VALUE_ARRAYS,
				DeserializationFeature.ACCEPT_EMPTY_STRING_AS_NULL_OBJECT,
				DeserializationFeature.ACCEPT_EMPTY_ARRAY_AS_NULL_OBJECT);
		ImplicitScalars scalars = new ImplicitScalars(mapper);
		if (strictness == Strictness.REQUIRED) {
			return builder.addModule(new ValueRules(strictness, names, null, scalars)).build();
		}
		return builder
			.addModule(new ValueRules(strictness, names, new IgnoredNames(mapper.serializationConfig()), scalars))
			.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
			.build();
	}

	@Override
	public String getRegistrationId() {
		return ValueRules.class.getName();
	}

	@Override
	public void setupModule(SetupContext context) {
		super.setupModule(context);
		context.insertAnnotationIntrospector(new RecordRules(this.names, this.strictness));
		context.insertAnnotationIntrospector(new LowerCaseEnums(this.strictness == Strictness.DECLARED));
		context.addDeserializerModifier(new NullElements(this.strictness));
		// It is asked before those above.
		context.addDeserializerModifier(new HashedSets());
		context.addDeserializerModifier(new EnumValues());
		if (this.scalars != null) {
			context.addDeserializerModifier(this.scalars);
		}
		if (this.ignored != null) {
			context.addDeserializerModifier(this.ignored);
		}
		context.addSerializerModifier(new WrittenNulls());
	}

}
