package com.example.benchmark.agentsocket;

import java.time.Duration;
import java.util.List;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import com.example.benchmark.TomcatServer;
import com.example.benchmark.mcp.McpContestant;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpSettings;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.servlet.McpServlet;
import io.agentsocket.servlet.UpgradeContext;

import org.springframework.util.unit.DataSize;

/**
 * The bean of {@link AgentSocketContestant} behind the MCP endpoint of the same starter,
 * called by the client that calls Spring AI's server.
 *
 * @param direct whether the tool is declared to be quick enough for the event loop
 * @param tomcat whether it is in Tomcat, or in WebFlux on Reactor Netty
 */
public record McpEndpointContestant(boolean direct, boolean tomcat) implements Contestant {

	@Override
	public Server serve() {
		if (this.tomcat) {
			return TomcatServer.start("/mcp", new McpServlet(endpoint(), UpgradeContext.NONE));
		}
		return new AgentSocketContestant("json", this.direct, "agentsocket.session.store=memory",
				"agentsocket.mcp.enabled=true")
			.serve();
	}

	/** The endpoint with the defaults of its properties. */
	private McpEndpoint endpoint() {
		DataSize most = DataSize.ofMegabytes(1);
		McpSettings settings = new McpSettings("benchmark", "", null, (int) most.toBytes(), (int) most.toBytes(),
				Limits.SERVER.depth(), Duration.ofMinutes(5), Duration.ofMinutes(5), Duration.ofSeconds(5), 1000, 1000);
		return new McpEndpoint(ServletContestant.server(this.direct).directCalls(), JacksonCodec.json(), settings,
				new CallerPolicy(List.of(), List.of(), List.of()));
	}

	@Override
	public Connection connect(int port) {
		return new McpContestant(true, false).connect(port);
	}

}
