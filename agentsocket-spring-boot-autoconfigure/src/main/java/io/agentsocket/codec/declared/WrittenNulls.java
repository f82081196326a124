package io.agentsocket.codec.declared;

import java.lang.reflect.AnnotatedType;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.ser.BeanPropertyWriter;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.ser.std.NullSerializer;

/**
 * Writes no {@code null} in a result where its type, and so the schema that was
 * published, excludes it. Values that follow no schema of this side are written as they
 * are.
 */
public final class WrittenNulls extends ValueSerializerModifier {

	/** Attribute of a writer of results: any value. */
	public static final Object CHECKED = new Object();

	private static final long serialVersionUID = 1L;

	private static final String REASON = "is null, but its type excludes it";

	WrittenNulls() {
	}

	@Override
	public List<BeanPropertyWriter> changeProperties(SerializationConfig config, BeanDescription.Supplier description,
			List<BeanPropertyWriter> properties) {
		properties.replaceAll(WrittenNulls::checked);
		return properties;
	}

	private static BeanPropertyWriter checked(BeanPropertyWriter property) {
		AnnotatedMember member = property.getMember();
		// Others write something else than the value of a member.
		if (member == null || property.getClass() != BeanPropertyWriter.class) {
			return property;
		}
		// No schema requires a property that may be suppressed.
		if (!property.willSuppressNulls() && !property.hasNullSerializer() && !member.getRawType().isPrimitive()
				&& RecordRules.excludesNull(member)) {
			property.assignNullSerializer(Refusal.INSTANCE);
		}
		DeclaredElements elements = elements(member);
		return (elements != null) ? new Checked(property, elements) : property;
	}

	/**
	 * The containers in a property, with the declarations of their elements.
	 * @param member field or accessor of the property
	 * @return its containers, or {@code null} when no {@code null} in it is refused
	 */
	public static @Nullable DeclaredElements elements(AnnotatedMember member) {
		// The accessor is called twice, which that of another bean may not expect.
		AnnotatedType type = member.getDeclaringClass().isRecord() ? Nullability.type(member) : null;
		return (type != null) ? DeclaredElements.of(type, Nullability.isMarked(member.getMember())) : null;
	}

	private static final class Refusal extends ValueSerializer<Object> {

		static final Refusal INSTANCE = new Refusal();

		@Override
		public void serialize(@Nullable Object value, JsonGenerator generator, SerializationContext context) {
			ValueSerializer<Object> standard = context.getDefaultNullValueSerializer();
			if (context.getAttribute(CHECKED) != null && standard instanceof NullSerializer) {
				context.reportMappingProblem(REASON);
			}
			standard.serialize(value, generator, context);
		}

	}

	private static final class Checked extends BeanPropertyWriter {

		private static final long serialVersionUID = 1L;

		private final transient DeclaredElements elements;

		Checked(BeanPropertyWriter property, DeclaredElements elements) {
			super(property);
			this.elements = elements;
		}

		@Override
		public void serializeAsProperty(Object bean, JsonGenerator generator, SerializationContext context)
				throws Exception {
			check(bean, context);
			super.serializeAsProperty(bean, generator, context);
		}

		@Override
		public void serializeAsElement(Object bean, JsonGenerator generator, SerializationContext context)
				throws Exception {
			check(bean, context);
			super.serializeAsElement(bean, generator, context);
		}

		private void check(Object bean, SerializationContext context) throws Exception {
			if (context.getAttribute(CHECKED) != null) {
				String pointer = this.elements.misplacedNull(get(bean));
				if (pointer != null) {
					context.reportMappingProblem("%s %s", pointer, REASON);
				}
			}
		}

	}

}
