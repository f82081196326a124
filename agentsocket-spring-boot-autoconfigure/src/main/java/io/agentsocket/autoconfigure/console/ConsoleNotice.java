package io.agentsocket.autoconfigure.console;

import io.agentsocket.autoconfigure.SecurityChains;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Says at the start that there is a console, and warns when nobody is asked who calls.
 */
final class ConsoleNotice implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(ConsoleNotice.class);

	private final String path;

	private final ListableBeanFactory beans;

	ConsoleNotice(String path, ListableBeanFactory beans) {
		this.path = path;
		this.beans = beans;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (SecurityChains.isPresent(this.beans)) {
			logger.info("Agent Socket console at " + this.path);
		}
		else {
			logger.warn("The Agent Socket console is served at " + this.path + ", and Spring Security is not present: "
					+ "whoever reaches the port can read it. Set agentsocket.console.enabled=false, or add Spring "
					+ "Security, before others can.");
		}
	}

}
