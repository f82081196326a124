package io.agentsocket.codec;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.ext.jdk8.Jdk8OptionalSerializer;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.ser.jdk.ObjectArraySerializer;
import tools.jackson.databind.type.ArrayType;
import tools.jackson.databind.type.ReferenceType;

/**
 * Writes the elements of containers whose type nobody declared, such as the payload of an
 * event, as each would be written by itself: with the property that names its type, if
 * its class has one. Jackson leaves it out there.
 */
@Internal
public final class DeclaredTypes extends SimpleModule {

	private static final long serialVersionUID = 1L;

	/** Create the module. */
	public DeclaredTypes() {
		super(DeclaredTypes.class.getName());
	}

	@Override
	public void setupModule(SetupContext context) {
		super.setupModule(context);
		context.appendAnnotationIntrospector(new Contents());
		context.addSerializerModifier(new ArraysAndReferences());
	}

	private static final class Contents extends NopAnnotationIntrospector {

		private static final long serialVersionUID = 1L;

		@Override
		public @Nullable Object findContentSerializer(MapperConfig<?> config, Annotated annotated) {
			JavaType type = (annotated instanceof AnnotatedClass container) ? container.getType() : null;
			return (type != null && type.isContainerType() && type.getContentType().isJavaLangObject()) ? new Typed()
					: null;
		}

	}

	/** These do not ask for a serializer of their contents. */
	private static final class ArraysAndReferences extends ValueSerializerModifier {

		private static final long serialVersionUID = 1L;

		@Override
		public ValueSerializer<?> modifyArraySerializer(SerializationConfig config, ArrayType type,
				BeanDescription.Supplier description, ValueSerializer<?> serializer) {
			return (serializer.getClass() == ObjectArraySerializer.class && type.getContentType().isJavaLangObject())
					? new ObjectArraySerializer(type.getContentType(), false, null, new Typed()) : serializer;
		}

		@Override
		public ValueSerializer<?> modifySerializer(SerializationConfig config, BeanDescription.Supplier description,
				ValueSerializer<?> serializer) {
			return (serializer.getClass() == Jdk8OptionalSerializer.class
					&& description.getType() instanceof ReferenceType type && type.getContentType().isJavaLangObject())
							? new Jdk8OptionalSerializer(type, false, null, new Typed()) : serializer;
		}

	}

	/** Not a singleton: Jackson may keep state for each place. */
	private static final class Typed extends ValueSerializer<Object> {

		@Override
		public void serialize(Object value, JsonGenerator generator, SerializationContext context) {
			context.findTypedValueSerializer(value.getClass(), true).serialize(value, generator, context);
		}

		@Override
		public void serializeWithType(Object value, JsonGenerator generator, SerializationContext context,
				TypeSerializer type) {
			context.findValueSerializer(value.getClass()).serializeWithType(value, generator, context, type);
		}

	}

}
