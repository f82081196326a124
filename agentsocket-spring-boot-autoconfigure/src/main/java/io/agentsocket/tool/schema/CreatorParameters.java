package io.agentsocket.tool.schema;

import java.util.Set;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import io.agentsocket.codec.declared.RecordRules;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.KotlinDetector;

/**
 * Parameters of constructors and factory methods from which a value is made: which of
 * them must be given.
 */
public final class CreatorParameters {

	private CreatorParameters() {
	}

	/**
	 * Find the properties that must be given.
	 * @param mapper reads the type
	 * @param type a type
	 * @return names that callers send
	 */
	public static Set<String> needed(ObjectMapper mapper, JavaType type) {
		return Jackson.describe(mapper, type, true)
			.findProperties()
			.stream()
			.filter((property) -> isNeeded(mapper, property))
			.map(BeanPropertyDefinition::getName)
			.collect(Collectors.toSet());
	}

	/**
	 * Whether a property must be given. Nobody notices that a setter is not called.
	 * @param mapper reads the type
	 * @param property a property of the type
	 * @return {@code false} for all but parameters
	 */
	static boolean isNeeded(ObjectMapper mapper, BeanPropertyDefinition property) {
		AnnotatedMember member = property.getPrimaryMember();
		return property.hasConstructorParameter()
				&& (property.isRequired() || member != null && isNeeded(mapper, property, member));
	}

	/** A constructor in Java has no value of its own in the place of a missing one. */
	private static boolean isNeeded(ObjectMapper mapper, BeanPropertyDefinition property, AnnotatedMember member) {
		if (property.getMetadata().getValueNulls() == Nulls.AS_EMPTY || RecordRules.isComponent(member)
				|| KotlinDetector.isKotlinType(member.getDeclaringClass()) || member.hasAnnotation(JsonSetter.class)) {
			return false;
		}
		boolean zero = member.getRawType().isPrimitive()
				&& !mapper.isEnabled(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
		return !zero && RecordRules.excludesNull(member);
	}

	/**
	 * Require the parameters that are no fields, which the generator of schemas does not
	 * know.
	 * @param mapper reads the type
	 * @param description the type
	 * @param object its schema
	 */
	static void require(ObjectMapper mapper, BeanDescription description, ObjectNode object) {
		DeserializationConfig config = mapper.deserializationConfig();
		JsonTypeInfo.Value info = config.getAnnotationIntrospector()
			.findPolymorphicTypeInfo(config, description.getClassInfo());
		if (info != null && info.getInclusionType() == JsonTypeInfo.As.WRAPPER_OBJECT) {
			// The schema may be that of the object around it.
			return;
		}
		for (BeanPropertyDefinition property : description.findProperties()) {
			AnnotatedMember member = property.getPrimaryMember();
			boolean unknown = property.getField() == null && member != null && !RecordRules.isComponent(member);
			if (unknown && object.path("properties").has(property.getName()) && isNeeded(mapper, property)
					&& !isRequired(object, property.getName())) {
				object.withArray("/required").add(property.getName());
			}
		}
	}

	private static boolean isRequired(ObjectNode object, String name) {
		for (JsonNode required : object.path("required")) {
			if (required.asString("").equals(name)) {
				return true;
			}
		}
		return false;
	}

}
