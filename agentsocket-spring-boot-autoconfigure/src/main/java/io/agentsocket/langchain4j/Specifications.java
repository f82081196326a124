package io.agentsocket.langchain4j;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.bridge.BridgedAction;
import io.agentsocket.bridge.CallArguments;
import org.jspecify.annotations.Nullable;

/**
 * Descriptions of actions as LangChain4j has them. Schemas of properties are passed on as
 * they are, so that no constraint is lost.
 */
final class Specifications {

	private Specifications() {
	}

	static ToolSpecification of(BridgedAction bridged) {
		ActionDescriptor action = bridged.action();
		Map<String, Object> input = (action.input() != null) ? action.input() : Map.of();
		JsonObjectSchema.Builder schema = JsonObjectSchema.builder()
			.addProperties(elements(input.get("properties")))
			.required(texts(input.get("required")));
		if (input.get("additionalProperties") instanceof Boolean more) {
			schema.additionalProperties(more);
		}
		Map<String, JsonSchemaElement> definitions = elements(input.get("$defs"));
		if (!definitions.isEmpty()) {
			schema.definitions(definitions);
		}
		String description = action.description();
		if (description == null || description.isBlank()) {
			description = (action.title() != null) ? action.title() : action.name();
		}
		return ToolSpecification.builder()
			.name(bridged.toolName())
			.description(description)
			.parameters(schema.build())
			.build();
	}

	private static Map<String, JsonSchemaElement> elements(@Nullable Object schemas) {
		Map<String, JsonSchemaElement> elements = new LinkedHashMap<>();
		if (schemas instanceof Map<?, ?> map) {
			map.forEach((name, schema) -> elements.put(String.valueOf(name),
					JsonRawSchema.from(CallArguments.write((schema != null) ? schema : Map.of()))));
		}
		return elements;
	}

	private static List<String> texts(@Nullable Object value) {
		return (value instanceof List<?> list) ? list.stream().map(String::valueOf).toList() : List.of();
	}

}
