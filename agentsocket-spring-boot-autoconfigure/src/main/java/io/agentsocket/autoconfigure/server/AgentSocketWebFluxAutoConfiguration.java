package io.agentsocket.autoconfigure.server;

import java.util.Map;

import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.webflux.AgentSocketWebHandler;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;

/**
 * Auto-configuration of the endpoint in a WebFlux application.
 */
@AutoConfiguration(after = AgentSocketServerAutoConfiguration.class,
		afterName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({ DispatcherHandler.class, WebSocketHandler.class })
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "agentsocket.function.enabled", havingValue = false, matchIfMissing = true)
public final class AgentSocketWebFluxAutoConfiguration {

	/**
	 * Before the mappings of controllers and functions, like other WebSocket endpoints.
	 */
	private static final int MAPPING_ORDER = -2;

	@Bean("io.agentsocket.webHandler")
	@ConditionalOnMissingBean
	AgentSocketWebHandler agentSocketWebHandler(AgentSocketServer server, AgentSocketProperties properties) {
		return new AgentSocketWebHandler(server, new Upgrades(server.settings().limits()),
				properties.server().allowedOrigins(), properties.server().allowedOriginPatterns(),
				properties.server().allowedHosts());
	}

	@Bean("io.agentsocket.handlerMapping")
	@ConditionalOnMissingBean(name = "io.agentsocket.handlerMapping")
	SimpleUrlHandlerMapping agentSocketHandlerMapping(AgentSocketWebHandler handler, AgentSocketProperties properties) {
		return new EndpointHandlerMapping(Map.of(properties.server().path(), handler), MAPPING_ORDER);
	}

	@Bean("io.agentsocket.pathClashCheck")
	PathClashCheck agentSocketPathClashCheck(AgentSocketProperties properties,
			ObjectProvider<HandlerMapping> mappings) {
		return new PathClashCheck(EndpointPath.of(properties), mappings);
	}

	@Bean("io.agentsocket.webFluxLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketWebFluxLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(PathClashCheck.class);
	}

}
