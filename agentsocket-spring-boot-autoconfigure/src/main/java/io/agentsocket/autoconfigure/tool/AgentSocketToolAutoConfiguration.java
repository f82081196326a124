package io.agentsocket.autoconfigure.tool;

import java.util.concurrent.Executor;

import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.module.jackson.JacksonSchemaModule;
import com.networknt.schema.SchemaRegistry;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentToolsCustomizer;
import io.agentsocket.autoconfigure.ConditionalOnMissingHere;
import io.agentsocket.autoconfigure.FunctionModeProperties.Verify;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.ToolArgumentResolver;
import io.agentsocket.tool.ToolSchemaCustomizer;
import jakarta.validation.Validator;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Auto-configuration of how {@code @AgentTool} methods become actions.
 */
@AutoConfiguration(after = { JacksonAutoConfiguration.class, TaskExecutionAutoConfiguration.class },
		afterName = "org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration")
@ConditionalOnClass({ SchemaGenerator.class, JacksonSchemaModule.class, SchemaRegistry.class })
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketToolAutoConfiguration {

	@Bean("io.agentsocket.tools")
	@ConditionalOnMissingHere(AgentTools.class)
	AgentTools agentTools(ObjectProvider<JsonMapper> mapper,
			@Qualifier(TaskExecutionAutoConfiguration.APPLICATION_TASK_EXECUTOR_BEAN_NAME) ObjectProvider<Executor> executor,
			ObjectProvider<ToolArgumentResolver> resolvers, ObjectProvider<ToolSchemaCustomizer> schemaCustomizers,
			ObjectProvider<AgentToolsCustomizer> customizers, ObjectProvider<AgentSocketProperties> properties) {
		AgentTools.Builder builder = AgentTools.builder()
			.argumentResolvers(resolvers.orderedStream().toList())
			.schemaCustomizers(schemaCustomizers.orderedStream().toList());
		mapper.ifAvailable(builder::mapper);
		executor.ifAvailable(builder::executor);
		properties.ifAvailable((all) -> {
			Integer threads = all.server().bounds().toolThreads();
			builder.threads((threads != null) ? threads : 0).fair(all.server().bounds().fairTools());
		});
		// A function starts for one invocation, which needs no schema.
		properties.ifAvailable((all) -> builder.mdc(all.observation().mdc())
			.lazySchemas(all.function().enabled() && all.function().verify() != Verify.START));
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	@Bean("io.agentsocket.typeSchemas")
	@ConditionalOnMissingHere(TypeSchemas.class)
	TypeSchemas agentTypeSchemas(AgentTools tools) {
		return tools.typeSchemas();
	}

	/**
	 * Constraints of Jakarta Bean Validation, when the application has a validator.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Validator.class)
	static class ValidationConfiguration {

		@Bean("io.agentsocket.toolsValidationCustomizer")
		@Order(Ordered.HIGHEST_PRECEDENCE)
		AgentToolsCustomizer agentToolsValidationCustomizer(ObjectProvider<Validator> validator) {
			return (builder) -> {
				Validator present = validator.getIfAvailable();
				builder.validator((present != null && isUsable(present)) ? present : null);
			};
		}

		/** Validators of Spring, such as that of WebFlux, may have no provider. */
		private static boolean isUsable(Validator validator) {
			try {
				validator.getConstraintsForClass(Object.class);
				return true;
			}
			catch (IllegalStateException ex) {
				return false;
			}
		}

	}

}
