package io.agentsocket.tool.schema;

import java.util.List;
import java.util.Map;

import io.agentsocket.action.SchemaValidator;
import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Violation;
import org.jspecify.annotations.Nullable;

/**
 * Checks the arguments of actions that are not bound to methods. Finds nothing when there
 * is no validator on the class path.
 */
@Internal
public final class JsonSchemaValidator implements SchemaValidator {

	private final SchemaChecks checks = new SchemaChecks("There is no argument of this name.");

	@Override
	public List<Violation> violations(Map<String, Object> schema, @Nullable Object value) {
		return this.checks.violations(schema, value);
	}

}
