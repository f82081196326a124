package io.agentsocket.autoconfigure.observation;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.AgentSocketProperties.Observation.Invocations;
import io.agentsocket.observation.ActionObservationConvention;
import io.agentsocket.observation.FunctionObservationConvention;
import io.agentsocket.observation.FunctionObservations;
import io.agentsocket.observation.InvocationObservationConvention;
import io.agentsocket.observation.ObservationInterceptor;
import io.agentsocket.observation.TimerInterceptor;
import io.agentsocket.relay.RequestObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Auto-configuration of the observation of invocations, when there is a registry of
 * observations.
 */
@AutoConfiguration(
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
		beforeName = { "io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration",
				"io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration" })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean(ObservationRegistry.class)
@ConditionalOnBooleanProperty(name = { "agentsocket.enabled", "agentsocket.observation.enabled" },
		matchIfMissing = true)
public final class AgentSocketObservationAutoConfiguration {

	private static final boolean METERS = ClassUtils.isPresent("io.micrometer.core.instrument.MeterRegistry",
			AgentSocketObservationAutoConfiguration.class.getClassLoader());

	@Bean("io.agentsocket.observationInterceptor")
	@ConditionalOnMissingBean(name = "io.agentsocket.observationInterceptor", value = ObservationInterceptor.class)
	ActionInterceptor agentSocketObservationInterceptor(ObservationRegistry registry,
			ObjectProvider<ActionObservationConvention> actionConvention,
			ObjectProvider<InvocationObservationConvention> invocationConvention,
			ObjectProvider<ErrorResolver> resolvers, AgentSocketProperties properties,
			ConfigurableListableBeanFactory beans, Environment environment) {
		int maxNames = properties.observation().maxActionNames();
		if (METERS && Timers.fit(properties.observation().invocations(), beans, environment)) {
			return Timers.interceptor(beans, maxNames);
		}
		return new ObservationInterceptor(registry, actionConvention.getIfAvailable(),
				invocationConvention.getIfAvailable(), resolvers.orderedStream().toList(), maxNames);
	}

	@Bean("io.agentsocket.functionObservations")
	@ConditionalOnMissingBean
	RequestObserver agentSocketFunctionObservations(ObservationRegistry registry,
			ObjectProvider<FunctionObservationConvention> convention) {
		return new FunctionObservations(registry, convention.getIfAvailable());
	}

	/** Apart, so that the meters of Micrometer may be missing. */
	private static final class Timers {

		static boolean fit(Invocations chosen, ConfigurableListableBeanFactory beans, Environment environment) {
			return switch (chosen) {
				case OBSERVATIONS -> false;
				case TIMERS -> beans.getBeanNamesForType(MeterRegistry.class, true, false).length > 0;
				case AUTO -> new TimersSuffice(beans, environment).isTrue();
			};
		}

		static ActionInterceptor interceptor(BeanFactory beans, int maxNames) {
			return new TimerInterceptor(beans.getBean(MeterRegistry.class), maxNames);
		}

	}

}
