package io.agentsocket.tool;

import java.lang.reflect.Type;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.TypeSchemas;
import io.agentsocket.protocol.Violation;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Schemas of the answers to questions, made like those of tools. Schemas are generated
 * and compiled once, as long as there are not too many.
 */
final class ToolTypeSchemas implements TypeSchemas {

	private static final Log logger = LogFactory.getLog(ToolTypeSchemas.class);

	private static final int CACHED = 256;

	/** Knows nothing of the application: it sees maps and lists only. */
	private static final ObjectMapper PLAIN = JsonMapper.builder().build();

	private final Schemas schemas;

	private final Map<Type, Optional<Map<String, Object>>> types = new ConcurrentHashMap<>();

	private final Map<Map<String, Object>, SchemaDiagnosis> compiled = new Recent<>();

	ToolTypeSchemas(Schemas schemas) {
		this.schemas = schemas;
	}

	@Override
	public @Nullable Map<String, Object> schemaOf(Type type) {
		Optional<Map<String, Object>> known = this.types.get(type);
		if (known == null) {
			known = Optional.ofNullable(generate(type));
			if (this.types.size() < CACHED) {
				this.types.put(type, known);
			}
		}
		return known.orElse(null);
	}

	private @Nullable Map<String, Object> generate(Type type) {
		try {
			synchronized (this.schemas) {
				return Collections.unmodifiableMap(this.schemas.toMap(this.schemas.ofItem(type)));
			}
		}
		catch (RuntimeException ex) {
			logger.warn("No schema can be made of " + type.getTypeName() + ", its values are checked by decoding alone",
					ex);
			return null;
		}
	}

	@Override
	public List<Violation> violations(Map<String, Object> schema, @Nullable Object value) {
		Violations violations = new Violations();
		try {
			diagnosis(schema).check(DataModel.of(PLAIN.readTree(PLAIN.writeValueAsBytes(value))), violations);
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
			return this.compiled.computeIfAbsent(schema,
					(map) -> new SchemaDiagnosis(PLAIN.valueToTree(map), "There is no property of this name."));
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
