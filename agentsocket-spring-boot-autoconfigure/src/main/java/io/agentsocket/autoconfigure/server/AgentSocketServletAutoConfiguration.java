package io.agentsocket.autoconfigure.server;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Server;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.UpgradePolicy;
import io.agentsocket.servlet.AgentSocketServlet;
import io.agentsocket.servlet.UpgradeContext;
import jakarta.servlet.http.HttpServlet;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;

/**
 * Auto-configuration of the endpoint in a servlet application, on Tomcat or Jetty.
 */
@AutoConfiguration(after = AgentSocketServerAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(HttpServlet.class)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "agentsocket.function.enabled", havingValue = false, matchIfMissing = true)
public final class AgentSocketServletAutoConfiguration {

	@Bean("io.agentsocket.servletRegistration")
	@ConditionalOnMissingBean(name = "io.agentsocket.servletRegistration")
	ServletRegistrationBean<AgentSocketServlet> agentSocketServletRegistration(AgentSocketServer server,
			AgentSocketProperties properties, ObjectProvider<UpgradeContext> context) {
		Server endpoint = properties.server();
		UpgradePolicy policy = new UpgradePolicy(server, endpoint.allowedOrigins(), endpoint.allowedOriginPatterns(),
				endpoint.allowedHosts());
		AgentSocketServlet servlet = new AgentSocketServlet(server, policy,
				context.getIfAvailable(() -> UpgradeContext.NONE));
		// For a servlet the empty path is the root, and a slash is everything.
		String path = endpoint.path().equals("/") ? "" : endpoint.path();
		ServletRegistrationBean<AgentSocketServlet> registration = new ServletRegistrationBean<>(servlet, path);
		registration.setName("agentSocket");
		return registration;
	}

	@Bean("io.agentsocket.containerCheck")
	ContainerCheck agentSocketContainerCheck(ApplicationContext context) {
		return new ContainerCheck(context);
	}

	@Bean("io.agentsocket.servletLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketServletLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(ContainerCheck.class, ServletPathClashCheck.class);
	}

	/** Spring MVC, whose controllers would not be reached at the path. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RequestMappingInfoHandlerMapping.class)
	static class SpringMvcConfiguration {

		@Bean("io.agentsocket.servletPathClashCheck")
		ServletPathClashCheck agentSocketServletPathClashCheck(AgentSocketProperties properties,
				Environment environment, ObjectProvider<HandlerMapping> mappings,
				ObjectProvider<ServletRegistrationBean<?>> servlets) {
			String servletPath = environment.getProperty("spring.mvc.servlet.path", "/");
			return new ServletPathClashCheck(EndpointPath.of(properties), servletPath, mappings, servlets);
		}

	}

}
