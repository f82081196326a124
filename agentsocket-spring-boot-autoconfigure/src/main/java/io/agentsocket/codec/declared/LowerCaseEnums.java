package io.agentsocket.codec.declared;

import java.util.Locale;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.EnumNamingStrategy;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.EnumNamingStrategyFactory;
import tools.jackson.databind.introspect.NopAnnotationIntrospector;

import org.springframework.util.StringUtils;

/**
 * Reads constants of enums in lower case where an application writes them so: Jackson has
 * that setting for writing alone.
 */
final class LowerCaseEnums extends NopAnnotationIntrospector {

	private static final long serialVersionUID = 1L;

	private final boolean both;

	/**
	 * Create the introspector.
	 * @param both whether constants are read in their own case as well, as another
	 * application writes them
	 */
	LowerCaseEnums(boolean both) {
		this.both = both;
	}

	/** Names that annotations give are there already, and keep their case. */
	@Override
	public String[] findEnumValues(MapperConfig<?> config, AnnotatedClass type, Enum<?>[] constants, String[] names) {
		if (isLowerCase(config)) {
			EnumNamingStrategy strategy = strategy(config, type);
			boolean texts = config.isEnabled(EnumFeature.WRITE_ENUMS_USING_TO_STRING);
			for (int i = 0; i < constants.length; i++) {
				if (names[i] == null) {
					names[i] = lowerCase(name(config, type, strategy, constants[i], texts));
				}
			}
		}
		return names;
	}

	@Override
	public void findEnumAliases(MapperConfig<?> config, AnnotatedClass type, Enum<?>[] constants,
			String[] @Nullable [] aliases) {
		if (!this.both || !isLowerCase(config)) {
			return;
		}
		String[] names = config.getAnnotationIntrospector()
			.findEnumValues(config, type, constants, new String[constants.length]);
		EnumNamingStrategy strategy = strategy(config, type);
		boolean written = config.isEnabled(EnumFeature.WRITE_ENUMS_USING_TO_STRING);
		boolean read = config.isEnabled(EnumFeature.READ_ENUMS_USING_TO_STRING);
		for (int i = 0; i < constants.length; i++) {
			// Names that annotations give have no other case.
			if (lowerCase(name(config, type, strategy, constants[i], written)).equals(names[i])) {
				aliases[i] = StringUtils.addStringToArray(aliases[i], name(config, type, strategy, constants[i], read));
			}
		}
	}

	private static boolean isLowerCase(MapperConfig<?> config) {
		return config instanceof DeserializationConfig && config.isEnabled(EnumFeature.WRITE_ENUMS_TO_LOWERCASE);
	}

	private static @Nullable EnumNamingStrategy strategy(MapperConfig<?> config, AnnotatedClass type) {
		return EnumNamingStrategyFactory.createEnumNamingStrategyInstance(
				config.getAnnotationIntrospector().findEnumNamingStrategy(config, type),
				config.canOverrideAccessModifiers(), config.getEnumNamingStrategy());
	}

	private static String name(MapperConfig<?> config, AnnotatedClass type, @Nullable EnumNamingStrategy strategy,
			Enum<?> constant, boolean texts) {
		String name = texts ? constant.toString() : constant.name();
		return (strategy != null) ? strategy.convertEnumToExternalName(config, type, name) : name;
	}

	/** By the locale by which Jackson writes them. */
	private static String lowerCase(String name) {
		return name.toLowerCase(Locale.getDefault());
	}

}
