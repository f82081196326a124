package io.agentsocket.tool;

import java.util.List;
import java.util.Locale;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.util.ClassUtils;

/**
 * Finds everything in a tree that does not fit a schema. For arguments it is used only
 * after binding has failed.
 */
final class SchemaDiagnosis {

	private static final boolean PRESENT = ClassUtils.isPresent("com.networknt.schema.SchemaRegistry",
			SchemaDiagnosis.class.getClassLoader());

	private final JsonNode schema;

	private final String unknown;

	private volatile @Nullable Object compiled;

	/**
	 * Create a diagnosis of arguments.
	 * @param schema their schema
	 */
	SchemaDiagnosis(JsonNode schema) {
		this(schema, "There is no argument of this name.");
	}

	/**
	 * Create a diagnosis.
	 * @param schema the schema
	 * @param unknown says that a property is none of those that there are
	 */
	SchemaDiagnosis(JsonNode schema, String unknown) {
		this.schema = schema;
		this.unknown = unknown;
	}

	/**
	 * Add what does not fit.
	 * @param tree the arguments
	 * @param violations gets it
	 */
	void check(JsonNode tree, Violations violations) {
		if (PRESENT) {
			Object compiled = this.compiled;
			if (compiled == null) {
				compiled = Validation.compile(this.schema);
				this.compiled = compiled;
			}
			Validation.check(compiled, tree, this.unknown, violations);
		}
	}

	private static final class Validation {

		private static final SchemaRegistry REGISTRY = SchemaRegistry
			.withDefaultDialect(SpecificationVersion.DRAFT_2020_12, (builder) -> builder.schemaCacheEnabled(false)
				.schemaRegistryConfig(
						SchemaRegistryConfig.builder().locale(Locale.ENGLISH).formatAssertionsEnabled(true).build()));

		private Validation() {
		}

		static Object compile(JsonNode schema) {
			Schema compiled = REGISTRY.getSchema(schema);
			compiled.initializeValidators();
			return compiled;
		}

		static void check(Object compiled, JsonNode tree, String unknown, Violations violations) {
			List<Error> errors = ((Schema) compiled).validate(tree, (context) -> context
				.executionConfig((config) -> config.locale(Locale.ENGLISH).formatAssertionsEnabled(true)));
			for (Error error : errors) {
				String pointer = pointer(error.getInstanceLocation());
				String property = error.getProperty();
				if (property != null && !property.isEmpty()) {
					pointer = Violations.step(pointer, property);
				}
				violations.add(pointer, error.getKeyword(), message(error, property, unknown));
			}
		}

		private static String message(Error error, @Nullable String property, String unknown) {
			if (property != null && error.getKeyword().equals("required")) {
				return "This value is required.";
			}
			if (property != null && error.getKeyword().equals("additionalProperties")) {
				return unknown;
			}
			String message = error.getMessage();
			String location = error.getInstanceLocation().toString() + ": ";
			return message.startsWith(location) ? message.substring(location.length()) : message;
		}

		private static String pointer(NodePath path) {
			String pointer = "";
			for (int i = 0; i < path.getNameCount(); i++) {
				pointer = Violations.step(pointer, path.getElement(i));
			}
			return pointer;
		}

	}

}
