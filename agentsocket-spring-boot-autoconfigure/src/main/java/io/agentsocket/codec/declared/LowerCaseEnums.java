package io.agentsocket.codec.declared;

import java.util.Locale;

import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;

/**
 * Reads constants of enums in lower case where an application writes them so: Jackson has
 * that setting for writing alone.
 */
final class LowerCaseEnums extends NopAnnotationIntrospector {

	private static final long serialVersionUID = 1L;

	/** Names that annotations give are there already, and keep their case. */
	@Override
	public String[] findEnumValues(MapperConfig<?> config, AnnotatedClass type, Enum<?>[] constants, String[] names) {
		if (config instanceof DeserializationConfig && config.isEnabled(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)) {
			boolean texts = config.isEnabled(EnumFeature.WRITE_ENUMS_USING_TO_STRING);
			for (int i = 0; i < constants.length; i++) {
				if (names[i] == null) {
					// The locale by which Jackson writes them.
					names[i] = (texts ? constants[i].toString() : constants[i].name()).toLowerCase(Locale.getDefault());
				}
			}
		}
		return names;
	}

}
