package io.agentsocket.codec.declared;

import java.net.URI;
import java.util.Calendar;
import java.util.Date;
import java.util.Locale;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;

import org.springframework.util.ClassUtils;

/**
 * Which values of properties are written: a type, or the configuration of the mapper, may
 * say that empty ones, or zero, are left out.
 */
public final class Inclusions {

	private Inclusions() {
	}

	/**
	 * Which values of a property are written.
	 * @param config how types are read or written
	 * @param owner the class that has the property
	 * @param type type of the property
	 * @param own what the property says itself
	 * @return its own rule, or else that of its type, of its class or of the mapper
	 */
	public static Include of(MapperConfig<?> config, Class<?> owner, Class<?> type, JsonInclude.@Nullable Value own) {
		JsonInclude.Value general = JsonInclude.Value.merge(config.getDefaultPropertyInclusion(),
				ofClass(config, owner));
		return JsonInclude.Value.merge(config.getDefaultInclusion(type, type, general), own).getValueInclusion();
	}

	/**
	 * Whether some values of a property are not written though they are something: an
	 * empty text, zero.
	 * @param config how types are read or written
	 * @param owner the class that has the property
	 * @param member a member of the property
	 * @param type type of the property
	 * @return {@code false} if the value that stands for nothing is not known
	 */
	static boolean leaveOut(MapperConfig<?> config, Class<?> owner, Annotated member, JavaType type) {
		JsonInclude.Value own = config.getAnnotationIntrospector().findPropertyInclusion(config, member);
		Include include = of(config, owner, type.getRawClass(), own);
		if (include == Include.NON_DEFAULT && (own == null || own.getValueInclusion() != include)
				&& ofClass(config, owner).getValueInclusion() == include && ClassUtils.hasConstructor(owner)) {
			// Jackson compares with what that constructor makes.
			return false;
		}
		return (include == Include.NON_EMPTY || include == Include.NON_DEFAULT) && mayBeEmpty(type)
				|| include == Include.NON_DEFAULT && mayBeZero(type.getRawClass());
	}

	private static JsonInclude.Value ofClass(MapperConfig<?> config, Class<?> owner) {
		JsonInclude.Value annotated = config.getAnnotationIntrospector()
			.findPropertyInclusion(config,
					config.classIntrospectorInstance().introspectClassAnnotations(config.constructType(owner)));
		JsonInclude.Value value = JsonInclude.Value.merge(annotated,
				config.getDefaultPropertyInclusion(owner, JsonInclude.Value.empty()));
		return (value != null) ? value : JsonInclude.Value.empty();
	}

	/** Types whose empty value Jackson leaves out, and puts in its place. */
	private static boolean mayBeEmpty(JavaType type) {
		Class<?> raw = type.getRawClass();
		return type.isContainerType() || CharSequence.class.isAssignableFrom(raw) || raw == URI.class
				|| raw == Locale.class || raw == UUID.class;
	}

	private static boolean mayBeZero(Class<?> type) {
		return ClassUtils.isPrimitiveOrWrapper(type) || Date.class.isAssignableFrom(type)
				|| Calendar.class.isAssignableFrom(type);
	}

}
