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

	/** Before the paths of controllers. */
	private final String prefix;

	private final ObjectProvider<HandlerMapping> mappings;

	private final ObjectProvider<ServletRegistrationBean<?>> servlets;

	/**
	 * Create a check.
	 * @param servletPath path of the servlet of Spring MVC
	 */
	ServletPathClashCheck(List<EndpointPath> paths, String servletPath, ObjectProvider<HandlerMapping> mappings,
			ObjectProvider<ServletRegistrationBean<?>> servlets) {
		this.paths = paths;
		this.prefix = servletPath.endsWith("/") ? servletPath.substring(0, servletPath.length() - 1) : servletPath;
		this.mappings = mappings;
		this.servlets = servlets;
	}

	@Override
	public void afterSingletonsInstantiated() {
		for (EndpointPath path : this.paths) {
			this.mappings.forEach((mapping) -> {
				if (mapping instanceof RequestMappingInfoHandlerMapping methods) {
					methods.getHandlerMethods().forEach((info, method) -> {
						if (info.getDirectPaths().stream().map(this.prefix::concat).anyMatch(path.path()::equals)) {
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
