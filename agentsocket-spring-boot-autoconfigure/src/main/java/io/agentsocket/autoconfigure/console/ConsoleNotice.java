package io.agentsocket.autoconfigure.console;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.ClassUtils;

/**
 * Says at the start that there is a console, and warns when nobody is asked who calls.
 */
final class ConsoleNotice implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(ConsoleNotice.class);

	private static final String SECURITY_CHAIN = "org.springframework.security.web.server.SecurityWebFilterChain";

	private final String path;

	private final ListableBeanFactory beans;

	ConsoleNotice(String path, ListableBeanFactory beans) {
		this.path = path;
		this.beans = beans;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (isSecured()) {
			logger.info("Agent Socket console at " + this.path);
		}
		else {
			logger.warn("The Agent Socket console is served at " + this.path + ", and Spring Security is not present: "
					+ "whoever reaches the port can read it. Set agentsocket.console.enabled=false, or add Spring "
					+ "Security, before others can.");
		}
	}

	private boolean isSecured() {
		ClassLoader loader = getClass().getClassLoader();
		return ClassUtils.isPresent(SECURITY_CHAIN, loader) && this.beans
			.getBeanNamesForType(ClassUtils.resolveClassName(SECURITY_CHAIN, loader), true, false).length > 0;
	}

}
