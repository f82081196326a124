package io.agentsocket.autoconfigure.actuate;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.actuate.AgentSocketEndpoint;
import io.agentsocket.actuate.AgentSocketHealthIndicator;
import io.agentsocket.actuate.AgentSocketInfoContributor;
import io.agentsocket.relay.FunctionReports;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.execution.ThreadUse;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.autoconfigure.info.InfoContributorFallback;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.ReactiveHealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of the endpoint {@code agentsocket}, of health and of info.
 */
@AutoConfiguration(afterName = "io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration")
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBean(AgentSocketServer.class)
public final class AgentSocketActuatorAutoConfiguration {

	@Bean("io.agentsocket.endpoint")
	@ConditionalOnAvailableEndpoint(AgentSocketEndpoint.class)
	@ConditionalOnMissingBean
	AgentSocketEndpoint agentSocketEndpoint(AgentSocketServer server, ActionCatalog catalog,
			ObjectProvider<FunctionReports> functions, ObjectProvider<AgentTools> tools) {
		return new AgentSocketEndpoint(server, catalog,
				() -> functions.stream().flatMap((each) -> each.reports().stream()).toList(), () -> {
					AgentTools present = tools.getIfUnique();
					return (present != null) ? present.threadUse() : ThreadUse.NONE;
				});
	}

	@Bean("io.agentsocket.infoContributor")
	@ConditionalOnEnabledInfoContributor(value = "agentsocket", fallback = InfoContributorFallback.DISABLE)
	@ConditionalOnMissingBean
	AgentSocketInfoContributor agentSocketInfoContributor(AgentSocketServer server, ActionCatalog catalog) {
		return new AgentSocketInfoContributor(server, catalog);
	}

	/** Health is a module of its own. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ ReactiveHealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
	static class HealthConfiguration {

		@Bean
		@ConditionalOnEnabledHealthIndicator("agentsocket")
		@ConditionalOnMissingBean(name = { "agentSocketHealthIndicator", "agentSocketHealthContributor" })
		AgentSocketHealthIndicator agentSocketHealthContributor(AgentSocketServer server) {
			return new AgentSocketHealthIndicator(server);
		}

	}

}
