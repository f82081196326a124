package io.agentsocket.autoconfigure.server;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentToolsCustomizer;
import io.agentsocket.autoconfigure.FunctionProperties;
import io.agentsocket.autoconfigure.SecurityChains;
import io.agentsocket.server.HelloAuthenticator;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Names at the start the settings that are allowed and probably not meant, each with its
 * mend.
 */
final class StartAdvice implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(StartAdvice.class);

	private static final String RATES = "agentsocket.server.bounds.tool-invocations-per-second";

	/** Names of the beans of this starter begin so. */
	private static final String OURS = "io.agentsocket.";

	private static final String PHASE = "spring.lifecycle.timeout-per-shutdown-phase";

	/** The default of Spring Boot. */
	private static final Duration PHASE_DEFAULT = Duration.ofSeconds(30);

	private final AgentSocketProperties properties;

	private final Environment environment;

	private final ListableBeanFactory beans;

	private final ActionCatalog catalog;

	StartAdvice(AgentSocketProperties properties, Environment environment, ListableBeanFactory beans,
			ActionCatalog catalog) {
		this.properties = properties;
		this.environment = environment;
		this.beans = beans;
		this.catalog = catalog;
	}

	@Override
	public void afterSingletonsInstantiated() {
		adviseTime();
		adviseThreads();
		adviseRates();
		adviseAuthentication();
	}

	private void adviseTime() {
		Duration drain = this.properties.server().drainTimeout();
		Duration phase = Binder.get(this.environment).bind(PHASE, Duration.class).orElse(PHASE_DEFAULT);
		if (drain.compareTo(phase) >= 0) {
			logger.warn("agentsocket.server.drain-timeout (" + drain.toMillis() + "ms) is not shorter than " + PHASE
					+ " (" + phase.toMillis() + "ms): Spring stops to wait before invocations have had their time. "
					+ "Make the one shorter or the other longer.");
		}
	}

	/** With an executor of the application Spring Boot has none of its own. */
	private void adviseThreads() {
		String[] executors = this.beans.getBeanNamesForType(Executor.class, true, false);
		boolean chosen = this.beans.containsBean(TaskExecutionAutoConfiguration.APPLICATION_TASK_EXECUTOR_BEAN_NAME)
				|| !Arrays.stream(this.beans.getBeanNamesForType(AgentToolsCustomizer.class, true, false))
					.allMatch((name) -> name.startsWith(OURS));
		if (executors.length > 0 && !chosen && this.beans.containsBean(OURS + "tools")) {
			logger
				.info("Blocking tools run on threads of Reactor (boundedElastic): there is no applicationTaskExecutor "
						+ "beside the bean " + String.join(", ", executors)
						+ ". Set spring.task.execution.mode=force to have both, or an executor for tools by an "
						+ "AgentToolsCustomizer.");
		}
	}

	/** A rate by a name that no action has holds for nothing. */
	private void adviseRates() {
		boolean more = this.properties.functions().values().stream().anyMatch(FunctionProperties::describe);
		Set<String> names = new TreeSet<>(this.properties.server().bounds().toolInvocationsPerSecond().keySet());
		this.catalog.actions().forEach((action) -> names.remove(action.name()));
		if (!names.isEmpty() && !more) {
			logger.warn(RATES + " names what is no action so far: " + String.join(", ", names)
					+ ". A name with other characters than letters, digits, '-', '_' and '.' stands in brackets, such as "
					+ RATES + ".[shop/find]=5.");
		}
	}

	private void adviseAuthentication() {
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
