package io.agentsocket.autoconfigure.server;

import java.util.List;

import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import io.agentsocket.webflux.AgentSocketWebHandler;
import io.agentsocket.webflux.McpWebHandler;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.AbstractUrlHandlerMapping;
import org.springframework.web.reactive.result.method.RequestMappingInfoHandlerMapping;

/**
 * Finds another handler of an endpoint's path, one of which would never be reached.
 */
final class PathClashCheck implements SmartInitializingSingleton {

	private final List<EndpointPath> paths;

	private final ObjectProvider<HandlerMapping> mappings;

	PathClashCheck(List<EndpointPath> paths, ObjectProvider<HandlerMapping> mappings) {
		this.paths = paths;
		this.mappings = mappings;
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.mappings.forEach((mapping) -> {
			for (EndpointPath path : this.paths) {
				if (mapping instanceof AbstractUrlHandlerMapping urls && !(mapping instanceof EndpointHandlerMapping)) {
					check(path, urls);
				}
				else if (mapping instanceof RequestMappingInfoHandlerMapping methods) {
					check(path, methods);
				}
			}
		});
	}

	private static void check(EndpointPath path, AbstractUrlHandlerMapping mapping) {
		mapping.getHandlerMap().forEach((pattern, other) -> {
			boolean own = other instanceof AgentSocketWebHandler || other instanceof McpWebHandler;
			if (pattern.getPatternString().equals(path.path()) && !own) {
				throw new PathClashException(path, other.toString());
			}
		});
	}

	private static void check(EndpointPath path, RequestMappingInfoHandlerMapping mapping) {
		mapping.getHandlerMethods().forEach((info, method) -> {
			if (info.getDirectPaths().contains(path.path())) {
				throw new PathClashException(path, method.toString());
			}
		});
	}

}
