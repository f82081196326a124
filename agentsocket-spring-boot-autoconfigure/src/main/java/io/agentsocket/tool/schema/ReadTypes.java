package io.agentsocket.tool.schema;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;

/**
 * The types that are read in the place of others: as an annotation names them, or a
 * module of the mapper.
 */
public final class ReadTypes {

	private ReadTypes() {
	}

	/**
	 * The type that is read where another one is declared.
	 * @param mapper reads it
	 * @param type the declared type, which is not polymorphic
	 * @return the same type where nothing names another one
	 */
	public static JavaType of(ObjectMapper mapper, JavaType type) {
		JavaType mapped = type.isAbstract() ? mapper.deserializationConfig().mapAbstractType(type) : type;
		return refined(mapper, Jackson.describe(mapper, mapped, true).getClassInfo(), mapped);
	}

	/**
	 * The type that a property is read as, with its elements.
	 * @param mapper reads it
	 * @param property the property
	 * @return the declared type where nothing names another one
	 */
	public static JavaType of(ObjectMapper mapper, BeanPropertyDefinition property) {
		AnnotatedMember member = property.getPrimaryMember();
		JavaType type = property.getPrimaryType();
		return (member != null) ? refined(mapper, member, type) : type;
	}

	/**
	 * Whether an annotation names code of the application that reads a property, or its
	 * elements.
	 * @param mapper reads it
	 * @param member the member that is used
	 * @return {@code false} where the type alone tells how it is read
	 */
	public static boolean isConverted(ObjectMapper mapper, AnnotatedMember member) {
		return Replacements.isConverted(mapper, member, true);
	}

	private static JavaType refined(ObjectMapper mapper, Annotated annotated, JavaType type) {
		DeserializationConfig config = mapper.deserializationConfig();
		AnnotationIntrospector annotations = config.getAnnotationIntrospector();
		try {
			JavaType refined = annotations.refineDeserializationType(config, annotated, type);
			return refined.equals(type) ? type : complete(mapper, refined);
		}
		catch (JacksonException ex) {
			// Cannot be read at all, which is reported elsewhere.
			return type;
		}
	}

	/** With other elements a container still has the parameters that are declared. */
	private static JavaType complete(ObjectMapper mapper, JavaType type) {
		JavaType content = type.getContentType();
		if (content == null || type.isArrayType()) {
			return type;
		}
		return switch (type.containedTypeCount()) {
			case 1 -> mapper.getTypeFactory().constructParametricType(type.getRawClass(), content);
			case 2 -> mapper.getTypeFactory().constructParametricType(type.getRawClass(), type.getKeyType(), content);
			default -> type;
		};
	}

}
