package io.agentsocket.mcp;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestWeb;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Results that are declared as an interface or an abstract class are structured content
 * in each revision that has it.
 */
class McpInterfaceResultTests extends McpFixture {

	@BeforeEach
	void start() {
		this.catalog.addAll(AgentTools.builder().build().actionsOf(new Tools()));
		start(TestWeb.NETTY, new McpSettings("test", "1.0", "", 100_000, 100_000, 32, Duration.ofMinutes(5),
				Duration.ofMinutes(5), Duration.ofMillis(100), 3, 2),
				new CallerPolicy(List.of(), List.of(), List.of()));
	}

	@Test
	void aProjectionIsStructured() {
		JsonNode result = this.client.old("tools/call", Map.of("name", "view", "arguments", Map.of())).result();
		assertThat(result.path("structuredContent").path("title").asString()).isEqualTo("Dune");
		JsonNode schema = outputSchema("view");
		assertThat(schema.path("type").asString()).isEqualTo("object");
		assertThat(schema.path("properties").has("pages")).isTrue();
	}

	@Test
	void anAbstractClassIsStructured() {
		JsonNode result = this.client.old("tools/call", Map.of("name", "shape", "arguments", Map.of())).result();
		assertThat(result.path("structuredContent").path("corners").asInt()).isEqualTo(3);
		assertThat(outputSchema("shape").path("type").asString()).isEqualTo("object");
	}

	private JsonNode outputSchema(String name) {
		JsonNode tools = this.client.old("tools/list", Map.of()).result().path("tools");
		return StreamSupport.stream(tools.spliterator(), false)
			.filter((tool) -> tool.path("name").asString().equals(name))
			.findFirst()
			.orElseThrow()
			.path("outputSchema");
	}

	/** As repositories of Spring Data return it. */
	interface View {

		String getTitle();

		int getPages();

	}

	abstract static class Shape {

		public abstract int getCorners();

	}

	static class Triangle extends Shape {

		@Override
		public int getCorners() {
			return 3;
		}

	}

	static class Tools {

		@AgentTool
		View view() {
			return new View() {

				@Override
				public String getTitle() {
					return "Dune";
				}

				@Override
				public int getPages() {
					return 412;
				}

			};
		}

		@AgentTool
		Mono<Shape> shape() {
			return Mono.just(new Triangle());
		}

	}

}
