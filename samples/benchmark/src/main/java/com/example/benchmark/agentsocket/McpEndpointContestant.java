package com.example.benchmark.agentsocket;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import com.example.benchmark.mcp.McpContestant;

/**
 * The bean of {@link AgentSocketContestant} behind the MCP endpoint of the same starter,
 * called by the client that calls Spring AI's server.
 *
 * @param direct whether the tool is declared to be quick enough for the event loop
 */
public record McpEndpointContestant(boolean direct) implements Contestant {

	@Override
	public Server serve() {
		return new AgentSocketContestant("json", this.direct, "agentsocket.session.store=memory",
				"agentsocket.mcp.enabled=true")
			.serve();
	}

	@Override
	public Connection connect(int port) {
		return new McpContestant(true, false).connect(port);
	}

}
