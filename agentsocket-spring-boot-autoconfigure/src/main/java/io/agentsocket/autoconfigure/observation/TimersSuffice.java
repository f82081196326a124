package io.agentsocket.autoconfigure.observation;

import java.util.Arrays;
import java.util.Map;

import io.agentsocket.observation.ActionObservationConvention;
import io.agentsocket.observation.InvocationObservationConvention;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Whether nothing but the timers of Micrometer would see an observation of an invocation:
 * no tracer, no handler, filter, predicate or convention of the application, and none of
 * Spring Boot's properties that change observations.
 */
final class TimersSuffice {

	/** The predicate of Spring Boot, always there: it follows properties. */
	private static final String OF_PROPERTIES = "org.springframework.boot.micrometer.observation.autoconfigure."
			+ "PropertiesObservationFilterPredicate";

	private final ConfigurableListableBeanFactory beans;

	private final Environment environment;

	TimersSuffice(ConfigurableListableBeanFactory beans, Environment environment) {
		this.beans = beans;
		this.environment = environment;
	}

	boolean isTrue() {
		return has(MeterRegistry.class) && isRegistryOfBoot() && isTheOnlyHandler()
				&& hasOnlyThatOfProperties(ObservationFilter.class)
				&& hasOnlyThatOfProperties(ObservationPredicate.class) && !has(GlobalObservationConvention.class)
				&& !has(ActionObservationConvention.class) && !has(InvocationObservationConvention.class)
				&& !isSet("key-values") && !isSet("enable") && !hasCustomizers();
	}

	private boolean has(Class<?> type) {
		return names(type).length > 0;
	}

	private String[] names(Class<?> type) {
		return this.beans.getBeanNamesForType(type, true, false);
	}

	/** A registry of the application may have handlers that are no beans. */
	private boolean isRegistryOfBoot() {
		return Arrays.stream(names(ObservationRegistry.class))
			.filter(this.beans::containsBeanDefinition)
			.map(this.beans::getMergedBeanDefinition)
			.anyMatch(TimersSuffice::isOfBoot);
	}

	private static boolean isOfBoot(BeanDefinition definition) {
		String factory = definition.getFactoryBeanName();
		return String.valueOf((factory != null) ? factory : definition.getBeanClassName())
			.startsWith("org.springframework.boot.");
	}

	private boolean isTheOnlyHandler() {
		String[] handlers = names(ObservationHandler.class);
		return handlers.length == 1 && this.beans.getType(handlers[0]) == DefaultMeterObservationHandler.class;
	}

	private boolean hasOnlyThatOfProperties(Class<?> type) {
		return Arrays.stream(names(type))
			.map(this.beans::getType)
			.allMatch((found) -> found != null && found.getName().equals(OF_PROPERTIES));
	}

	private boolean isSet(String property) {
		return Binder.get(this.environment)
			.bind("management.observations." + property, Bindable.mapOf(String.class, Object.class))
			.map(Map::isEmpty)
			.map((empty) -> !empty)
			.orElse(false);
	}

	/** By name, since the module of Spring Boot may be missing. */
	private boolean hasCustomizers() {
		return Arrays.stream(this.beans.getBeanDefinitionNames()).anyMatch((name) -> {
			Class<?> type = this.beans.getType(name, false);
			return type != null && Arrays.stream(type.getInterfaces())
				.anyMatch((known) -> known.getSimpleName().equals("ObservationRegistryCustomizer"));
		});
	}

}
