package io.agentsocket.action;

import java.util.Map;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * The JSON Schemas (2020-12) of an action. Immutable.
 *
 * @param input of the arguments
 * @param output of the value or of an item, or {@code null}
 * @param items of an item that the caller may send, or {@code null} when it takes none
 */
@Internal
public record ActionSchemas(ActionSchema input, @Nullable ActionSchema output, @Nullable ActionSchema items) {

	ActionSchemas withInput(Map<String, Object> schema) {
		return new ActionSchemas(ActionSchema.of(schema), this.output, this.items);
	}

	ActionSchemas withOutput(@Nullable Map<String, Object> schema) {
		return new ActionSchemas(this.input, of(schema), this.items);
	}

	ActionSchemas withItems(@Nullable Map<String, Object> schema) {
		return new ActionSchemas(this.input, this.output, of(schema));
	}

	private static @Nullable ActionSchema of(@Nullable Map<String, Object> schema) {
		return (schema != null) ? ActionSchema.of(schema) : null;
	}

}
