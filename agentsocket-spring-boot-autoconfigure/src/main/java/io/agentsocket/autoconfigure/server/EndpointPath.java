package io.agentsocket.autoconfigure.server;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.autoconfigure.AgentSocketProperties;

/**
 * A path at which this library answers requests, so that nobody else can.
 *
 * @param endpoint name of the endpoint for people
 * @param property the property with the path
 * @param path the path
 */
record EndpointPath(String endpoint, String property, String path) {

	/** The paths of an application with some properties. */
	static List<EndpointPath> of(AgentSocketProperties properties) {
		List<EndpointPath> paths = new ArrayList<>();
		paths.add(new EndpointPath("Agent Socket", "agentsocket.server.path", properties.server().path()));
		if (properties.mcp().enabled()) {
			paths.add(new EndpointPath("MCP", "agentsocket.mcp.path", properties.mcp().path()));
		}
		return paths;
	}

}
