package io.agentsocket.autoconfigure.console;

import java.util.Map;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import io.agentsocket.autoconfigure.ServedPaths;
import jakarta.servlet.http.HttpServlet;

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
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;

/**
 * Auto-configuration of the console of a web application, which is off unless
 * {@code agentsocket.console.enabled} says otherwise or the developer tools are there.
 */
@AutoConfiguration(after = AgentSocketAutoConfiguration.class,
		afterName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnWebApplication
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
@ConditionalOnBooleanProperty("agentsocket.console.enabled")
@ConditionalOnBooleanProperty(name = "agentsocket.function.enabled", havingValue = false, matchIfMissing = true)
public final class AgentSocketConsoleAutoConfiguration {

	@Bean("io.agentsocket.consoleNotice")
	ConsoleNotice agentSocketConsoleNotice(AgentSocketProperties properties, ApplicationContext context) {
		return new ConsoleNotice(ServedPaths.of(context, path(properties)), context);
	}

	@Bean("io.agentsocket.consoleLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketConsoleLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(ConsoleNotice.class);
	}

	private static String path(AgentSocketProperties properties) {
		return StringUtils.trimTrailingCharacter(properties.server().path(), '/') + "/console";
	}

	private static ConsoleFiles files() {
		return new ConsoleFiles(AgentSocketConsoleAutoConfiguration.class.getClassLoader());
	}

	/** The console in a WebFlux application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(DispatcherHandler.class)
	static class WebFluxConfiguration {

		/** Before the endpoint itself, which ends where this begins. */
		private static final int MAPPING_ORDER = -3;

		@Bean("io.agentsocket.consoleHandlerMapping")
		@ConditionalOnMissingBean(name = "io.agentsocket.consoleHandlerMapping")
		SimpleUrlHandlerMapping agentSocketConsoleHandlerMapping(AgentSocketProperties properties) {
			String path = path(properties);
			return new EndpointHandlerMapping(Map.of(path + "/**", new ConsoleWebHandler(files(), path)),
					MAPPING_ORDER);
		}

	}

	/** The console in a servlet application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(HttpServlet.class)
	static class ServletConfiguration {

		@Bean("io.agentsocket.consoleServletRegistration")
		@ConditionalOnMissingBean(name = "io.agentsocket.consoleServletRegistration")
		ServletRegistrationBean<ConsoleServlet> agentSocketConsoleServletRegistration(
				AgentSocketProperties properties) {
			ServletRegistrationBean<ConsoleServlet> registration = new ServletRegistrationBean<>(
					new ConsoleServlet(files()), path(properties) + "/*");
			registration.setName("agentSocketConsole");
			return registration;
		}

	}

}
