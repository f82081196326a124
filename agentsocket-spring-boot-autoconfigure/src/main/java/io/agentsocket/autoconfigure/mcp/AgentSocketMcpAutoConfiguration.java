package io.agentsocket.autoconfigure.mcp;

import java.util.Map;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import io.agentsocket.autoconfigure.McpProperties;
import io.agentsocket.autoconfigure.ServedPaths;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServletAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketWebFluxAutoConfiguration;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpSettings;
import io.agentsocket.observation.McpMeters;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.CallerPolicy;
import io.agentsocket.servlet.McpServlet;
import io.agentsocket.servlet.UpgradeContext;
import io.agentsocket.webflux.McpWebHandler;
import io.micrometer.core.instrument.binder.MeterBinder;
import jakarta.servlet.http.HttpServlet;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;

/**
 * Auto-configuration of the MCP endpoint, which is off unless
 * {@code agentsocket.mcp.enabled} says otherwise.
 */
@AutoConfiguration(after = { AgentSocketServerAutoConfiguration.class, AgentSocketServletAutoConfiguration.class,
		AgentSocketWebFluxAutoConfiguration.class })
@ConditionalOnBooleanProperty("agentsocket.mcp.enabled")
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
@ConditionalOnBean(AgentSocketServer.class)
public final class AgentSocketMcpAutoConfiguration {

	@Bean("io.agentsocket.mcpEndpoint")
	@ConditionalOnMissingBean
	McpEndpoint agentSocketMcpEndpoint(AgentSocketServer server, AgentSocketProperties properties,
			ObjectProvider<Codec> codecs, Environment environment) {
		Codec json = codecs.orderedStream()
			.filter((codec) -> codec.name().equals("json"))
			.findFirst()
			.orElseGet(JacksonCodec::json);
		AgentSocketProperties.Server endpoint = properties.server();
		return new McpEndpoint(server.directCalls(), json, settings(properties, environment),
				new CallerPolicy(endpoint.allowedOrigins(), endpoint.allowedOriginPatterns(), endpoint.allowedHosts()));
	}

	private static McpSettings settings(AgentSocketProperties properties, Environment environment) {
		McpProperties mcp = properties.mcp();
		String name = (mcp.name() != null) ? mcp.name()
				: environment.getProperty("spring.application.name", "agentsocket");
		return new McpSettings(name, mcp.version(), mcp.instructions(), (int) mcp.maxRequestSize().toBytes(),
				(int) mcp.maxResultSize().toBytes(), properties.server().limits().depth(), mcp.callTimeout(),
				mcp.parkedTimeout(), mcp.keepAlive(), mcp.maxParkedCalls(), mcp.maxSubscriptions());
	}

	@Bean("io.agentsocket.mcpLifecycle")
	McpLifecycle agentSocketMcpLifecycle(McpEndpoint endpoint, AgentSocketProperties properties,
			ApplicationContext context) {
		return new McpLifecycle(endpoint, ServedPaths.of(context, properties.mcp().path()));
	}

	@Bean("io.agentsocket.mcpLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketMcpLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(McpLifecycle.class);
	}

	/** The meters of the endpoint. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterBinder.class)
	static class MetersConfiguration {

		@Bean("io.agentsocket.mcpMeters")
		@ConditionalOnMissingBean
		McpMeters agentSocketMcpMeters(McpEndpoint endpoint) {
			return new McpMeters(endpoint);
		}

	}

	/** The endpoint in a WebFlux application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(DispatcherHandler.class)
	static class WebFluxConfiguration {

		/** Before the mappings of controllers, like the endpoint itself. */
		private static final int MAPPING_ORDER = -2;

		@Bean("io.agentsocket.mcpHandlerMapping")
		@ConditionalOnMissingBean(name = "io.agentsocket.mcpHandlerMapping")
		SimpleUrlHandlerMapping agentSocketMcpHandlerMapping(McpEndpoint endpoint, AgentSocketProperties properties) {
			return new EndpointHandlerMapping(Map.of(properties.mcp().path(), new McpWebHandler(endpoint)),
					MAPPING_ORDER);
		}

	}

	/** The endpoint in a servlet application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(HttpServlet.class)
	static class ServletConfiguration {

		@Bean("io.agentsocket.mcpServletRegistration")
		@ConditionalOnMissingBean(name = "io.agentsocket.mcpServletRegistration")
		ServletRegistrationBean<McpServlet> agentSocketMcpServletRegistration(McpEndpoint endpoint,
				AgentSocketProperties properties, ObjectProvider<UpgradeContext> context) {
			ServletRegistrationBean<McpServlet> registration = new ServletRegistrationBean<>(
					new McpServlet(endpoint, context.getIfAvailable(() -> UpgradeContext.NONE)),
					properties.mcp().path());
			registration.setName("agentSocketMcp");
			registration.setAsyncSupported(true);
			return registration;
		}

	}

}
