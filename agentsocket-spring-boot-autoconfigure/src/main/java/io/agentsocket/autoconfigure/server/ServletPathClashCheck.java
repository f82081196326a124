package io.agentsocket.autoconfigure.server;

import java.util.List;

import io.agentsocket.servlet.AgentSocketServlet;
import io.agentsocket.servlet.McpServlet;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;

/**
 * Finds a controller of Spring MVC, or another servlet, at an endpoint's path: the
 * servlet of the endpoint gets all requests.
 */
final class ServletPathClashCheck implements SmartInitializingSingleton {

	private final List<EndpointPath> paths;

	private final ObjectProvider<HandlerMapping> mappings;

	private final ObjectProvider<ServletRegistrationBean<?>> servlets;

	ServletPathClashCheck(List<EndpointPath> paths, ObjectProvider<HandlerMapping> mappings,
			ObjectProvider<ServletRegistrationBean<?>> servlets) {
		this.paths = paths;
		this.mappings = mappings;
		this.servlets = servlets;
	}

	@Override
	public void afterSingletonsInstantiated() {
		for (EndpointPath path : this.paths) {
			this.mappings.forEach((mapping) -> {
				if (mapping instanceof RequestMappingInfoHandlerMapping methods) {
					methods.getHandlerMethods().forEach((info, method) -> {
						if (info.getDirectPaths().contains(path.path())) {
							throw new PathClashException(path, method.toString());
						}
					});
				}
			});
			this.servlets.forEach((registration) -> {
				boolean own = registration.getServlet() instanceof AgentSocketServlet
						|| registration.getServlet() instanceof McpServlet;
				if (!own && registration.getUrlMappings().contains(path.path())) {
					throw new PathClashException(path, "the servlet " + registration.getServletName());
				}
			});
		}
	}

}
