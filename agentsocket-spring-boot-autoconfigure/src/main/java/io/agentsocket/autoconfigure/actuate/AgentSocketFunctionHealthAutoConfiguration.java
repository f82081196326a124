package io.agentsocket.autoconfigure.actuate;

import io.agentsocket.actuate.AgentSocketFunctionHealthIndicator;
import io.agentsocket.function.FunctionEndpoint;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the health of an application that is a function.
 */
@AutoConfiguration(afterName = "io.agentsocket.autoconfigure.function.AgentSocketFunctionAutoConfiguration")
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(FunctionEndpoint.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketFunctionHealthAutoConfiguration {

	@Bean
	@ConditionalOnEnabledHealthIndicator("agentsocketfunction")
	@ConditionalOnMissingBean(name = { "agentSocketFunctionHealthIndicator", "agentSocketFunctionHealthContributor" })
	AgentSocketFunctionHealthIndicator agentSocketFunctionHealthIndicator(FunctionEndpoint endpoint) {
		return new AgentSocketFunctionHealthIndicator(endpoint);
	}

}
