package io.agentsocket.docs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.TestServer;
import io.agentsocket.springai.AgentSocketTools;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The snippet of {@code docs/spring-ai.md} about the search of tools, compiled against
 * types of the shape that Spring AI documents, since its module is not there.
 */
class ToolSearchSnippetsTests {

	private final TestServer server = TestServer.with(action("weather.current", "The weather in a city"),
			action("weather.forecast", "The weather of the next days"), action("order.cancel", "Cancels an order"),
			action("order.weather", "Hidden by the filter"));

	private final AgentSocketClient client = AgentSocketClient.builder(this.server.uri())
		.connectTimeout(Await.LONG)
		.build();

	private final AgentSocketTools tools = AgentSocketTools.builder(this.client)
		.filter((action) -> !action.name().equals("order.weather"))
		.patience(Await.LONG)
		.build();

	private final RemoteToolIndex index = new RemoteToolIndex(this.tools, new WordIndex());

	private static Action action(String name, String description) {
		return Action.named(name).description(description).handler((exchange) -> Mono.just("done"));
	}

	@AfterEach
	void close() {
		this.tools.close();
		this.client.close().block(Await.LONG);
		this.server.close();
	}

	@Test
	void serverSearchesItsToolsAndTheOtherIndexTheRest() {
		List<ToolReference> all = new ArrayList<>();
		for (ToolCallback tool : this.tools.callbacks()) {
			ToolDefinition definition = tool.getToolDefinition();
			all.add(new ToolReference(definition.name(), null, definition.description()));
		}
		all.add(new ToolReference("local_weather", null, "The weather of this room"));
		this.index.indexTools("s", all);
		assertThat(names("weather", 10)).containsExactlyInAnyOrder("weather_current", "weather_forecast",
				"local_weather");
		assertThat(names("weather", 1)).hasSize(1).containsAnyOf("weather_current", "weather_forecast");
		assertThat(names("cancels order", 5)).containsExactly("order_cancel");
		assertThat(names("zebra", 5)).isEmpty();
		this.index.clearIndex("s");
		assertThat(names("room", 5)).isEmpty();
	}

	private List<String> names(String query, int limit) {
		return this.index.search(new ToolSearchRequest("s", query, limit, null))
			.toolReferences()
			.stream()
			.map(ToolReference::toolName)
			.toList();
	}

	@Test
	void manyToolsAreFoundPageByPage() {
		for (int i = 0; i < 60; i++) {
			this.server.catalog().add(action("many.n" + i, "One of very many"));
		}
		List<ToolDefinition> found = this.tools.search("many", 50);
		assertThat(found).hasSize(50).extracting(ToolDefinition::name).doesNotHaveDuplicates();
		assertThat(found).allSatisfy((tool) -> assertThat(tool.inputSchema()).contains("object"));
		assertThat(this.tools.search("weather", 50)).hasSize(2);
		assertThat(this.tools.has("many_n7")).isTrue();
		assertThat(this.tools.has("order_weather")).isFalse();
	}

	/** {@code org.springframework.ai.tool.toolsearch.ToolIndex} of Spring AI 2.0. */
	interface ToolIndex {

		void indexTool(String sessionId, ToolReference toolReference);

		default void indexTools(String sessionId, List<ToolReference> toolReferences) {
			toolReferences.forEach((reference) -> indexTool(sessionId, reference));
		}

		ToolSearchResponse search(ToolSearchRequest toolSearchRequest);

		void clearIndex(String sessionId);

	}

	record ToolReference(String toolName, @Nullable Double relevanceScore, String summary) {

		static Builder builder() {
			return new Builder();
		}

		static final class Builder {

			private String name = "";

			private String summary = "";

			Builder toolName(String name) {
				this.name = name;
				return this;
			}

			Builder summary(String summary) {
				this.summary = summary;
				return this;
			}

			ToolReference build() {
				return new ToolReference(this.name, null, this.summary);
			}

		}
	}

	record ToolSearchRequest(String sessionId, String query, @Nullable Integer maxResults,
			@Nullable String categoryFilter) {
	}

	record ToolSearchResponse(List<ToolReference> toolReferences) {

		static Builder builder() {
			return new Builder();
		}

		static final class Builder {

			private List<ToolReference> references = List.of();

			Builder toolReferences(List<ToolReference> references) {
				this.references = references;
				return this;
			}

			Builder totalMatches(int matches) {
				assertThat(matches).isEqualTo(this.references.size());
				return this;
			}

			ToolSearchResponse build() {
				return new ToolSearchResponse(this.references);
			}

		}
	}

	/** Stands for one of Spring AI's own indexes. */
	static final class WordIndex implements ToolIndex {

		private final Map<String, List<ToolReference>> tools = new LinkedHashMap<>();

		@Override
		public void indexTool(String sessionId, ToolReference toolReference) {
			this.tools.computeIfAbsent(sessionId, (id) -> new ArrayList<>()).add(toolReference);
		}

		@Override
		public ToolSearchResponse search(ToolSearchRequest request) {
			return new ToolSearchResponse(this.tools.getOrDefault(request.sessionId(), List.of())
				.stream()
				.filter((tool) -> tool.summary().contains(request.query()))
				.toList());
		}

		@Override
		public void clearIndex(String sessionId) {
			this.tools.remove(sessionId);
		}

	}

	// tag::index[]
	static class RemoteToolIndex implements ToolIndex {

		private final AgentSocketTools tools;

		private final ToolIndex others;

		RemoteToolIndex(AgentSocketTools tools, ToolIndex others) {
			this.tools = tools;
			this.others = others;
		}

		/** The server has an index of its own tools. */
		@Override
		public void indexTool(String sessionId, ToolReference tool) {
			if (!this.tools.has(tool.toolName())) {
				this.others.indexTool(sessionId, tool);
			}
		}

		@Override
		public ToolSearchResponse search(ToolSearchRequest request) {
			int max = (request.maxResults() != null) ? request.maxResults() : 10;
			List<ToolReference> found = new ArrayList<>();
			this.tools.search(request.query(), max)
				.forEach((tool) -> found
					.add(ToolReference.builder().toolName(tool.name()).summary(tool.description()).build()));
			found.addAll(this.others.search(request).toolReferences());
			List<ToolReference> best = found.subList(0, Math.min(max, found.size()));
			return ToolSearchResponse.builder().toolReferences(best).totalMatches(best.size()).build();
		}

		@Override
		public void clearIndex(String sessionId) {
			this.others.clearIndex(sessionId);
		}

	}
	// end::index[]

}
