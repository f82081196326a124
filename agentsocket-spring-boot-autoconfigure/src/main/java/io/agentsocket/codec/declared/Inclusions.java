package io.agentsocket.codec.declared;

import java.net.URI;
import java.util.Calendar;
import java.util.Date;
import java.util.Locale;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;

import org.springframework.util.ClassUtils;

/**
 * Which values of properties are written: a type may say that empty ones, or zero, are
 * left out.
 */
public final class Inclusions {

	private Inclusions() {
	}

	/**
	 * Which values of a property are written.
	 * @param config how types are read or written
	 * @param owner the class that has the property
	 * @param declared what the property says itself
	 * @return its own rule, or else that of its class or of the mapper
	 */
	public static Include of(MapperConfig<?> config, Class<?> owner, JsonInclude.@Nullable Value declared) {
		Include own = declared(config, owner, declared);
		return (own != Include.USE_DEFAULTS) ? own : config.getDefaultPropertyInclusion(owner).getValueInclusion();
	}

	/**
	 * Whether an annotation says that some values of a property are not written though
	 * they are something: an empty text, zero.
	 * @param config how types are read or written
	 * @param owner the class that has the property
	 * @param member a member of the property
	 * @param type type of the property
	 * @return {@code false} if the value that stands for nothing is not known
	 */
	static boolean leaveOut(MapperConfig<?> config, Class<?> owner, Annotated member, JavaType type) {
		JsonInclude.Value own = config.getAnnotationIntrospector().findPropertyInclusion(config, member);
		Include include = declared(config, owner, own);
		if (include == Include.NON_DEFAULT && (own == null || own.getValueInclusion() != include)
				&& ClassUtils.hasConstructor(owner)) {
			// Jackson compares with what that constructor makes.
			return false;
		}
		return (include == Include.NON_EMPTY || include == Include.NON_DEFAULT) && mayBeEmpty(type)
				|| include == Include.NON_DEFAULT && mayBeZero(type.getRawClass());
	}

	private static Include declared(MapperConfig<?> config, Class<?> owner, JsonInclude.@Nullable Value declared) {
		if (declared != null && declared.getValueInclusion() != Include.USE_DEFAULTS) {
			return declared.getValueInclusion();
		}
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		JsonInclude.Value ofType = annotations.findPropertyInclusion(config,
				config.classIntrospectorInstance().introspectClassAnnotations(config.constructType(owner)));
		return (ofType != null) ? ofType.getValueInclusion() : Include.USE_DEFAULTS;
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
