package io.agentsocket.autoconfigure.client;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.autoconfigure.AgentSocketClientCustomizer;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.ClientProperties;
import io.agentsocket.autoconfigure.PropertyValues;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.Backoff;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.event.EventListeners;
import io.agentsocket.session.AgentSessionListener;
import reactor.netty.http.client.HttpClient;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration of a client, when there is an address to connect to. Works in every
 * kind of application.
 */
@AutoConfiguration(after = { AgentSocketActionAutoConfiguration.class, AgentSocketEventAutoConfiguration.class })
@ConditionalOnClass(HttpClient.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
@Conditional(OnClientUri.class)
public final class AgentSocketClientAutoConfiguration {

	private static final String CLIENT = "io.agentsocket.client";

	@Bean(name = CLIENT, destroyMethod = "close")
	@ConditionalOnMissingBean
	AgentSocketClient agentSocketClient(AgentSocketProperties properties, ObjectProvider<Codec> codecs,
			ObjectProvider<ErrorResolver> errorResolvers, ObjectProvider<AgentSocketClientCustomizer> customizers,
			ObjectProvider<ActionInterceptor> interceptors, ObjectProvider<AgentSessionListener> listeners,
			@Qualifier("applicationTaskExecutor") ObjectProvider<Executor> executor,
			ObjectProvider<EventSinkFactory> events, QuestionSender questionSender, ActionCatalog catalog,
			ObjectProvider<SslBundles> bundles, Environment environment) {
		ClientProperties client = properties.client();
		AgentSocketClientBuilder builder = AgentSocketClient.builder(client.addresses())
			.codec(PropertyValues.codec("agentsocket.client.codec", client.codec(), codecs.orderedStream().toList()))
			.limits(PropertyValues.limits(client.limits(), properties.server().limits().depth()))
			.connectTimeout(client.connectTimeout())
			.maxWait(client.maxWait())
			.refusalTimeout(client.refusalTimeout())
			.closeTimeout(client.closeTimeout())
			.uriPolicy(client.uriPolicy())
			.backoff(backoff(client.backoff()))
			.repeatIdempotent(client.repeatIdempotent())
			.idempotencyKeys(client.idempotencyKeys())
			.questionSender(questionSender)
			.headers((headers) -> client.headers().forEach(headers::set));
		String bundle = client.ssl().bundle();
		if (bundle != null) {
			BundledTls tls = new BundledTls(bundles.getObject().getBundle(bundle));
			bundles.getObject().addBundleUpdateHandler(bundle, tls::update);
			builder.httpClient(tls);
		}
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

	/** The default of the first wait gives way to a base that is shorter. */
	private static Backoff backoff(ClientProperties.Backoff waits) {
		Duration first = (waits.first().compareTo(waits.base()) < 0) ? waits.first() : waits.base();
		return new Backoff(first, waits.base(), waits.cap());
	}

	@Bean("io.agentsocket.connectAtStartup")
	@ConditionalOnBooleanProperty("agentsocket.client.fail-fast")
	ConnectAtStartup agentSocketConnectAtStartup(AgentSocketClient client, AgentSocketProperties properties) {
		return new ConnectAtStartup(client, properties.client());
	}

	@Bean("io.agentsocket.connectInBackground")
	@ConditionalOnBooleanProperty(name = "agentsocket.client.fail-fast", havingValue = false, matchIfMissing = true)
	ConnectInBackground agentSocketConnectInBackground(@Qualifier(CLIENT) ObjectProvider<AgentSocketClient> client,
			ObjectProvider<EventListeners> listeners, ObjectProvider<ActionCatalog> catalog,
			ConfigurableListableBeanFactory beans, AgentSocketProperties properties) {
		boolean above = !beans.containsLocalBean(CLIENT);
		return new ConnectInBackground(client, listeners, above ? catalog.getIfUnique() : null, properties.client());
	}

	@Bean("io.agentsocket.clientAdvice")
	ClientAdvice agentSocketClientAdvice(AgentSocketProperties properties) {
		return new ClientAdvice(properties.client());
	}

	@Bean("io.agentsocket.clientLazyInitializationExcludeFilter")
	static LazyInitializationExcludeFilter agentSocketClientLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(ConnectAtStartup.class, ConnectInBackground.class,
				ClientAdvice.class);
	}

}
