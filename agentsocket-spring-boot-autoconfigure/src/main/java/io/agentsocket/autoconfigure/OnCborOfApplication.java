package io.agentsocket.autoconfigure;

import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.HierarchicalBeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.jackson.autoconfigure.CborMapperBuilderCustomizer;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.core.type.MethodMetadata;

/**
 * The application says how CBOR is bound: this context, or one above it, has a mapper of
 * CBOR, its builder or a customizer of it that is not Spring Boot's own.
 */
final class OnCborOfApplication implements ConfigurationCondition {

	private static final List<Class<?>> TYPES = List.of(CBORMapper.class, CBORMapper.Builder.class,
			CborMapperBuilderCustomizer.class);

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
		BeanFactory factory = context.getBeanFactory();
		while (factory instanceof ListableBeanFactory beans) {
			if (TYPES.stream().anyMatch((type) -> isConfigured(beans, type))) {
				return true;
			}
			factory = (beans instanceof HierarchicalBeanFactory child) ? child.getParentBeanFactory() : null;
		}
		return false;
	}

	private static boolean isConfigured(ListableBeanFactory beans, Class<?> type) {
		return Arrays.stream(beans.getBeanNamesForType(type, true, false))
			.anyMatch((name) -> !isOfBoot(factoryMethod(beans, name)));
	}

	private static boolean isOfBoot(@Nullable MethodMetadata method) {
		return method != null && method.getDeclaringClassName().startsWith(JacksonAutoConfiguration.class.getName());
	}

	private static @Nullable MethodMetadata factoryMethod(ListableBeanFactory beans, String name) {
		// A bean of the application may have the name of one of Spring Boot's.
		return (beans instanceof ConfigurableListableBeanFactory factory && factory.containsBeanDefinition(name)
				&& factory.getBeanDefinition(name) instanceof AnnotatedBeanDefinition definition)
						? definition.getFactoryMethodMetadata() : null;
	}

}
