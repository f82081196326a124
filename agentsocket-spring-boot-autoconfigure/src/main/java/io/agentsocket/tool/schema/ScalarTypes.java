package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.List;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;

/**
 * Classes that can be made from a text, a number or a boolean, and from nothing else,
 * such as {@code MediaType} of Spring: they have no properties that anybody sends.
 */
final class ScalarTypes {

	private ScalarTypes() {
	}

	/**
	 * The forms from which a class is read.
	 * @param mapper reads it
	 * @param type a type
	 * @return names of types in JSON Schema, empty if it is read in another way
	 */
	static List<String> of(ObjectMapper mapper, JavaType type) {
		List<String> forms = new ArrayList<>();
		if (type.isTypeOrSubTypeOf(Throwable.class)) {
			// An object, of which the text is a property.
			return forms;
		}
		try {
			if (Readers.of(mapper, type) instanceof BeanDeserializerBase reader) {
				ValueInstantiator creator = reader.getValueInstantiator();
				boolean object = creator.canCreateUsingDefault() || creator.canCreateFromObjectWith()
						|| creator.canCreateUsingDelegate() || creator.canCreateUsingArrayDelegate();
				add(forms, "string", !object && creator.canCreateFromString());
				boolean fraction = creator.canCreateFromDouble() || creator.canCreateFromBigDecimal();
				add(forms, "number", !object && fraction);
				add(forms, "integer", !object && !fraction && (creator.canCreateFromInt() || creator.canCreateFromLong()
						|| creator.canCreateFromBigInteger()));
				add(forms, "boolean", !object && creator.canCreateFromBoolean());
			}
		}
		catch (JacksonException ex) {
			// Cannot be read at all, which is reported elsewhere.
		}
		return forms;
	}

	private static void add(List<String> forms, String form, boolean read) {
		if (read) {
			forms.add(form);
		}
	}

}
