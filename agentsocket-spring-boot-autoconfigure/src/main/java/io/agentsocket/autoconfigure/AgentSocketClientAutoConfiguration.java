package io.agentsocket.autoconfigure;

import java.net.URI;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.autoconfigure.AgentSocketProperties.Client;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.EventSinkFactory;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * Auto-configuration of a client, when there is an address to connect to. Works in every
 * kind of application.
 */
@AutoConfiguration(after = AgentSocketAutoConfiguration.class)
@ConditionalOnClass({ HttpClient.class, WebSocketClient.class })
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
@ConditionalOnProperty("agentsocket.client.uri")
public final class AgentSocketClientAutoConfiguration {

	private static final String PREFIX = "agentsocket.client.";

	@Bean(destroyMethod = "close")
	@ConditionalOnMissingBean
	AgentSocketClient agentSocketClient(AgentSocketProperties properties, ObjectProvider<Codec> codecs,
			ObjectProvider<ErrorResolver> errorResolvers, ObjectProvider<AgentSocketClientCustomizer> customizers,
			ObjectProvider<EventSinkFactory> events, QuestionSender questionSender, ActionCatalog catalog,
			Environment environment) {
		Client client = properties.client();
		AgentSocketClient.Builder builder = builder(client.uri())
			.codec(ServerConfiguration.codec(PREFIX + "codec", client.codec(), codecs.orderedStream().toList()))
			.limits(PropertyRules.limits(client.limits(), properties.server().limits().depth()))
			.connectTimeout(PropertyRules.positive(PREFIX + "connect-timeout", client.connectTimeout()))
			.maxWait(PropertyRules.notNegative(PREFIX + "max-wait", client.maxWait()))
			.backoff(backoff(client.backoff()))
			.repeatIdempotent(client.repeatIdempotent())
			.idempotencyKeys(client.idempotencyKeys())
			.questionSender(questionSender)
			.headers((headers) -> client.headers().forEach(headers::set));
		String token = client.bearerToken();
		if (StringUtils.hasText(token)) {
			builder.bearerToken(() -> token);
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
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	private static AgentSocketClient.Builder builder(@Nullable URI uri) {
		if (uri == null) {
			throw new InvalidConfigurationPropertyValueException(PREFIX + "uri", "", "It must be an address.");
		}
		return PropertyRules.valid(PREFIX + "uri", uri, () -> AgentSocketClient.builder(uri));
	}

	private static Backoff backoff(AgentSocketProperties.Backoff backoff) {
		PropertyRules.notNegative(PREFIX + "backoff.base", backoff.base());
		PropertyRules.notNegative(PREFIX + "backoff.cap", backoff.cap());
		return PropertyRules.valid(PREFIX + "backoff.cap", backoff.cap(),
				() -> new Backoff(backoff.base(), backoff.cap()));
	}

	@Bean
	@ConditionalOnBooleanProperty("agentsocket.client.fail-fast")
	ConnectAtStartup agentSocketConnectAtStartup(AgentSocketClient client, AgentSocketProperties properties) {
		return new ConnectAtStartup(client, properties.client());
	}

	@Bean
	static LazyInitializationExcludeFilter agentSocketClientLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(ConnectAtStartup.class);
	}

}
