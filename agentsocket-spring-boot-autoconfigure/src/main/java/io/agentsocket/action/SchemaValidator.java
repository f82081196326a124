package io.agentsocket.action;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Checks decoded values against JSON Schemas. Thread-safe.
 */
@Internal
@FunctionalInterface
public interface SchemaValidator {

	/**
	 * Check a value.
	 * @param schema JSON Schema
	 * @param value a decoded value: maps, lists, texts, numbers, booleans or {@code null}
	 * @return how the value does not satisfy the schema, empty when it does
	 * @throws IllegalArgumentException if nothing can be checked against the schema
	 */
	List<Violation> violations(Map<String, Object> schema, @Nullable Object value);

	/**
	 * The validator of the project, found as a service, since it needs libraries that
	 * this package does not know.
	 * @return the validator, or one that finds nothing when there is none
	 */
	static SchemaValidator standard() {
		return Standard.FOUND;
	}

	/**
	 * Looked up once, when it is needed.
	 */
	final class Standard {

		static final SchemaValidator FOUND = ServiceLoader
			.load(SchemaValidator.class, SchemaValidator.class.getClassLoader())
			.findFirst()
			.orElse((schema, value) -> Collections.emptyList());

		private Standard() {
		}

	}

}
