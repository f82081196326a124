package io.agentsocket.autoconfigure.security;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentToolsCustomizer;
import io.agentsocket.security.SecurityArgumentResolver;
import io.agentsocket.security.SecurityErrorResolver;
import io.agentsocket.security.SecurityIdentities;
import io.agentsocket.security.SecurityToolGuard;
import io.agentsocket.session.Identities;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.config.core.GrantedAuthorityDefaults;
import org.springframework.security.core.annotation.AnnotationTemplateExpressionDefaults;

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

	/**
	 * The caller, for tools, their threads and method security.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(GrantedAuthorityDefaults.class)
	static class ToolsConfiguration {

		@Bean("io.agentsocket.securityArgumentResolver")
		@ConditionalOnMissingBean
		SecurityArgumentResolver agentSocketSecurityArgumentResolver(BeanFactory beans,
				ObjectProvider<AnnotationTemplateExpressionDefaults> templates) {
			return new SecurityArgumentResolver(beans, templates.getIfAvailable());
		}

		@Bean("io.agentsocket.toolsSecurityCustomizer")
		@Order(Ordered.HIGHEST_PRECEDENCE)
		AgentToolsCustomizer agentToolsSecurityCustomizer(ApplicationContext context,
				AgentSocketProperties properties) {
			return (builder) -> builder.guard(new SecurityToolGuard(context, properties.security().hideDenied()));
		}

	}

}
