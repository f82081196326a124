package io.agentsocket.tool;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.cfg.MapperBuilder;
import tools.jackson.databind.module.SimpleModule;

/**
 * Mappers that refuse what schemas forbid.
 */
final class StrictMappers {

	private StrictMappers() {
	}

	/**
	 * A mapper for arguments.
	 * @param mapper the mapper of a codec
	 * @return the mapper with {@link RecordRules}, which refuses unknown properties and
	 * elements that are {@code null}
	 */
	static ObjectMapper forArguments(ObjectMapper mapper) {
		return withRules(mapper, new RecordRules(true), true);
	}

	/**
	 * A mapper that knows what must be given in values that a codec reads by itself.
	 * @param mapper a mapper that is configured like that of the codec
	 * @return the mapper with {@link RecordRules}, but without their names
	 */
	static ObjectMapper forValues(ObjectMapper mapper) {
		return withRules(mapper, new RecordRules(false), false);
	}

	private static ObjectMapper withRules(ObjectMapper mapper, RecordRules rules, boolean closed) {
		SimpleModule module = new SimpleModule("agentsocket-arguments") {

			private static final long serialVersionUID = 1L;

			@Override
			public void setupModule(SetupContext context) {
				super.setupModule(context);
				context.insertAnnotationIntrospector(rules);
				context.addDeserializerModifier(new NullElements());
			}

		};
		MapperBuilder<?, ?> builder = mapper.rebuild().addModule(module);
		if (closed) {
			builder.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
		}
		return builder.build();
	}

}
