package io.agentsocket.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.SchemaValidator;
import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks the arguments of actions that are not bound to methods. Finds nothing when there
 * is no validator on the class path.
 */
@Internal
public final class JsonSchemaValidator implements SchemaValidator {

	/** Schemas that stay compiled: more actions than most applications have. */
	private static final int CACHED = 1024;

	/** Knows nothing of the application: it sees maps and lists only. */
	private static final ObjectMapper PLAIN = JsonMapper.builder().build();

	private final Map<Key, SchemaDiagnosis> compiled = new LinkedHashMap<>(16, 0.75f, true);

	@Override
	public List<Violation> violations(Map<String, Object> schema, @Nullable Object value) {
		Violations violations = new Violations();
		try {
			diagnosis(schema).check(PLAIN.readTree(PLAIN.writeValueAsBytes(value)), violations);
		}
		catch (JacksonException ex) {
			throw new IllegalArgumentException("Not a decoded value", ex);
		}
		catch (RuntimeException ex) {
			throw new IllegalArgumentException("Values cannot be checked against the schema", ex);
		}
		return violations.list();
	}

	private SchemaDiagnosis diagnosis(Map<String, Object> schema) {
		synchronized (this.compiled) {
			SchemaDiagnosis diagnosis = this.compiled.computeIfAbsent(new Key(schema),
					(key) -> new SchemaDiagnosis(PLAIN.valueToTree(schema)));
			if (this.compiled.size() > CACHED) {
				this.compiled.remove(this.compiled.keySet().iterator().next());
			}
			return diagnosis;
		}
	}

	/** A schema by its identity: an action always gives the same one. */
	private record Key(Map<String, Object> schema) {

		@Override
		public boolean equals(Object other) {
			return other instanceof Key key && key.schema == this.schema;
		}

		@Override
		public int hashCode() {
			return System.identityHashCode(this.schema);
		}

	}

}
