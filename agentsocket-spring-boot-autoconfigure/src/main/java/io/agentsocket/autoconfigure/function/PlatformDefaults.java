package io.agentsocket.autoconfigure.function;

import java.util.HashMap;
import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Defaults of a function that follow from its platform; the application's own properties
 * count more. It listens where the platform expects it: an Azure custom handler at
 * {@code FUNCTIONS_CUSTOMHANDLER_PORT}, Cloud Run and Knative at {@code PORT}. A function
 * that takes its requests from AWS Lambda does not listen at all.
 */
final class PlatformDefaults implements EnvironmentPostProcessor {

	private static final String NAME = "agentSocketPlatformDefaults";

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (environment.getProperty("agentsocket.function.enabled", Boolean.class, false)) {
			Map<String, Object> defaults = new HashMap<>();
			defaults.put("server.port", "${FUNCTIONS_CUSTOMHANDLER_PORT:${PORT:8080}}");
			if (environment.getProperty("agentsocket.function.lambda", Boolean.class, false)) {
				defaults.put("spring.main.web-application-type", "none");
			}
			environment.getPropertySources().addLast(new MapPropertySource(NAME, defaults));
		}
	}

}
