package io.agentsocket.autoconfigure.server;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.autoconfigure.AgentSocketProperties;

import org.springframework.util.StringUtils;

/**
 * A path at which this library answers requests, so that nobody else can.
 *
 * @param endpoint name of the endpoint for people
 * @param property the property with the path
 * @param path the path
 */
record EndpointPath(String endpoint, String property, String path) {

	private static final String SERVER_PATH = "agentsocket.server.path";

	/** The paths of an application with some properties. */
	static List<EndpointPath> of(AgentSocketProperties properties) {
		List<EndpointPath> paths = new ArrayList<>();
		String path = properties.server().path();
		paths.add(new EndpointPath("Agent Socket", SERVER_PATH, path));
		String below = StringUtils.trimTrailingCharacter(path, '/');
		if (properties.console().enabled()) {
			paths.add(new EndpointPath("console", SERVER_PATH, below + "/console"));
		}
		if (properties.security().tickets().enabled()) {
			paths.add(new EndpointPath("ticket", SERVER_PATH, below + "/ticket"));
		}
		if (properties.mcp().enabled()) {
			paths.add(new EndpointPath("MCP", "agentsocket.mcp.path", properties.mcp().path()));
		}
		return paths;
	}

}
