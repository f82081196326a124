package io.agentsocket.autoconfigure.server;

import java.util.concurrent.Executor;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketServerCustomizer;
import io.agentsocket.autoconfigure.OnWebStack;
import io.agentsocket.autoconfigure.ServedPaths;
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

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the server of a web application, whatever web stack it has.
 */
@AutoConfiguration(after = { AgentSocketActionAutoConfiguration.class, AgentSocketEventAutoConfiguration.class,
		AgentSocketSessionAutoConfiguration.class })
@Conditional(OnWebStack.class)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.server.enabled" }, matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "agentsocket.function.enabled", havingValue = false, matchIfMissing = true)
public final class AgentSocketServerAutoConfiguration {

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
			.questionSender(questionSender)
			.invocationRates(ServerConfiguration.rates(properties.server().bounds()));
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

	@Bean("io.agentsocket.serverLifecycle")
	@ConditionalOnMissingBean
	ServerLifecycle agentSocketServerLifecycle(AgentSocketServer server, ActionCatalog catalog,
			AgentSocketProperties properties, ApplicationContext context) {
		return new ServerLifecycle(server, catalog, ServedPaths.of(context, properties.server().path()));
	}

	@Bean("io.agentsocket.startAdvice")
	StartAdvice agentSocketStartAdvice(AgentSocketProperties properties, Environment environment,
			ListableBeanFactory beans, ActionCatalog catalog) {
		return new StartAdvice(properties, environment, beans, catalog);
	}

	@Bean("io.agentsocket.serverLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketServerLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(ServerLifecycle.class, StartAdvice.class);
	}

}
