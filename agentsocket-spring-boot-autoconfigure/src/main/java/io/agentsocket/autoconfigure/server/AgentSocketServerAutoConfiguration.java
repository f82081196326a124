package io.agentsocket.autoconfigure.server;

import java.util.Map;
import java.util.concurrent.Executor;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketServerCustomizer;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.AgentSocketServerBuilder;
import io.agentsocket.server.HelloAuthenticator;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.session.Identities;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.webflux.AgentSocketWebHandler;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.web.reactive.DispatcherHandler;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;

/**
 * Auto-configuration of the endpoint in a WebFlux application.
 */
@AutoConfiguration(
		after = { AgentSocketActionAutoConfiguration.class, AgentSocketEventAutoConfiguration.class,
				AgentSocketSessionAutoConfiguration.class },
		afterName = "org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({ DispatcherHandler.class, WebSocketHandler.class })
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
public final class AgentSocketServerAutoConfiguration {

	/**
	 * Before the mappings of controllers and functions, like other WebSocket endpoints.
	 */
	private static final int MAPPING_ORDER = -2;

	@Bean("io.agentsocket.serverSettings")
	@ConditionalOnMissingBean
	ServerSettings agentSocketServerSettings(AgentSocketProperties properties) {
		return ServerConfiguration.settings(properties);
	}

	@Bean("io.agentsocket.server")
	@ConditionalOnMissingBean
	AgentSocketServer agentSocketServer(ServerSettings settings, AgentSocketProperties properties,
			ObjectProvider<Codec> codecs, ActionCatalog catalog, ActionRanking ranking, SessionStore store,
			SessionAttributes attributes, PodLink link, ObjectProvider<ErrorResolver> errorResolvers,
			ObjectProvider<HelloAuthenticator> authenticator, ObjectProvider<Identities> identities,
			QuestionSender questionSender, ObjectProvider<EventSinkFactory> events,
			ObjectProvider<ActionInterceptor> interceptors, ObjectProvider<AgentSessionListener> listeners,
			ObjectProvider<ActionVisibility> visibility,
			@Qualifier("applicationTaskExecutor") ObjectProvider<Executor> executor,
			ObjectProvider<AgentSocketServerCustomizer> customizers) {
		String version = AgentSocketServer.class.getPackage().getImplementationVersion();
		AgentSocketServerBuilder builder = AgentSocketServer.builder(catalog)
			.settings(settings)
			.codecs(ServerConfiguration.offered(properties.server().codecs(), codecs.orderedStream().toList()))
			.ranking(ranking)
			.store(store)
			.attributes(attributes)
			.link(link)
			.authenticator(authenticator.getIfAvailable())
			.software("agentsocket-spring-boot", (version != null) ? version : "")
			.questionSender(questionSender);
		identities.ifAvailable(builder::identities);
		events.ifAvailable(builder::events);
		errorResolvers.orderedStream().forEach(builder::errorResolver);
		interceptors.orderedStream().forEach(builder::interceptor);
		listeners.orderedStream().forEach(builder::sessionListener);
		visibility.orderedStream().forEach(builder::visibility);
		executor.ifAvailable(builder::sessionListenerExecutor);
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	@Bean("io.agentsocket.operations")
	@ConditionalOnMissingBean
	AgentSocketOperations agentSocketOperations(AgentSocketServer server) {
		return new AgentSocketOperations(server);
	}

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
		return new SimpleUrlHandlerMapping(Map.of(properties.server().path(), handler), MAPPING_ORDER);
	}

	@Bean("io.agentsocket.pathClashCheck")
	PathClashCheck agentSocketPathClashCheck(AgentSocketProperties properties, AgentSocketWebHandler handler,
			ObjectProvider<HandlerMapping> mappings) {
		return new PathClashCheck(properties.server().path(), handler, mappings);
	}

	@Bean("io.agentsocket.serverLifecycle")
	@ConditionalOnMissingBean
	ServerLifecycle agentSocketServerLifecycle(AgentSocketServer server, ActionCatalog catalog,
			AgentSocketProperties properties) {
		return new ServerLifecycle(server, catalog, properties.server().path());
	}

	@Bean("io.agentsocket.startAdvice")
	StartAdvice agentSocketStartAdvice(AgentSocketProperties properties, Environment environment,
			ListableBeanFactory beans) {
		return new StartAdvice(properties, environment, beans);
	}

	@Bean("io.agentsocket.serverLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketServerLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(ServerLifecycle.class, PathClashCheck.class,
				StartAdvice.class);
	}

}
