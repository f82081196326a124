package io.agentsocket.autoconfigure.observation;

import io.agentsocket.action.ErrorResolver;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.observation.ActionObservationConvention;
import io.agentsocket.observation.InvocationObservationConvention;
import io.agentsocket.observation.ObservationInterceptor;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the observation of invocations, when there is a registry of
 * observations.
 */
@AutoConfiguration(
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
		beforeName = { "io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration",
				"io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration" })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean(ObservationRegistry.class)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.observation.enabled" },
		matchIfMissing = true)
public final class AgentSocketObservationAutoConfiguration {

	@Bean("io.agentsocket.observationInterceptor")
	@ConditionalOnMissingBean
	ObservationInterceptor agentSocketObservationInterceptor(ObservationRegistry registry,
			ObjectProvider<ActionObservationConvention> actionConvention,
			ObjectProvider<InvocationObservationConvention> invocationConvention,
			ObjectProvider<ErrorResolver> resolvers, AgentSocketProperties properties) {
		return new ObservationInterceptor(registry, actionConvention.getIfAvailable(),
				invocationConvention.getIfAvailable(), resolvers.orderedStream().toList(),
				properties.observation().maxActionNames());
	}

}
