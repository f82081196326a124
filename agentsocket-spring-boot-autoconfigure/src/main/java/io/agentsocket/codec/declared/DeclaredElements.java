package io.agentsocket.codec.declared;

import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import org.springframework.core.Nullness;
import org.springframework.core.ResolvableType;

/**
 * The containers in a declared type, with what is declared of the nullness of their
 * elements. Immutable.
 */
public final class DeclaredElements {

	private final Nullness nullness;

	private final @Nullable DeclaredElements inner;

	private DeclaredElements(Nullness nullness, @Nullable DeclaredElements inner) {
		this.nullness = nullness;
		this.inner = inner;
	}

	/**
	 * Look at a type.
	 * @param type a declared type
	 * @param marked whether types are not nullable where nothing else is said
	 * @return its containers, or {@code null} when no element in it is declared not to be
	 * {@code null}
	 */
	public static @Nullable DeclaredElements of(AnnotatedType type, boolean marked) {
		AnnotatedType element = element(type);
		if (element == null) {
			return null;
		}
		DeclaredElements inner = of(element, marked);
		Nullness nullness = isOptional(type) ? Nullness.UNSPECIFIED : Nullability.ofElement(element, marked);
		return (inner == null && nullness != Nullness.NON_NULL) ? null : new DeclaredElements(nullness, inner);
	}

	private static @Nullable AnnotatedType element(AnnotatedType type) {
		if (type instanceof AnnotatedArrayType array) {
			AnnotatedType element = array.getAnnotatedGenericComponentType();
			return (element.getType() instanceof Class<?> raw && raw.isPrimitive()) ? null : element;
		}
		if (type instanceof AnnotatedParameterizedType parameterized) {
			AnnotatedType[] arguments = parameterized.getAnnotatedActualTypeArguments();
			Class<?> raw = raw(type.getType());
			boolean container = arguments.length == 1
					&& (Collection.class.isAssignableFrom(raw) || raw == Optional.class)
					|| arguments.length == 2 && Map.class.isAssignableFrom(raw);
			AnnotatedType element = arguments[arguments.length - 1];
			return (container && element.getType() != Object.class) ? element : null;
		}
		return null;
	}

	private static Class<?> raw(Type type) {
		return ResolvableType.forType(type).resolve(Object.class);
	}

	private static boolean isOptional(AnnotatedType type) {
		return raw(type.getType()) == Optional.class;
	}

	/**
	 * Find an element that is {@code null} although its type excludes it.
	 * @param value a value of the type, or {@code null}
	 * @return JSON pointer to the element, or {@code null} when there is none
	 */
	public @Nullable String misplacedNull(@Nullable Object value) {
		if (value instanceof Collection<?> collection) {
			int index = 0;
			for (Object element : collection) {
				String pointer = in(element, index++);
				if (pointer != null) {
					return pointer;
				}
			}
		}
		else if (value instanceof Map<?, ?> map) {
			for (Map.Entry<?, ?> entry : map.entrySet()) {
				String pointer = in(entry.getValue(), entry.getKey());
				if (pointer != null) {
					return pointer;
				}
			}
		}
		else if (value instanceof Object[] array) {
			for (int i = 0; i < array.length; i++) {
				String pointer = in(array[i], i);
				if (pointer != null) {
					return pointer;
				}
			}
		}
		else if (value instanceof Optional<?> optional && this.inner != null) {
			return this.inner.misplacedNull(optional.orElse(null));
		}
		return null;
	}

	private @Nullable String in(@Nullable Object element, Object step) {
		boolean misplaced = element == null && this.nullness == Nullness.NON_NULL;
		String pointer = misplaced ? "" : (this.inner != null) ? this.inner.misplacedNull(element) : null;
		return (pointer != null) ? "/" + step + pointer : null;
	}

}
