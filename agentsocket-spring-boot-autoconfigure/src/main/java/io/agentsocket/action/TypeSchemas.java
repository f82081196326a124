package io.agentsocket.action;

import java.lang.reflect.Type;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Knows the JSON Schema of types, for questions. Thread-safe.
 */
@Internal
public interface TypeSchemas {

	/** Knows no schemas and finds no violations: types are checked by decoding alone. */
	TypeSchemas NONE = new TypeSchemas() {

		@Override
		public @Nullable Map<String, Object> schemaOf(Type type) {
			return null;
		}

		@Override
		public List<Violation> violations(Map<String, Object> schema, @Nullable Object value) {
			return Collections.emptyList();
		}

	};

	/**
	 * The schema of a type.
	 * @param type the type
	 * @return JSON Schema (2020-12), or {@code null} when unknown
	 */
	@Nullable Map<String, Object> schemaOf(Type type);

	/**
	 * Check a value.
	 * @param schema JSON Schema
	 * @param value a decoded value: maps, lists, texts, numbers, booleans or {@code null}
	 * @return how the value does not satisfy the schema, empty when it does
	 */
	List<Violation> violations(Map<String, Object> schema, @Nullable Object value);

}
