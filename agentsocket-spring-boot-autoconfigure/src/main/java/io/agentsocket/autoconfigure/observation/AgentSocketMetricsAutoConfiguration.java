package io.agentsocket.autoconfigure.observation;

import java.util.Map;

import io.agentsocket.autoconfigure.AgentSocketServerCustomizer;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.connection.TrafficTotals;
import io.agentsocket.event.EventListeners;
import io.agentsocket.observation.ClientMeters;
import io.agentsocket.observation.EventMeters;
import io.agentsocket.observation.MeteredStore;
import io.agentsocket.observation.RelayMeters;
import io.agentsocket.observation.ServerMeters;
import io.agentsocket.observation.SessionMeters;
import io.agentsocket.observation.ToolMeters;
import io.agentsocket.relay.RelayListener;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.tool.AgentTools;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Auto-configuration of the meters of a server and of clients, when there is a registry
 * of meters.
 */
@AutoConfiguration(afterName = { "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
		"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
		"org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration",
		"io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration",
		"io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration",
		"io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration",
		"io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration" })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.observation.enabled" },
		matchIfMissing = true)
public final class AgentSocketMetricsAutoConfiguration {

	@Bean("io.agentsocket.sessionMeters")
	@ConditionalOnMissingBean
	SessionMeters agentSocketSessionMeters(MeterRegistry registry) {
		return new SessionMeters(registry);
	}

	@Bean("io.agentsocket.eventMeters")
	@ConditionalOnMissingBean
	@ConditionalOnBean(EventListeners.class)
	EventMeters agentSocketEventMeters(EventListeners listeners) {
		return new EventMeters(listeners);
	}

	/** The meters of clients. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(AgentSocketClient.class)
	static class Clients {

		/** Begins the name of this project's own client; the rest of it tells enough. */
		private static final String PREFIX = "io.agentsocket.";

		@Bean("io.agentsocket.clientMeters")
		MeterBinder agentSocketClientMeters(Map<String, AgentSocketClient> clients) {
			return (registry) -> clients.forEach(
					(name, client) -> new ClientMeters(name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name,
							client)
						.bindTo(registry));
		}

	}

	@Bean("io.agentsocket.toolMeters")
	@ConditionalOnMissingBean
	@ConditionalOnBean(AgentTools.class)
	ToolMeters agentSocketToolMeters(AgentTools tools) {
		return new ToolMeters(tools);
	}

	/** The meters of functions. */
	@Bean("io.agentsocket.relayMeters")
	@ConditionalOnMissingBean(RelayListener.class)
	RelayMeters agentSocketRelayMeters(MeterRegistry registry) {
		return new RelayMeters(registry);
	}

	/** The meters of a server. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(AgentSocketServer.class)
	static class Server {

		@Bean("io.agentsocket.trafficTotals")
		TrafficTotals agentSocketTrafficTotals() {
			return new TrafficTotals();
		}

		/** Behind those of the application, which may set another store. */
		@Bean("io.agentsocket.meteredServer")
		@Order(Ordered.LOWEST_PRECEDENCE)
		AgentSocketServerCustomizer agentSocketMeteredServer(TrafficTotals totals, MeterRegistry registry) {
			return (builder) -> builder.totals(totals).decorateStore((store) -> new MeteredStore(store, registry));
		}

		@Bean("io.agentsocket.serverMeters")
		@ConditionalOnMissingBean
		ServerMeters agentSocketServerMeters(AgentSocketServer server, TrafficTotals totals) {
			return new ServerMeters(server, totals);
		}

	}

}
