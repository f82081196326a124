package io.agentsocket.codec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsontype.TypeSerializer;

/**
 * Containers with elements that are not of the declared type, beside others that are.
 */
final class MixedElements {

	private MixedElements() {
	}

	/**
	 * Whether a value can be written as a type.
	 * @param value the value
	 * @param type the type
	 * @return {@code false} for trees, too: they are iterable, and yet no containers
	 */
	static boolean fits(Object value, Class<?> type) {
		return type.isInstance(value) && !(value instanceof JsonNode);
	}

	/**
	 * Tell which elements are to be written as declared, and which as they are.
	 * @param value the container
	 * @param type its declared type
	 * @return the container to write without a type, or {@code null} when each element is
	 * of the declared type, and for other values than containers
	 */
	static @Nullable Object of(Object value, JavaType type) {
		// That of a container which holds itself has none.
		JavaType content = type.getContentType();
		if (content == null || !fits(value, type.getRawClass())) {
			return null;
		}
		if (value instanceof Optional<?> optional) {
			return optional.map((element) -> other(element, content)).orElse(null);
		}
		if (value instanceof Map<?, ?> map) {
			List<@Nullable Object> values = ofAll(map.values(), content);
			return (values != null) ? entries(map, values) : null;
		}
		if (value instanceof Object[] array) {
			return ofAll(Arrays.asList(array), content);
		}
		return (value instanceof Collection<?> collection) ? ofAll(collection, content) : null;
	}

	private static Map<Object, @Nullable Object> entries(Map<?, ?> map, List<@Nullable Object> values) {
		Map<Object, @Nullable Object> entries = new LinkedHashMap<>();
		int index = 0;
		for (Object key : map.keySet()) {
			entries.put(key, values.get(index));
			index++;
		}
		return entries;
	}

	private static @Nullable List<@Nullable Object> ofAll(Collection<?> elements, JavaType content) {
		List<@Nullable Object> all = new ArrayList<>(elements.size());
		boolean mixed = false;
		for (Object element : elements) {
			Object another = (element != null) ? other(element, content) : null;
			mixed = mixed || another != null;
			all.add((element == null || another != null) ? another : new Element(element, content));
		}
		return mixed ? all : null;
	}

	/** The value in place of an element, or {@code null} if the element fits. */
	private static @Nullable Object other(Object element, JavaType type) {
		return fits(element, type.getRawClass()) ? of(element, type) : element;
	}

	/**
	 * Is written as in a container of its declared type.
	 */
	private record Element(Object value, JavaType type) implements JacksonSerializable {

		@Override
		public void serialize(JsonGenerator generator, SerializationContext context) {
			TypeSerializer types = context.findTypeSerializer(this.type);
			ValueSerializer<Object> serializer = context
				.findContentValueSerializer(context.constructSpecializedType(this.type, this.value.getClass()), null);
			if (types != null) {
				serializer.serializeWithType(this.value, generator, context, types);
			}
			else {
				serializer.serialize(this.value, generator, context);
			}
		}

		@Override
		public void serializeWithType(JsonGenerator generator, SerializationContext context, TypeSerializer types) {
			serialize(generator, context);
		}

	}

}
