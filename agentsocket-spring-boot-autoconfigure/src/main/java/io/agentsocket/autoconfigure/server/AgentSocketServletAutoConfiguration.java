package io.agentsocket.autoconfigure.server;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for servlet applications, where there is no endpoint: says so.
 */
@AutoConfiguration(after = AgentSocketAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
public final class AgentSocketServletAutoConfiguration {

	@Bean("io.agentsocket.servletNotice")
	ServletNotice agentSocketServletNotice() {
		return new ServletNotice();
	}

}
