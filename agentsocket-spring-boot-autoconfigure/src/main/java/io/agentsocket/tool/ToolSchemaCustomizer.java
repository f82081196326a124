package io.agentsocket.tool;

import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;

/**
 * Has the last word on how the JSON Schemas of tools are generated. Called once for the
 * schemas of arguments and once for those of results.
 */
@FunctionalInterface
public interface ToolSchemaCustomizer {

	/**
	 * Change the configuration.
	 * @param builder the configuration with everything already set
	 */
	void customize(SchemaGeneratorConfigBuilder builder);

}
