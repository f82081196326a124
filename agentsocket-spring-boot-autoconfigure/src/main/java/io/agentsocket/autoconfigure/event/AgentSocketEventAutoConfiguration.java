package io.agentsocket.autoconfigure.event;

import java.util.concurrent.Executor;

import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.ConditionalOnMissingHere;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.EventSinkFactory;
import io.agentsocket.event.EventListeners;
import io.agentsocket.tool.AgentTools;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * Auto-configuration of listeners to events of the other side.
 */
@AutoConfiguration(after = { AgentSocketAutoConfiguration.class, TaskExecutionAutoConfiguration.class })
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketEventAutoConfiguration {

	@Bean("io.agentsocket.eventListeners")
	@Lazy
	@ConditionalOnMissingHere(EventListeners.class)
	EventListeners agentEventListeners(ListableBeanFactory beanFactory, ObjectProvider<Codec> codecs,
			@Qualifier(TaskExecutionAutoConfiguration.APPLICATION_TASK_EXECUTOR_BEAN_NAME) ObjectProvider<Executor> executor,
			ObjectProvider<AgentTools> tools) {
		EventListeners.Builder builder = EventListeners.builder()
			.scan(beanFactory)
			.codecs(codecs.orderedStream().toList());
		executor.ifAvailable(builder::executor);
		// Listeners and tools take the threads of one executor.
		tools.ifAvailable((all) -> builder.executors(all::executorFor));
		return builder.build();
	}

	@Bean("io.agentsocket.eventSinks")
	@ConditionalOnMissingHere(EventSinkFactory.class)
	EventSinkFactory agentEventSinks(ObjectProvider<EventListeners> listeners) {
		return (session, codec, loop) -> listeners.getObject().sinkFor(session, codec, loop);
	}

	/** Listeners are looked for when all beans exist, so that none is missed. */
	@Bean("io.agentsocket.eventListenersInitialization")
	SmartInitializingSingleton agentEventListenersInitialization(ObjectProvider<EventListeners> listeners) {
		return listeners::getObject;
	}

}
