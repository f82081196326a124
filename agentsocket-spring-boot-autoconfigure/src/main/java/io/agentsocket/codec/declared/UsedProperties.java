package io.agentsocket.codec.declared;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonIncludeProperties;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.introspect.ClassIntrospector;
import tools.jackson.databind.util.IgnorePropertiesUtil;

/**
 * The properties of a type without those that it tells Jackson to ignore. Jackson leaves
 * some of these out when it collects the properties, and others when it makes a reader or
 * a writer.
 */
public final class UsedProperties {

	private UsedProperties() {
	}

	/**
	 * The properties of a type.
	 * @param config how types are read, or how they are written
	 * @param type a type
	 * @return the properties, those among them that can only be used in the other
	 * direction
	 */
	public static List<BeanPropertyDefinition> of(MapperConfig<?> config, JavaType type) {
		boolean read = config instanceof DeserializationConfig;
		ClassIntrospector introspector = config.classIntrospectorInstance();
		BeanDescription description = read ? reader(config, introspector, type)
				: introspector.introspectForSerialization(type, introspector.introspectClassAnnotations(type));
		AnnotatedClass annotations = description.getClassInfo();
		List<BeanPropertyDefinition> properties = description.findProperties();
		Set<String> ignored = new HashSet<>();
		JsonIgnoreProperties.Value declared = config.getDefaultPropertyIgnorals(description.getBeanClass(),
				annotations);
		if (declared != null) {
			ignored.addAll(read ? declared.findIgnoredForDeserialization() : declared.findIgnoredForSerialization());
		}
		// Parameters of the constructor of a record remain among the properties.
		Set<String> collected = description.getIgnoredPropertyNames();
		if (read && collected != null) {
			ignored.addAll(collected);
		}
		JsonIncludeProperties.Value inclusions = config.getDefaultPropertyInclusions(description.getBeanClass(),
				annotations);
		Set<String> included = (inclusions != null) ? inclusions.getIncluded() : null;
		return properties.stream()
			.filter((property) -> !IgnorePropertiesUtil.shouldIgnore(property.getName(), ignored, included))
			.filter((property) -> !holdsOthers(config, property, read))
			.filter((property) -> read && property.hasConstructorParameter()
					|| !isIgnored(config, introspector, property.getPrimaryType()))
			.toList();
	}

	/**
	 * The class whose properties are read: the type, or the builder that it names.
	 * @param config how types are read
	 * @param type a type
	 * @return its description
	 */
	public static BeanDescription reader(DeserializationConfig config, JavaType type) {
		return reader(config, config.classIntrospectorInstance(), type);
	}

	private static BeanDescription reader(MapperConfig<?> config, ClassIntrospector introspector, JavaType type) {
		AnnotatedClass annotations = introspector.introspectClassAnnotations(type);
		BeanDescription own = introspector.introspectForDeserialization(type, annotations);
		Class<?> builder = config.getAnnotationIntrospector().findPOJOBuilder(config, annotations);
		return (builder != null)
				? introspector.introspectForDeserializationWithBuilder(config.constructType(builder), own) : own;
	}

	/** Whether a property is a map of all properties that the type does not declare. */
	private static boolean holdsOthers(MapperConfig<?> config, BeanPropertyDefinition property, boolean read) {
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		AnnotatedMember member = property.getPrimaryMember();
		return member != null && Boolean.TRUE
			.equals(read ? annotations.hasAnySetter(config, member) : annotations.hasAnyGetter(config, member));
	}

	private static boolean isIgnored(MapperConfig<?> config, ClassIntrospector introspector, JavaType type) {
		Boolean ignored = config.getConfigOverride(type.getRawClass()).getIsIgnoredType();
		if (ignored == null && !type.isPrimitive() && !type.isJavaLangObject()) {
			ignored = config.getAnnotationIntrospector()
				.isIgnorableType(config, introspector.introspectClassAnnotations(type));
		}
		return Boolean.TRUE.equals(ignored);
	}

}
