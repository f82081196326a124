package io.agentsocket.mcp;

import io.agentsocket.Await;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.server.TestWeb;
import io.agentsocket.servlet.McpServlet;
import io.agentsocket.servlet.UpgradeContext;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.webflux.McpWebHandler;
import jakarta.validation.Validation;
import org.junit.jupiter.api.AfterEach;

/**
 * An MCP endpoint on a web server of its own, with tools of all kinds, and a client.
 */
abstract class McpFixture {

	final McpTools tools = new McpTools();

	final ActionCatalog catalog = new ActionCatalog();

	AgentSocketServer server;

	McpEndpoint endpoint;

	TestWeb.Running running;

	McpClient client;

	/** Starts all of it. */
	final void start(TestWeb web, McpSettings settings, CallerPolicy policy) {
		AgentTools agentTools = AgentTools.builder()
			.validator(Validation.buildDefaultValidatorFactory().getValidator())
			.build();
		this.catalog.addAll(agentTools.actionsOf(this.tools));
		this.server = AgentSocketServer.builder(this.catalog)
			.questionSender(new QuestionSender(agentTools.typeSchemas(), QuestionSender.TIMEOUT))
			.build();
		this.endpoint = new McpEndpoint(this.server.directCalls(), JacksonCodec.json(), settings, policy);
		this.running = serve(web, this.endpoint);
		this.client = new McpClient(this.running.port());
	}

	/** Serves an endpoint at every path. */
	static TestWeb.Running serve(TestWeb web, McpEndpoint endpoint) {
		return web.start(() -> new McpWebHandler(endpoint), () -> new McpServlet(endpoint, UpgradeContext.NONE),
				(http) -> http);
	}

	@AfterEach
	void stop() throws Exception {
		this.endpoint.close();
		this.running.stop().run();
		this.server.close();
		Await.until(() -> this.endpoint.load().calls() == 0 && this.endpoint.load().parked() == 0);
		Await.until(this.server.bounds()::isUnused);
	}

}
