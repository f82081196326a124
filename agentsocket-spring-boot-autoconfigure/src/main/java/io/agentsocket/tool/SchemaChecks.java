package io.agentsocket.tool;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks decoded values against schemas, which stay compiled as long as there are not too
 * many. Thread-safe.
 */
final class SchemaChecks {

	/** Schemas that stay compiled: more than most applications have actions. */
	private static final int CACHED = 1024;

	/** Knows nothing of the application: it sees the maps and lists of schemas only. */
	private static final ObjectMapper PLAIN = JsonMapper.builder().build();

	private final String unknown;

	private final Map<Key, SchemaDiagnosis> compiled = new Recent<>();

	/**
	 * Create checks.
	 * @param unknown says that a property is none of those that there are
	 */
	SchemaChecks(String unknown) {
		this.unknown = unknown;
	}

	/**
	 * Check a value.
	 * @param schema JSON Schema
	 * @param value maps, lists, texts, bytes, numbers, booleans or {@code null}
	 * @return how the value does not satisfy the schema, empty when it does
	 * @throws IllegalArgumentException if it is another value, or nothing can be checked
	 * against the schema
	 */
	List<Violation> violations(Map<String, Object> schema, @Nullable Object value) {
		Violations violations = new Violations();
		try {
			diagnosis(schema).check(DataModel.of(value), violations);
		}
		catch (RuntimeException ex) {
			throw new IllegalArgumentException("Values cannot be checked against the schema", ex);
		}
		return violations.list();
	}

	private SchemaDiagnosis diagnosis(Map<String, Object> schema) {
		synchronized (this.compiled) {
			return this.compiled.computeIfAbsent(new Key(schema), (key) -> diagnosisBy(PLAIN.valueToTree(schema)));
		}
	}

	private SchemaDiagnosis diagnosisBy(JsonNode schema) {
		return new SchemaDiagnosis(() -> schema, this.unknown);
	}

	/**
	 * A schema. Most are the same object each time; those that are made for each question
	 * are equal.
	 */
	private static final class Key {

		private final Map<String, Object> schema;

		Key(Map<String, Object> schema) {
			this.schema = schema;
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Key key && (key.schema == this.schema || key.schema.equals(this.schema));
		}

		/** Not that of the whole schema, which would be looked through for each value. */
		@Override
		public int hashCode() {
			int hash = this.schema.size();
			for (Map.Entry<String, Object> keyword : this.schema.entrySet()) {
				hash += (keyword.getValue() instanceof Map<?, ?> map) ? keyword.getKey().hashCode() ^ map.size()
						: keyword.hashCode();
			}
			return hash;
		}

	}

	/**
	 * Keeps what was used last.
	 *
	 * @param <K> type of the keys
	 * @param <V> type of the values
	 */
	private static final class Recent<K, V> extends LinkedHashMap<K, V> {

		private static final long serialVersionUID = 1L;

		Recent() {
			super(16, 0.75f, true);
		}

		@Override
		protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
			return size() > CACHED;
		}

	}

}
