package io.agentsocket.autoconfigure.springai;

import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.module.jackson.JacksonSchemaModule;
import com.networknt.schema.SchemaRegistry;
import io.agentsocket.autoconfigure.action.ActionSource;
import io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.springai.AgentSocketTools;
import io.agentsocket.springai.ParallelToolCalls;
import io.agentsocket.springai.RemoteToolListener;
import io.agentsocket.springai.SpringAiActions;
import io.agentsocket.springai.ToolApproval;
import io.agentsocket.springai.ToolContextResolver;
import io.agentsocket.tool.AgentTools;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.ToolCallbackProvider;
import org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of the bridge to Spring AI: tools for its chat clients from the
 * server that the client connects to, and its tools as actions of this application.
 */
@AutoConfiguration(after = { AgentSocketClientAutoConfiguration.class, AgentSocketToolAutoConfiguration.class },
		beforeName = "org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration")
@ConditionalOnClass(ToolCallback.class)
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketSpringAiAutoConfiguration {

	@Bean("io.agentsocket.parallelToolCalls")
	@ConditionalOnMissingBean(ToolCallingManager.class)
	@ConditionalOnBooleanProperty("agentsocket.spring-ai.side-by-side")
	ParallelToolCalls agentSocketParallelToolCalls(ObjectProvider<ObservationRegistry> observations,
			ObjectProvider<ToolExecutionExceptionProcessor> exceptions) {
		return ParallelToolCalls.builder().springAi((spring) -> {
			observations.ifUnique(spring::observationRegistry);
			exceptions.ifUnique(spring::toolExecutionExceptionProcessor);
		}).build();
	}

	/**
	 * Tools of the server that the client connects to. An application with several
	 * clients makes those of each by itself.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnSingleCandidate(AgentSocketClient.class)
	static class ClientConfiguration {

		@Bean("io.agentsocket.springAiTools")
		@ConditionalOnMissingBean
		AgentSocketTools agentSocketTools(AgentSocketClient client, ObjectProvider<ToolApproval> approval,
				ObjectProvider<RemoteToolListener> listener) {
			AgentSocketTools.Builder builder = AgentSocketTools.builder(client);
			approval.ifUnique(builder::approval);
			listener.ifUnique(builder::listener);
			return builder.build();
		}

		/** Only for those who ask for it by its name: see {@link AgentSocketTools}. */
		@Bean(name = "agentSocketToolCallbackProvider", defaultCandidate = false)
		@ConditionalOnBooleanProperty("agentsocket.spring-ai.provider")
		ToolCallbackProvider agentSocketToolCallbackProvider(AgentSocketTools tools) {
			return tools.provider();
		}

	}

	/**
	 * Tools of Spring AI as actions.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ SchemaGenerator.class, JacksonSchemaModule.class, SchemaRegistry.class })
	@ConditionalOnBooleanProperty("agentsocket.spring-ai.offer-tools")
	static class ActionConfiguration {

		@Bean("io.agentsocket.toolContextResolver")
		@ConditionalOnMissingBean
		ToolContextResolver agentSocketToolContextResolver() {
			return new ToolContextResolver();
		}

		@Bean("io.agentsocket.springAiActions")
		ActionSource agentSocketSpringAiActions(AgentTools tools, ListableBeanFactory beanFactory) {
			return () -> SpringAiActions.ofBeans(tools, beanFactory);
		}

	}

}
