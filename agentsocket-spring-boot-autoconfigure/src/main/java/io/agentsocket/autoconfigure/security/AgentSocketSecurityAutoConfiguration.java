package io.agentsocket.autoconfigure.security;

import java.util.Map;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentToolsCustomizer;
import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import io.agentsocket.security.BearerTokens;
import io.agentsocket.security.SecurityArgumentResolver;
import io.agentsocket.security.SecurityErrorResolver;
import io.agentsocket.security.SecurityHelloAuthenticator;
import io.agentsocket.security.SecurityIdentities;
import io.agentsocket.security.SecurityToolGuard;
import io.agentsocket.security.ServletSecurityContext;
import io.agentsocket.security.TicketServlet;
import io.agentsocket.security.TicketWebHandler;
import io.agentsocket.security.Tickets;
import io.agentsocket.server.HelloAuthenticator;
import io.agentsocket.servlet.UpgradeContext;
import io.agentsocket.session.Identities;
import io.agentsocket.session.OneTimeValues;
import jakarta.servlet.http.HttpServlet;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.config.core.GrantedAuthorityDefaults;
import org.springframework.security.core.annotation.AnnotationTemplateExpressionDefaults;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;

/**
 * Auto-configuration of what Spring Security has to do with invocations.
 */
@AutoConfiguration(after = AgentSocketAutoConfiguration.class, afterName = {
		"org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerAutoConfiguration",
		"org.springframework.boot.security.oauth2.server.resource.autoconfigure.reactive.ReactiveOAuth2ResourceServerAutoConfiguration",
		"io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration" })
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
	Identities agentSocketSecurityIdentities(AgentSocketProperties properties) {
		return new SecurityIdentities(properties.security().closeExpired());
	}

	private static String ticketPath(AgentSocketProperties properties) {
		return StringUtils.trimTrailingCharacter(properties.server().path(), '/') + "/ticket";
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

	/**
	 * Tickets for agents that cannot send a credential with the upgrade.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication
	@ConditionalOnBooleanProperty("agentsocket.security.tickets.enabled")
	@ConditionalOnBean(OneTimeValues.class)
	static class TicketConfiguration {

		@Bean("io.agentsocket.tickets")
		Tickets agentSocketTickets(OneTimeValues values, AgentSocketProperties properties) {
			return new Tickets(values, properties.security().tickets().ttl());
		}

	}

	/** Tickets in a WebFlux application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(SimpleUrlHandlerMapping.class)
	@ConditionalOnBooleanProperty("agentsocket.security.tickets.enabled")
	@ConditionalOnBean(OneTimeValues.class)
	static class WebFluxTicketConfiguration {

		/** Before the endpoint itself, which ends where this begins. */
		private static final int MAPPING_ORDER = -3;

		@Bean("io.agentsocket.ticketHandlerMapping")
		SimpleUrlHandlerMapping agentSocketTicketHandlerMapping(Tickets tickets, Identities identities,
				AgentSocketProperties properties) {
			return new EndpointHandlerMapping(Map.of(ticketPath(properties), new TicketWebHandler(tickets, identities)),
					MAPPING_ORDER);
		}

	}

	/** The authentication of a request in a servlet application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(HttpServlet.class)
	static class ServletSecurityConfiguration {

		@Bean("io.agentsocket.upgradeContext")
		@ConditionalOnMissingBean
		UpgradeContext agentSocketUpgradeContext(ObjectProvider<SecurityContextHolderStrategy> holder) {
			SecurityContextHolderStrategy present = holder.getIfUnique();
			ServletSecurityContext context = (present != null) ? new ServletSecurityContext(present)
					: new ServletSecurityContext();
			return context::of;
		}

	}

	/** Tickets in a servlet application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(HttpServlet.class)
	@ConditionalOnBooleanProperty("agentsocket.security.tickets.enabled")
	@ConditionalOnBean(OneTimeValues.class)
	static class ServletTicketConfiguration {

		@Bean("io.agentsocket.ticketServletRegistration")
		ServletRegistrationBean<TicketServlet> agentSocketTicketServletRegistration(Tickets tickets,
				Identities identities, AgentSocketProperties properties) {
			ServletRegistrationBean<TicketServlet> registration = new ServletRegistrationBean<>(
					new TicketServlet(tickets, identities), ticketPath(properties));
			registration.setName("agentSocketTicket");
			return registration;
		}

	}

	/**
	 * Tokens in HELLO, with what the application has for its resource server, and
	 * tickets.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ReactiveAuthenticationManager.class)
	@ConditionalOnMissingBean(HelloAuthenticator.class)
	@Conditional(OnHelloTokens.class)
	static class HelloConfiguration {

		private static final boolean OAUTH2 = ClassUtils.isPresent(
				"org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken",
				HelloConfiguration.class.getClassLoader());

		@Bean("io.agentsocket.helloAuthenticator")
		HelloAuthenticator agentSocketHelloAuthenticator(BeanFactory beans, ObjectProvider<Tickets> tickets,
				AgentSocketProperties properties) {
			return new SecurityHelloAuthenticator(bearer(beans), tickets.getIfAvailable(),
					!properties.security().allowAnonymous());
		}

		private static @Nullable ReactiveAuthenticationManager bearer(BeanFactory beans) {
			return OAUTH2 ? BearerTokens.in(beans) : null;
		}

	}

}
