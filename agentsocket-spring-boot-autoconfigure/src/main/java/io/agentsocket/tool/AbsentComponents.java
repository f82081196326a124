package io.agentsocket.tool;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSetter;
import io.agentsocket.annotation.AgentParam;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.annotation.JsonDeserialize;

/**
 * Looks for components of records that need not be given, or cannot be, though there is
 * no value that stands for nothing: a value without them would be refused.
 */
final class AbsentComponents {

	private final ObjectMapper mapper;

	private final Set<JavaType> seen = new HashSet<>();

	private AbsentComponents(ObjectMapper mapper) {
		this.mapper = mapper;
	}

	/**
	 * Look into a type.
	 * @param mapper reads it
	 * @param type a type
	 * @return the first such component, or {@code null}
	 */
	static @Nullable RecordComponent find(ObjectMapper mapper, JavaType type) {
		return mapper.isEnabled(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
				? new AbsentComponents(mapper).find(type) : null;
	}

	private @Nullable RecordComponent find(JavaType type) {
		if (type.getContentType() != null) {
			return find(type.getContentType());
		}
		Class<?> raw = type.getRawClass();
		if (!raw.isRecord() || !this.seen.add(type) || isReadOtherwise(raw)) {
			return null;
		}
		for (RecordComponent component : raw.getRecordComponents()) {
			if (component.getType().isPrimitive() && mayBeAbsent(component)) {
				return component;
			}
			JavaType held = this.mapper.getTypeFactory()
				.resolveMemberType(component.getGenericType(), type.getBindings());
			RecordComponent found = find(held);
			if (found != null) {
				return found;
			}
		}
		return null;
	}

	/** Then its components are not what is read. */
	private static boolean isReadOtherwise(Class<?> type) {
		return type.isAnnotationPresent(JsonDeserialize.class) || Stream
			.<AnnotatedElement>concat(Arrays.stream(type.getDeclaredConstructors()),
					Arrays.stream(type.getDeclaredMethods()))
			.anyMatch((creator) -> creator.isAnnotationPresent(JsonCreator.class));
	}

	private static boolean mayBeAbsent(RecordComponent component) {
		AnnotatedElement field;
		try {
			field = component.getDeclaringRecord().getDeclaredField(component.getName());
		}
		catch (NoSuchFieldException ex) {
			return false;
		}
		AgentParam annotation = field.getAnnotation(AgentParam.class);
		JsonIgnore ignored = field.getAnnotation(JsonIgnore.class);
		JsonIgnoreProperties names = component.getDeclaringRecord().getAnnotation(JsonIgnoreProperties.class);
		boolean absent = annotation != null && !annotation.required() || ignored != null && ignored.value()
				|| names != null && !names.allowSetters() && Arrays.asList(names.value()).contains(component.getName());
		return absent && !field.isAnnotationPresent(JsonSetter.class);
	}

}
