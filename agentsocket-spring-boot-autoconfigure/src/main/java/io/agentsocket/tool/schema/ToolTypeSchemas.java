package io.agentsocket.tool.schema;

import java.lang.reflect.Type;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.TypeSchemas;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Violation;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * Schemas of the answers to questions, made like those of tools. Schemas are generated
 * and compiled once, as long as there are not too many.
 */
public final class ToolTypeSchemas implements TypeSchemas {

	private static final Log logger = PrintableLog.of(ToolTypeSchemas.class);

	private static final int CACHED = 256;

	private final Schemas schemas;

	private final Map<Type, Optional<Map<String, Object>>> types = new ConcurrentHashMap<>();

	private final SchemaChecks checks = new SchemaChecks("There is no property of this name.");

	public ToolTypeSchemas(Schemas schemas) {
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
			return Collections.unmodifiableMap(this.schemas.toMap(this.schemas.ofItem(type)));
		}
		catch (RuntimeException ex) {
			logger.warn("No schema can be made of " + type.getTypeName() + ", its values are checked by decoding alone",
					ex);
			return null;
		}
	}

	@Override
	public List<Violation> violations(Map<String, Object> schema, @Nullable Object value) {
		return this.checks.violations(schema, value);
	}

}
