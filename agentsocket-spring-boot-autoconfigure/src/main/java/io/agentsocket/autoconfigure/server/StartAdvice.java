package io.agentsocket.autoconfigure.server;

import java.net.InetAddress;
import java.time.Duration;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.SecurityChains;
import io.agentsocket.server.HelloAuthenticator;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Names at the start the settings that are allowed and probably not meant, each with its
 * mend.
 */
final class StartAdvice implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(StartAdvice.class);

	private static final String PHASE = "spring.lifecycle.timeout-per-shutdown-phase";

	/** The default of Spring Boot. */
	private static final Duration PHASE_DEFAULT = Duration.ofSeconds(30);

	private final AgentSocketProperties properties;

	private final Environment environment;

	private final ListableBeanFactory beans;

	StartAdvice(AgentSocketProperties properties, Environment environment, ListableBeanFactory beans) {
		this.properties = properties;
		this.environment = environment;
		this.beans = beans;
	}

	@Override
	public void afterSingletonsInstantiated() {
		Duration drain = this.properties.server().drainTimeout();
		Duration phase = Binder.get(this.environment).bind(PHASE, Duration.class).orElse(PHASE_DEFAULT);
		if (drain.compareTo(phase) >= 0) {
			logger.warn("agentsocket.server.drain-timeout (" + drain.toMillis() + "ms) is not shorter than " + PHASE
					+ " (" + phase.toMillis() + "ms): Spring stops to wait before invocations have had their time. "
					+ "Make the one shorter or the other longer.");
		}
		if (isAuthenticated()) {
			return;
		}
		if (isLoopback()) {
			logger.info(
					"Agents are not authenticated: every program on this machine that reaches the port can invoke all "
							+ "actions, anonymously. Web pages of other origins and foreign host names are refused.");
		}
		else {
			logger.warn("Agents need no authentication, and the server does not listen on loopback only: whoever "
					+ "reaches its port can invoke all actions. Add Spring Security or a bean of type "
					+ "HelloAuthenticator, or set server.address=127.0.0.1.");
		}
	}

	private boolean isLoopback() {
		return Binder.get(this.environment)
			.bind("server.address", InetAddress.class)
			.map(InetAddress::isLoopbackAddress)
			.orElse(false);
	}

	private boolean isAuthenticated() {
		if (this.beans.getBeanNamesForType(HelloAuthenticator.class, true, false).length > 0) {
			return true;
		}
		return SecurityChains.isPresent(this.beans);
	}

}
