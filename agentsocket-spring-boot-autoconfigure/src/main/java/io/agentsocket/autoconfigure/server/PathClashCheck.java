package io.agentsocket.autoconfigure.server;

import io.agentsocket.webflux.AgentSocketWebHandler;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.AbstractUrlHandlerMapping;
import org.springframework.web.reactive.result.method.RequestMappingInfoHandlerMapping;

/**
 * Finds another handler of the endpoint's path, one of which would never be reached.
 */
final class PathClashCheck implements SmartInitializingSingleton {

	private final String path;

	private final AgentSocketWebHandler handler;

	private final ObjectProvider<HandlerMapping> mappings;

	PathClashCheck(String path, AgentSocketWebHandler handler, ObjectProvider<HandlerMapping> mappings) {
		this.path = path;
		this.handler = handler;
		this.mappings = mappings;
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.mappings.forEach((mapping) -> {
			if (mapping instanceof AbstractUrlHandlerMapping urls) {
				check(urls);
			}
			else if (mapping instanceof RequestMappingInfoHandlerMapping methods) {
				check(methods);
			}
		});
	}

	private void check(AbstractUrlHandlerMapping mapping) {
		mapping.getHandlerMap().forEach((pattern, other) -> {
			if (pattern.getPatternString().equals(this.path) && other != this.handler) {
				throw new PathClashException(this.path, other.toString());
			}
		});
	}

	private void check(RequestMappingInfoHandlerMapping mapping) {
		mapping.getHandlerMethods().forEach((info, method) -> {
			if (info.getDirectPaths().contains(this.path)) {
				throw new PathClashException(this.path, method.toString());
			}
		});
	}

}
