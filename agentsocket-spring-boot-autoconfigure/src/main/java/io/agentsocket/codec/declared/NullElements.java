package io.agentsocket.codec.declared;

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

import org.springframework.core.Nullness;

/**
 * Refuses {@code null} as an element of a collection or array and as a value of a map,
 * unless it is declared to be possible, as in {@code List<@Nullable String>}. In what the
 * other side tells in terms of its own, only where it is declared to be impossible.
 */
public final class NullElements extends ValueDeserializerModifier {

	/**
	 * Attribute of a reader: the set of container types whose elements may be
	 * {@code null} in the type that is read. Properties of objects in it declare their
	 * own.
	 */
	public static final Object ALLOWED = new Object();

	private static final long serialVersionUID = 1L;

	private final Strictness strictness;

	NullElements(Strictness strictness) {
		this.strictness = strictness;
	}

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

	private ValueDeserializer<?> guarded(JavaType type, ValueDeserializer<?> deserializer) {
		Class<?> content = type.getContentType().getRawClass();
		return (content == Object.class || JsonNode.class.isAssignableFrom(content)) ? deserializer
				: new Guard(deserializer, type, this.strictness == Strictness.DECLARED, null);
	}

	/**
	 * The containers in a type whose elements may be {@code null}.
	 * @param type a declared type
	 * @param types makes types of Jackson
	 * @return their types
	 */
	public static Set<JavaType> allowedIn(AnnotatedType type, TypeFactory types) {
		return containers(type, types, Nullness.NULLABLE, false);
	}

	private static Set<JavaType> containers(AnnotatedType type, TypeFactory types, Nullness elements, boolean marked) {
		Set<JavaType> found = new HashSet<>();
		collect(type, types, elements, marked, found);
		return found;
	}

	private static void collect(AnnotatedType type, TypeFactory types, Nullness nullness, boolean marked,
			Set<JavaType> found) {
		AnnotatedType[] elements = (type instanceof AnnotatedParameterizedType parameterized)
				? parameterized.getAnnotatedActualTypeArguments() : (type instanceof AnnotatedArrayType array)
						? new AnnotatedType[] { array.getAnnotatedGenericComponentType() } : new AnnotatedType[0];
		for (AnnotatedType element : elements) {
			collect(element, types, nullness, marked, found);
		}
		if (elements.length > 0 && Nullability.ofElement(elements[elements.length - 1], marked) == nullness) {
			found.add(types.constructType(type.getType()));
		}
	}

	private static final class Guard extends DelegatingDeserializer {

		private final JavaType type;

		/** Whether elements may be {@code null} where nothing is declared. */
		private final boolean lenient;

		private final @Nullable BeanProperty property;

		Guard(ValueDeserializer<?> delegate, JavaType type, boolean lenient, @Nullable BeanProperty property) {
			super(delegate);
			this.type = type;
			this.lenient = lenient;
			this.property = property;
		}

		@Override
		protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> delegate) {
			return new Guard(delegate, this.type, this.lenient, this.property);
		}

		@Override
		public ValueDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property) {
			return new Guard(context.handleSecondaryContextualization(this._delegatee, property, this.type), this.type,
					this.lenient, property);
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
			AnnotatedMember member = (this.property != null) ? this.property.getMember() : null;
			if (member == null) {
				return this.lenient || context.getAttribute(ALLOWED) instanceof Set<?> allowed
						&& allowed.stream().anyMatch(this::isThis);
			}
			if (KotlinTypes.isKotlin(member.getDeclaringClass())) {
				return isAllowedInKotlin();
			}
			AnnotatedType declared = Nullability.type(member);
			if (declared == null) {
				return this.lenient;
			}
			TypeFactory types = context.getTypeFactory();
			return allowedIn(declared, types).stream().anyMatch(this::isThis) || this.lenient
					&& containers(declared, types, Nullness.NON_NULL, Nullability.isMarked(member.getMember())).stream()
						.noneMatch(this::isThis);
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
