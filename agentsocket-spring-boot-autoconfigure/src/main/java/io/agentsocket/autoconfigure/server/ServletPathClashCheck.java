package io.agentsocket.autoconfigure.server;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;

/**
 * Finds a controller of Spring MVC at the endpoint's path: the servlet of the endpoint
 * gets all requests.
 */
final class ServletPathClashCheck implements SmartInitializingSingleton {

	private final String path;

	private final ObjectProvider<HandlerMapping> mappings;

	ServletPathClashCheck(String path, ObjectProvider<HandlerMapping> mappings) {
		this.path = path;
		this.mappings = mappings;
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.mappings.forEach((mapping) -> {
			if (mapping instanceof RequestMappingInfoHandlerMapping methods) {
				methods.getHandlerMethods().forEach((info, method) -> {
					if (info.getDirectPaths().contains(this.path)) {
						throw new PathClashException(this.path, method.toString());
					}
				});
			}
		});
	}

}
