package io.agentsocket.autoconfigure.server;

import io.agentsocket.servlet.Container;
import jakarta.servlet.ServletContext;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.ApplicationContext;
import org.springframework.web.context.WebApplicationContext;

/**
 * Refuses servlet containers on which the endpoint would not work. Containers of tests
 * that serve nobody are let through.
 */
final class ContainerCheck implements SmartInitializingSingleton {

	private static final String MOCK = "org.springframework.mock.";

	private final ApplicationContext context;

	ContainerCheck(ApplicationContext context) {
		this.context = context;
	}

	@Override
	public void afterSingletonsInstantiated() {
		ServletContext present = (this.context instanceof WebApplicationContext web) ? web.getServletContext() : null;
		if (present != null && !present.getClass().getName().startsWith(MOCK) && Container.of(present) == null) {
			throw new UnsupportedContainerException(String.valueOf(present.getServerInfo()));
		}
	}

}
