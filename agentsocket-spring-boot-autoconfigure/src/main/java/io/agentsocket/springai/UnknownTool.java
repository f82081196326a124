package io.agentsocket.springai;

import java.util.Collection;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Utf8;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

/**
 * A tool that a model has invented: its result says which there are.
 */
final class UnknownTool implements ToolCallback {

	/** Names that are told: more would fill the context of the model. */
	private static final int MAX_NAMED = 50;

	/** Characters of the invented name that are told. */
	private static final int MAX_NAME = 100;

	private final String name;

	private final Collection<String> known;

	UnknownTool(String name, Collection<String> known) {
		this.name = name;
		this.known = known;
	}

	@Override
	public ToolDefinition getToolDefinition() {
		return new Invented(this.name);
	}

	@Override
	public String call(String toolInput) {
		return call(toolInput, new ToolContext(Map.of()));
	}

	@Override
	public String call(String toolInput, @Nullable ToolContext toolContext) {
		String invented = (this.name.length() <= MAX_NAME) ? this.name : Utf8.cut(this.name, MAX_NAME) + "...";
		List<String> names = this.known.stream().sorted().limit(MAX_NAMED).toList();
		int more = this.known.size() - names.size();
		return "There is no tool with the name '" + invented + "'. Tools: " + String.join(", ", names)
				+ ((more > 0) ? " and " + more + " more" : "") + ".";
	}

	/**
	 * Definition of a tool that is not there. Its name may be anything, also empty.
	 *
	 * @param name the name
	 */
	private record Invented(String name) implements ToolDefinition {

		@Override
		public String description() {
			return "There is no such tool";
		}

		@Override
		public String inputSchema() {
			return "{\"type\":\"object\"}";
		}

	}

}
