package io.agentsocket.autoconfigure.actuate;

import java.util.Map;

import io.agentsocket.actuate.AgentSocketClientHealthIndicator;
import io.agentsocket.client.AgentSocketClient;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the health of clients.
 */
@AutoConfiguration(afterName = "io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration")
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(AgentSocketClient.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketClientHealthAutoConfiguration {

	@Bean
	@ConditionalOnEnabledHealthIndicator("agentsocketclient")
	@ConditionalOnMissingBean(name = { "agentSocketClientHealthIndicator", "agentSocketClientHealthContributor" })
	HealthContributor agentSocketClientHealthContributor(Map<String, AgentSocketClient> clients) {
		return (clients.size() == 1) ? new AgentSocketClientHealthIndicator(clients.values().iterator().next())
				: CompositeHealthContributor.fromMap(clients, AgentSocketClientHealthIndicator::new);
	}

}
