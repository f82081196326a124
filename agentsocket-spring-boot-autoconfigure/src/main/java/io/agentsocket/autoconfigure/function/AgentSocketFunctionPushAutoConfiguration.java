package io.agentsocket.autoconfigure.function;

import io.agentsocket.function.FunctionPushResolver;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of pushes as parameters of tools. It is there in every application,
 * since the same tools may run in a pod, where there is no push.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "agentsocket.enabled", matchIfMissing = true)
public final class AgentSocketFunctionPushAutoConfiguration {

	@Bean("io.agentsocket.functionPushResolver")
	@ConditionalOnMissingBean
	FunctionPushResolver agentSocketFunctionPushResolver() {
		return new FunctionPushResolver();
	}

}
