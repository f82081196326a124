package io.agentsocket.autoconfigure.observation;

import java.util.concurrent.Executor;

import io.agentsocket.action.ErrorResolver;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Audit;
import io.agentsocket.observation.AuditEvents;
import io.agentsocket.observation.AuditInterceptor;
import io.agentsocket.observation.AuditQueue;
import io.agentsocket.observation.AuditRedaction;
import io.agentsocket.observation.AuditSettings;
import io.agentsocket.observation.InvocationAuditListener;
import io.agentsocket.observation.RedactedNames;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.actuate.audit.AuditEventRepository;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of the records of invocations, when somebody takes them: a listener
 * of the application, or the audit events of the Actuator.
 */
@AutoConfiguration(
		afterName = { "org.springframework.boot.actuate.autoconfigure.audit.AuditAutoConfiguration",
				"io.agentsocket.autoconfigure.AgentSocketAutoConfiguration" },
		beforeName = { "io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration",
				"io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration" })
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.audit.enabled" }, matchIfMissing = true)
public final class AgentSocketAuditAutoConfiguration {

	@Bean(name = "io.agentsocket.auditQueue", destroyMethod = "close")
	@ConditionalOnMissingBean
	@ConditionalOnBean(InvocationAuditListener.class)
	AuditQueue agentSocketAuditQueue(ObjectProvider<InvocationAuditListener> listeners,
			@Qualifier("applicationTaskExecutor") ObjectProvider<Executor> executor) {
		return new AuditQueue(listeners.orderedStream().toList(),
				executor.getIfAvailable(() -> Schedulers.boundedElastic()::schedule));
	}

	@Bean("io.agentsocket.auditInterceptor")
	@ConditionalOnMissingBean
	@ConditionalOnBean(InvocationAuditListener.class)
	AuditInterceptor agentSocketAuditInterceptor(AuditQueue queue, AgentSocketProperties properties,
			ObjectProvider<AuditRedaction> redaction, ObjectProvider<ErrorResolver> resolvers) {
		Audit audit = properties.audit();
		AuditRedaction chosen = audit.arguments() ? redaction.getIfAvailable(() -> new RedactedNames(audit.redact()))
				: null;
		return new AuditInterceptor(queue, new AuditSettings(audit.exclude(), chosen),
				resolvers.orderedStream().toList());
	}

	/**
	 * The Actuator takes records when the application has a repository of them. Is looked
	 * at before the methods above, which ask for listeners.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(AuditEventRepository.class)
	@ConditionalOnBean(AuditEventRepository.class)
	static class EventsConfiguration {

		@Bean("io.agentsocket.auditEvents")
		AuditEvents agentSocketAuditEvents(ApplicationEventPublisher publisher) {
			return new AuditEvents(publisher);
		}

	}

}
