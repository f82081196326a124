package io.agentsocket.autoconfigure.function;

import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Lets a function listen where its platform expects it: an Azure custom handler at
 * {@code FUNCTIONS_CUSTOMHANDLER_PORT}, Cloud Run and Knative at {@code PORT}. The
 * application's own {@code server.port} counts more.
 */
final class FunctionPort implements EnvironmentPostProcessor {

	private static final String NAME = "agentSocketFunctionPort";

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (environment.getProperty("agentsocket.function.enabled", Boolean.class, false)) {
			environment.getPropertySources()
				.addLast(new MapPropertySource(NAME,
						Map.of("server.port", "${FUNCTIONS_CUSTOMHANDLER_PORT:${PORT:8080}}")));
		}
	}

}
