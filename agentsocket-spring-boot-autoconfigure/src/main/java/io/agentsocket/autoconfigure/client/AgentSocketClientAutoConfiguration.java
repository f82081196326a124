package io.agentsocket.autoconfigure.client;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.autoconfigure.AgentSocketClientCustomizer;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Client;
import io.agentsocket.autoconfigure.PropertyRules;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.Backoff;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.session.AgentSessionListener;
import reactor.netty.http.client.HttpClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * Auto-configuration of a client, when there is an address to connect to. Works in every
 * kind of application.
 */
@AutoConfiguration(after = { AgentSocketActionAutoConfiguration.class, AgentSocketEventAutoConfiguration.class })
@ConditionalOnClass({ HttpClient.class, WebSocketClient.class })
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
@Conditional(OnClientUri.class)
public final class AgentSocketClientAutoConfiguration {

	private static final String PREFIX = "agentsocket.client.";

	@Bean(name = "io.agentsocket.client", destroyMethod = "close")
	@ConditionalOnMissingBean
	AgentSocketClient agentSocketClient(AgentSocketProperties properties, ObjectProvider<Codec> codecs,
			ObjectProvider<ErrorResolver> errorResolvers, ObjectProvider<AgentSocketClientCustomizer> customizers,
			ObjectProvider<ActionInterceptor> interceptors, ObjectProvider<AgentSessionListener> listeners,
			@Qualifier("applicationTaskExecutor") ObjectProvider<Executor> executor,
			ObjectProvider<EventSinkFactory> events, QuestionSender questionSender, ActionCatalog catalog,
			Environment environment) {
		Client client = properties.client();
		AgentSocketClientBuilder builder = builder(client)
			.codec(PropertyRules.codec(PREFIX + "codec", client.codec(), codecs.orderedStream().toList()))
			.limits(PropertyRules.limits(client.limits(), properties.server().limits().depth()))
			.connectTimeout(PropertyRules.positive(PREFIX + "connect-timeout", client.connectTimeout()))
			.maxWait(PropertyRules.notNegative(PREFIX + "max-wait", client.maxWait()))
			.refusalTimeout(PropertyRules.notNegative(PREFIX + "refusal-timeout", client.refusalTimeout()))
			.uriPolicy(client.uriPolicy())
			.backoff(backoff(client.backoff()))
			.repeatIdempotent(client.repeatIdempotent())
			.idempotencyKeys(client.idempotencyKeys())
			.questionSender(questionSender)
			.headers((headers) -> client.headers().forEach(headers::set));
		String token = client.bearerToken();
		if (StringUtils.hasText(token)) {
			builder.bearerToken(token);
		}
		String name = environment.getProperty("spring.application.name");
		if (StringUtils.hasText(name)) {
			builder.software(name, environment.getProperty("spring.application.version", ""));
		}
		if (client.offerActions()) {
			builder.offer(catalog);
		}
		events.ifAvailable(builder::events);
		errorResolvers.orderedStream().forEach(builder::errorResolver);
		interceptors.orderedStream().forEach(builder::interceptor);
		listeners.orderedStream().forEach(builder::sessionListener);
		executor.ifAvailable(builder::sessionListenerExecutor);
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	private static AgentSocketClientBuilder builder(Client client) {
		MutuallyExclusiveConfigurationPropertiesException.throwIfMultipleNonNullValuesIn((entries) -> {
			entries.put(PREFIX + "uri", client.uri());
			entries.put(PREFIX + "uris", client.uris().isEmpty() ? null : client.uris());
		});
		String property = PREFIX + ((client.uri() != null) ? "uri" : "uris");
		if (client.addresses().isEmpty()) {
			throw new InvalidConfigurationPropertyValueException(PREFIX + "uri", "", "It must be an address.");
		}
		return PropertyRules.valid(property, client.addresses(), () -> AgentSocketClient.builder(client.addresses()));
	}

	private static Backoff backoff(AgentSocketProperties.Backoff backoff) {
		Duration base = PropertyRules.notNegative(PREFIX + "backoff.base", backoff.base());
		Duration cap = PropertyRules.notNegative(PREFIX + "backoff.cap", backoff.cap());
		if (cap.compareTo(base) < 0) {
			boolean capIsDefault = cap.equals(Backoff.DEFAULT.cap());
			throw new InvalidConfigurationPropertyValueException(
					PREFIX + (capIsDefault ? "backoff.base" : "backoff.cap"), capIsDefault ? base : cap, "backoff.cap ("
							+ cap.toMillis() + " ms) must be at least backoff.base (" + base.toMillis() + " ms).");
		}
		return new Backoff(base, cap);
	}

	@Bean("io.agentsocket.connectAtStartup")
	@ConditionalOnBooleanProperty("agentsocket.client.fail-fast")
	ConnectAtStartup agentSocketConnectAtStartup(AgentSocketClient client, AgentSocketProperties properties) {
		return new ConnectAtStartup(client, properties.client());
	}

	@Bean("io.agentsocket.clientLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketClientLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(ConnectAtStartup.class);
	}

}
