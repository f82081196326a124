package io.agentsocket.autoconfigure;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.server.StatusErrorResolver;
import io.agentsocket.tool.AgentTools;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.web.ErrorResponse;

/**
 * Auto-configuration of what server and client share: the codecs and the catalog of
 * actions.
 */
@AutoConfiguration(after = JacksonAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
@EnableConfigurationProperties(AgentSocketProperties.class)
public final class AgentSocketAutoConfiguration {

	@Bean("io.agentsocket.jsonCodec")
	@ConditionalOnMissingBean(name = "io.agentsocket.jsonCodec")
	JacksonCodec agentSocketJsonCodec(ObjectProvider<JsonMapper> mapper, AgentSocketProperties properties) {
		return JacksonCodec.json(mapper.getIfAvailable(() -> JsonMapper.builder().build()),
				ServerConfiguration.depth(properties));
	}

	@Bean("io.agentsocket.actionRanking")
	@ConditionalOnMissingBean
	ActionRanking actionRanking() {
		return ActionRanking.standard();
	}

	@Bean("io.agentsocket.asker")
	@ConditionalOnMissingBean
	QuestionSender agentSocketAsker(ObjectProvider<TypeSchemas> schemas, AgentSocketProperties properties) {
		return new QuestionSender(schemas.getIfAvailable(() -> TypeSchemas.NONE),
				PropertyRules.positive("agentsocket.ask-timeout", properties.askTimeout()));
	}

	/**
	 * Exceptions that have an HTTP status, behind the resolvers of the application.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ErrorResponse.class)
	static class StatusConfiguration {

		@Bean("io.agentsocket.statusErrorResolver")
		@ConditionalOnMissingBean
		@Order
		StatusErrorResolver agentSocketStatusErrorResolver() {
			return new StatusErrorResolver();
		}

	}

	/**
	 * CBOR, by the application's own mapper or, where there is none, one from its
	 * builder.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(CBORMapper.class)
	static class CborConfiguration {

		@Bean("io.agentsocket.cborCodec")
		@ConditionalOnMissingBean(name = "io.agentsocket.cborCodec")
		JacksonCodec agentSocketCborCodec(ObjectProvider<CBORMapper> mapper, ObjectProvider<CBORMapper.Builder> builder,
				AgentSocketProperties properties) {
			CBORMapper base = mapper.getIfAvailable(() -> builder.getIfAvailable(CBORMapper::builder).build());
			return JacksonCodec.cbor(base, ServerConfiguration.depth(properties));
		}

	}

	/**
	 * The catalog with all actions of the application. A catalog of the application is
	 * left as it is.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(ActionCatalog.class)
	static class CatalogConfiguration {

		@Bean("io.agentsocket.actionCatalog")
		ActionCatalog actionCatalog() {
			return new ActionCatalog();
		}

		@Bean("io.agentsocket.actionRegistration")
		ActionRegistration actionRegistration(ActionCatalog catalog, ObjectProvider<AgentTools> tools,
				ObjectProvider<Action> actions, ListableBeanFactory beanFactory) {
			return new ActionRegistration(catalog, tools, actions, beanFactory);
		}

		@Bean("io.agentsocket.actionRegistrationLazyInitializationExcludeFilter")
		static LazyInitializationExcludeFilter actionRegistrationLazyInitializationExcludeFilter() {
			return LazyInitializationExcludeFilter.forBeanTypes(ActionRegistration.class);
		}

	}

}
