package io.agentsocket.autoconfigure.relay;

import java.util.Map;
import java.util.function.UnaryOperator;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Callback;
import io.agentsocket.autoconfigure.EndpointHandlerMapping;
import io.agentsocket.autoconfigure.FunctionProperties;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.relay.CallGuard;
import io.agentsocket.relay.FunctionRelays;
import io.agentsocket.relay.FunctionSettings;
import io.agentsocket.relay.PrincipalClaims;
import io.agentsocket.relay.RelayListener;
import io.agentsocket.relay.RequestObserver;
import io.agentsocket.relay.answer.RelayCodecs;
import io.agentsocket.relay.push.CallbackTokens;
import io.agentsocket.relay.transport.AddressRules;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.SessionStore;
import jakarta.servlet.http.HttpServlet;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.ServletHttpHandlerAdapter;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

/**
 * Auto-configuration of the relay, when there is a function.
 */
@AutoConfiguration(after = { AgentSocketActionAutoConfiguration.class, AgentSocketServerAutoConfiguration.class,
		AgentSocketToolAutoConfiguration.class })
@ConditionalOnClass(HttpClient.class)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.relay.enabled" }, matchIfMissing = true)
@Conditional(OnFunctions.class)
public final class AgentSocketRelayAutoConfiguration {

	@Bean("io.agentsocket.ownPorts")
	OwnPorts agentSocketOwnPorts() {
		return new OwnPorts();
	}

	@Bean(name = "io.agentsocket.functionRelays", destroyMethod = "close")
	@ConditionalOnMissingBean
	FunctionRelays agentSocketFunctionRelays(AgentSocketProperties properties, ActionCatalog catalog,
			ObjectProvider<Codec> codecs, OwnPorts ownPorts, ObjectProvider<RelayListener> listener,
			ObjectProvider<RequestObserver> observer, ObjectProvider<PrincipalClaims> claims,
			ObjectProvider<SslBundles> bundles, ObjectProvider<AgentSocketServer> server,
			ObjectProvider<SessionStore> store) {
		Codec json = JacksonCodec.json();
		FunctionRelays.Builder builder = FunctionRelays
			.builder(catalog, new RelayCodecs(json, codecs.orderedStream().toList()))
			.askTimeout(properties.askTimeout())
			.listener(listener.getIfAvailable(() -> RelayListener.NONE))
			.observer(observer.getIfAvailable(() -> RequestObserver.NONE))
			.claims(claims.getIfAvailable(() -> PrincipalClaims.NONE))
			.memory(new ServerMemory(server));
		Callback callback = properties.relay().callback();
		if (callback.url() != null && server.getIfAvailable() != null) {
			boolean shared = store.stream().anyMatch(SessionStore::isShared);
			builder.callbacks(new CallbackTokens(CallbackSecrets.of(callback.secret(), shared), json, callback.ttl()),
					callback.url().resolve(callback.path()), new ServerChannel(server));
		}
		FunctionRelays relays = builder.build();
		for (Map.Entry<String, FunctionProperties> entry : properties.functions().entrySet()) {
			FunctionProperties function = entry.getValue();
			if (function.enabled()) {
				FunctionSettings settings = FunctionConfiguration.settings(entry.getKey(), function);
				relays.add(settings, FunctionConfiguration.actions(entry.getKey(), function, json),
						function.allowInternal() ? null : new AddressRules(ownPorts), guard(entry.getKey(), function),
						http(function, bundles.getIfAvailable()));
			}
		}
		return relays;
	}

	@Bean("io.agentsocket.relayLifecycle")
	RelayLifecycle agentSocketRelayLifecycle(FunctionRelays relays) {
		return new RelayLifecycle(relays);
	}

	@Bean("io.agentsocket.relaySessionListener")
	RelaySessionListener agentSocketRelaySessionListener(ObjectProvider<FunctionRelays> relays) {
		return new RelaySessionListener(relays);
	}

	/** The endpoint for pushes. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(AgentSocketOperations.class)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnProperty("agentsocket.relay.callback.url")
	static class CallbackConfiguration {

		/** Before the endpoint itself, which ends where this begins. */
		private static final int MAPPING_ORDER = -3;

		@Bean("io.agentsocket.callbackHandlerMapping")
		@ConditionalOnMissingBean(name = "io.agentsocket.callbackHandlerMapping")
		SimpleUrlHandlerMapping agentSocketCallbackHandlerMapping(FunctionRelays relays,
				AgentSocketOperations operations, AgentSocketProperties properties) {
			return new EndpointHandlerMapping(Map.of(properties.relay().callback().path() + "/**",
					relays.webHandler(new OperationsSessions(operations))), MAPPING_ORDER);
		}

	}

	/** The endpoint for pushes in a servlet application. */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBean(AgentSocketOperations.class)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(HttpServlet.class)
	@ConditionalOnProperty("agentsocket.relay.callback.url")
	static class ServletCallbackConfiguration {

		@Bean("io.agentsocket.callbackServletRegistration")
		@ConditionalOnMissingBean(name = "io.agentsocket.callbackServletRegistration")
		ServletRegistrationBean<ServletHttpHandlerAdapter> agentSocketCallbackServletRegistration(FunctionRelays relays,
				AgentSocketOperations operations, AgentSocketProperties properties) {
			// Reads and writes without blocking, as the handler does.
			ServletHttpHandlerAdapter servlet = new ServletHttpHandlerAdapter(
					WebHttpHandlerBuilder.webHandler(relays.webHandler(new OperationsSessions(operations))).build());
			ServletRegistrationBean<ServletHttpHandlerAdapter> registration = new ServletRegistrationBean<>(servlet,
					properties.relay().callback().path() + "/*");
			registration.setName("agentSocketCallback");
			registration.setAsyncSupported(true);
			return registration;
		}

	}

	private static CallGuard guard(String name, FunctionProperties function) {
		boolean present = ClassUtils.isPresent("io.github.resilience4j.circuitbreaker.CircuitBreaker",
				AgentSocketRelayAutoConfiguration.class.getClassLoader());
		return (present && function.circuitBreaker().enabled()) ? Guards.resilient(name, function) : CallGuard.NONE;
	}

	private static UnaryOperator<HttpClient> http(FunctionProperties function, @Nullable SslBundles bundles) {
		String bundle = function.ssl().bundle();
		return (bundle != null && bundles != null) ? new FunctionTls(bundles.getBundle(bundle))
				: UnaryOperator.identity();
	}

	@Bean("io.agentsocket.relayLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketRelayLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(RelayLifecycle.class);
	}

}
