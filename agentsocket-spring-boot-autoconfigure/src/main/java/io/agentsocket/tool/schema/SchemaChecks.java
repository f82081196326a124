package io.agentsocket.tool.schema;

import java.util.Iterator;
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

	/**
	 * Characters of the schemas that stay compiled: as many schemas of a usual size as
	 * above. A question may have a large one of its own each time.
	 */
	private static final int CACHED_CHARACTERS = 1024 * 1024;

	/** Knows nothing of the application: it sees the maps and lists of schemas only. */
	private static final ObjectMapper PLAIN = JsonMapper.builder().build();

	private final String unknown;

	private final Recent compiled = new Recent();

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
		catch (TooMuchWorkException ex) {
			ex.addTo(violations);
		}
		catch (RuntimeException ex) {
			throw new IllegalArgumentException("Values cannot be checked against the schema", ex);
		}
		return violations.list();
	}

	private SchemaDiagnosis diagnosis(Map<String, Object> schema) {
		Key key = new Key(schema);
		synchronized (this.compiled) {
			Kept known = this.compiled.get(key);
			if (known != null) {
				return known.diagnosis();
			}
		}
		JsonNode tree = PLAIN.valueToTree(schema);
		Kept made = new Kept(new SchemaDiagnosis(() -> tree, this.unknown), tree.toString().length());
		synchronized (this.compiled) {
			this.compiled.put(key, made);
		}
		return made.diagnosis();
	}

	/** Number of schemas that are compiled, for tests. */
	int size() {
		synchronized (this.compiled) {
			return this.compiled.size();
		}
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
	 * A schema that is compiled.
	 *
	 * @param diagnosis checks against it
	 * @param characters its size
	 */
	private record Kept(SchemaDiagnosis diagnosis, int characters) {
	}

	/** Keeps the latest used ones. */
	private static final class Recent extends LinkedHashMap<Key, Kept> {

		private static final long serialVersionUID = 1L;

		private long characters;

		Recent() {
			super(16, 0.75f, true);
		}

		@Override
		public @Nullable Kept put(Key key, Kept kept) {
			Kept before = super.put(key, kept);
			this.characters += kept.characters() - ((before != null) ? before.characters() : 0);
			Iterator<Kept> eldest = values().iterator();
			while (size() > CACHED || this.characters > CACHED_CHARACTERS && size() > 1) {
				this.characters -= eldest.next().characters();
				eldest.remove();
			}
			return before;
		}

	}

}
