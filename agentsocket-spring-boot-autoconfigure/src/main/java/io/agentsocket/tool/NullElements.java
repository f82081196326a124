package io.agentsocket.tool;

import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Executable;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.introspect.AnnotatedField;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.type.ArrayType;
import tools.jackson.databind.type.CollectionType;
import tools.jackson.databind.type.MapType;
import tools.jackson.databind.type.TypeFactory;

/**
 * Refuses {@code null} as an element of a collection or array and as a value of a map,
 * unless it is declared to be possible, as in {@code List<@Nullable String>}.
 */
final class NullElements extends ValueDeserializerModifier {

	/**
	 * Attribute of a reader: the set of container types whose elements may be
	 * {@code null}.
	 */
	static final Object ALLOWED = new Object();

	private static final long serialVersionUID = 1L;

	@Override
	public ValueDeserializer<?> modifyCollectionDeserializer(DeserializationConfig config, CollectionType type,
			BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
		return guarded(type, deserializer);
	}

	@Override
	public ValueDeserializer<?> modifyMapDeserializer(DeserializationConfig config, MapType type,
			BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
		return guarded(type, deserializer);
	}

	@Override
	public ValueDeserializer<?> modifyArrayDeserializer(DeserializationConfig config, ArrayType type,
			BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
		return type.getContentType().isPrimitive() ? deserializer : guarded(type, deserializer);
	}

	private static ValueDeserializer<?> guarded(JavaType type, ValueDeserializer<?> deserializer) {
		Class<?> content = type.getContentType().getRawClass();
		return (content == Object.class || JsonNode.class.isAssignableFrom(content)) ? deserializer
				: new Guard(deserializer, type, null);
	}

	/**
	 * The containers in a type whose elements may be {@code null}.
	 * @param type a declared type
	 * @param types makes types of Jackson
	 * @return their types
	 */
	static Set<JavaType> allowedIn(AnnotatedType type, TypeFactory types) {
		Set<JavaType> allowed = new HashSet<>();
		collect(type, types, allowed);
		return allowed;
	}

	private static void collect(AnnotatedType type, TypeFactory types, Set<JavaType> allowed) {
		AnnotatedType[] elements = (type instanceof AnnotatedParameterizedType parameterized)
				? parameterized.getAnnotatedActualTypeArguments() : (type instanceof AnnotatedArrayType array)
						? new AnnotatedType[] { array.getAnnotatedGenericComponentType() } : new AnnotatedType[0];
		for (AnnotatedType element : elements) {
			collect(element, types, allowed);
		}
		if (elements.length > 0 && SchemaRefinement.isNullable(elements[elements.length - 1])) {
			allowed.add(types.constructType(type.getType()));
		}
	}

	private static final class Guard extends DelegatingDeserializer {

		private final JavaType type;

		private final @Nullable BeanProperty property;

		Guard(ValueDeserializer<?> delegate, JavaType type, @Nullable BeanProperty property) {
			super(delegate);
			this.type = type;
			this.property = property;
		}

		@Override
		protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
			return new Guard(delegate, this.type, this.property);
		}

		@Override
		public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
			return new Guard(context.handleSecondaryContextualization(this._delegatee, property, this.type), this.type,
					property);
		}

		@Override
		public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) {
			return checked(this._delegatee.deserialize(parser, context), context);
		}

		@Override
		public @Nullable Object deserialize(JsonParser parser, DeserializationContext context, Object into) {
			return checked(super.deserialize(parser, context, into), context);
		}

		private @Nullable Object checked(@Nullable Object container, DeserializationContext context) {
			if (container instanceof Collection<?> collection) {
				int index = 0;
				for (Object element : collection) {
					check(element, container, index++, context);
				}
			}
			else if (container instanceof Map<?, ?> map) {
				for (Map.Entry<?, ?> entry : map.entrySet()) {
					check(entry.getValue(), container, entry.getKey(), context);
				}
			}
			else if (container instanceof Object[] array) {
				for (int i = 0; i < Array.getLength(array); i++) {
					check(array[i], container, i, context);
				}
			}
			return container;
		}

		private void check(@Nullable Object element, Object container, Object key, DeserializationContext context) {
			if (element == null && !isAllowed(context)) {
				JacksonException failure = InvalidNullException.from(context, null, this.type.getContentType());
				throw (key instanceof Integer index && !(container instanceof Map<?, ?>))
						? failure.prependPath(container, index) : failure.prependPath(container, key.toString());
			}
		}

		private boolean isAllowed(DeserializationContext context) {
			if (context.getAttribute(ALLOWED) instanceof Set<?> allowed && allowed.stream().anyMatch(this::isThis)) {
				return true;
			}
			if (isAllowedInKotlin()) {
				return true;
			}
			AnnotatedType declared = (this.property != null && this.property.getMember() != null)
					? Jackson.annotatedType(this.property.getMember()) : null;
			return declared != null && allowedIn(declared, context.getTypeFactory()).stream().anyMatch(this::isThis);
		}

		private boolean isAllowedInKotlin() {
			AnnotatedMember member = (this.property != null) ? this.property.getMember() : null;
			if (member instanceof AnnotatedParameter parameter
					&& parameter.getOwner().getMember() instanceof Executable executable) {
				return KotlinTypes.nullableElements(executable, parameter.getIndex(), member.getType())
					.stream()
					.anyMatch(this::isThis);
			}
			return member instanceof AnnotatedField field
					&& KotlinTypes.nullableElements(field.getAnnotated(), member.getType())
						.stream()
						.anyMatch(this::isThis);
		}

		/** For the type here Jackson has taken an implementation of it. */
		private boolean isThis(Object declared) {
			return declared instanceof JavaType container
					&& container.getRawClass().isAssignableFrom(this.type.getRawClass())
					&& container.getContentType().equals(this.type.getContentType());
		}

	}

}
