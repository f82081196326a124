package io.agentsocket.autoconfigure.action;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.ConditionalOnMissingHere;
import io.agentsocket.server.StatusErrorResolver;
import io.agentsocket.tool.AgentTools;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.web.ErrorResponse;

/**
 * Auto-configuration of the actions that server and client offer: their catalog, how they
 * are found, how they ask questions, and how their errors are told.
 */
@AutoConfiguration(after = AgentSocketAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketActionAutoConfiguration {

	@Bean("io.agentsocket.actionRanking")
	@ConditionalOnMissingBean
	ActionRanking actionRanking() {
		return ActionRanking.standard();
	}

	@Bean("io.agentsocket.asker")
	@ConditionalOnMissingHere(QuestionSender.class)
	QuestionSender agentSocketAsker(ObjectProvider<TypeSchemas> schemas, AgentSocketProperties properties) {
		return new QuestionSender(schemas.getIfAvailable(() -> TypeSchemas.NONE), properties.askTimeout());
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
	 * The catalog with all actions of the application, and of those above it in a
	 * hierarchy of contexts. A catalog of the application is left as it is.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingHere(ActionCatalog.class)
	static class CatalogConfiguration {

		@Bean("io.agentsocket.actionCatalog")
		ActionCatalog actionCatalog() {
			return new ActionCatalog();
		}

		@Bean("io.agentsocket.actionRegistration")
		ActionRegistration actionRegistration(ActionCatalog catalog, ObjectProvider<AgentTools> tools,
				ObjectProvider<Action> actions, ObjectProvider<ActionSource> sources, ListableBeanFactory beanFactory) {
			return new ActionRegistration(catalog, tools, actions, sources, beanFactory);
		}

		@Bean("io.agentsocket.actionRegistrationLazyInitializationExcludeFilter")
		static LazyInitializationExcludeFilter actionRegistrationLazyInitializationExcludeFilter() {
			return LazyInitializationExcludeFilter.forBeanTypes(ActionRegistration.class);
		}

	}

}
