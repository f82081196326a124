package io.agentsocket.autoconfigure.security;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.security.SecurityErrorResolver;
import io.agentsocket.security.SecurityIdentities;
import io.agentsocket.session.Identities;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.security.access.AccessDeniedException;

/**
 * Auto-configuration of what Spring Security has to do with invocations.
 */
@AutoConfiguration(after = AgentSocketAutoConfiguration.class)
@ConditionalOnClass(AccessDeniedException.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketSecurityAutoConfiguration {

	@Bean("io.agentsocket.securityErrorResolver")
	@ConditionalOnMissingBean
	SecurityErrorResolver agentSocketSecurityErrorResolver() {
		return new SecurityErrorResolver();
	}

	@Bean("io.agentsocket.securityIdentities")
	@ConditionalOnMissingBean
	Identities agentSocketSecurityIdentities() {
		return new SecurityIdentities();
	}

}
