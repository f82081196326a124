package io.agentsocket.codec.declared;

import com.fasterxml.jackson.annotation.JsonFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;
import tools.jackson.databind.ser.std.ToStringSerializer;

import org.springframework.util.ClassUtils;

/**
 * Numbers that a property writes as texts, by Jackson's own serializer, are read from
 * texts.
 */
final class WrittenTexts extends NopAnnotationIntrospector {

	private static final long serialVersionUID = 1L;

	@Override
	public JsonFormat.@Nullable Value findFormat(MapperConfig<?> config, Annotated annotated) {
		if (!(annotated instanceof AnnotatedMember member) || member.hasAnnotation(JsonFormat.class)) {
			return null;
		}
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		boolean text = isNumber(member.getType()) && isText(annotations.findSerializer(config, member))
				&& annotations.findDeserializer(config, member) == null;
		return text ? JsonFormat.Value.forShape(JsonFormat.Shape.STRING) : null;
	}

	private static boolean isNumber(JavaType type) {
		return Number.class.isAssignableFrom(ClassUtils.resolvePrimitiveIfNecessary(type.getRawClass()));
	}

	private static boolean isText(@Nullable Object serializer) {
		return serializer == ToStringSerializer.class || serializer instanceof ToStringSerializer;
	}

}
