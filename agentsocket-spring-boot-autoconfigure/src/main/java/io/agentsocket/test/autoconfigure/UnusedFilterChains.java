package io.agentsocket.test.autoconfigure;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

import io.agentsocket.autoconfigure.SecurityChains;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.type.MethodMetadata;

/**
 * Filter chains of Spring Security need the web layer, which a slice does not have, and
 * are in the same configurations as the rules on methods, which it has. So these
 * configurations are lazy: a chain is never made, and the beans beside it are made when a
 * tool or a rule needs them. Imported by the slice as it is, without a configuration.
 */
final class UnusedFilterChains implements BeanFactoryPostProcessor {

	/** Configurations that {@code @EnableWebSecurity} and its like import. */
	private static final String WEB_SECURITY = "org.springframework.security.config.annotation.web.";

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
		Set<String> configurations = new HashSet<>();
		SecurityChains.names(beans)
			.stream()
			.filter(beans::containsBeanDefinition)
			.map((name) -> configuration(beans.getBeanDefinition(name)))
			.forEach(configurations::add);
		Arrays.stream(beans.getBeanDefinitionNames())
			.map(beans::getBeanDefinition)
			.filter((definition) -> isOf(configurations, definition))
			.forEach((definition) -> definition.setLazyInit(true));
	}

	private static boolean isOf(Set<String> configurations, BeanDefinition definition) {
		String configuration = configuration(definition);
		return configuration != null
				&& (configurations.contains(configuration) || configuration.startsWith(WEB_SECURITY));
	}

	/** The class that has the method which makes a bean, or the class of the bean. */
	private static @Nullable String configuration(BeanDefinition definition) {
		MethodMetadata method = (definition instanceof AnnotatedBeanDefinition annotated)
				? annotated.getFactoryMethodMetadata() : null;
		return (method != null) ? method.getDeclaringClassName() : definition.getBeanClassName();
	}

}
