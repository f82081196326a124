package io.agentsocket.tool.schema;

import java.util.HashSet;
import java.util.Set;

import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;

/**
 * The names that properties have in the source, and so for a validator.
 */
public final class SourceNames {

	private SourceNames() {
	}

	/**
	 * Find the names of all that Jackson knows in a type.
	 * @param mapper the mapper
	 * @param type a type
	 * @return names of properties that are read or written, and of the value that stands
	 * in the place of its object
	 */
	public static Set<String> of(ObjectMapper mapper, JavaType type) {
		Set<String> names = new HashSet<>();
		for (boolean read : new boolean[] { true, false }) {
			BeanDescription description = Jackson.describe(mapper, type, read);
			for (BeanPropertyDefinition property : description.findProperties()) {
				names.add(property.getInternalName());
				if (property.getField() != null) {
					names.add(property.getField().getName());
				}
			}
			AnnotatedMember value = description.findJsonValueAccessor();
			if (value != null) {
				names.add(ElementConstraints.propertyName(value.getMember()));
			}
		}
		return names;
	}

}
