package io.agentsocket.autoconfigure.server;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Tells that a servlet application has no endpoint, and what to do about it.
 */
final class ServletNotice implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(ServletNotice.class);

	@Override
	public void afterSingletonsInstantiated() {
		logger.info("No Agent Socket endpoint in a servlet application: it needs a reactive one, "
				+ "with WebFlux on Reactor Netty. Serve agents from an application of its own. To turn this one into a "
				+ "reactive one (spring.main.web-application-type=reactive) replaces its whole web stack: Spring MVC, "
				+ "filters and servlets do not work there. Silence this with agentsocket.server.enabled=false");
	}

}
