package io.agentsocket.autoconfigure;

import java.util.Arrays;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.HierarchicalBeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.ClassUtils;

/**
 * No context above this one has a bean of the type that is not of this starter.
 */
final class OnNoneAbove implements ConfigurationCondition {

	/** Names of the beans of this starter begin so. */
	private static final String OURS = "io.agentsocket.";

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Map<String, Object> attributes = metadata.getAnnotationAttributes(ConditionalOnMissingHere.class.getName(),
				true);
		if (attributes == null || !(attributes.get("value") instanceof String[] types)) {
			return true;
		}
		return Arrays.stream(types)
			.map((type) -> ClassUtils.resolveClassName(type, context.getClassLoader()))
			.noneMatch((type) -> isAbove(context.getBeanFactory(), type));
	}

	private static boolean isAbove(@Nullable BeanFactory factory, Class<?> type) {
		BeanFactory above = parent(factory);
		while (above != null) {
			if (above instanceof ListableBeanFactory listable
					&& Arrays.stream(listable.getBeanNamesForType(type, true, false))
						.anyMatch((name) -> !name.startsWith(OURS))) {
				return true;
			}
			above = parent(above);
		}
		return false;
	}

	private static @Nullable BeanFactory parent(@Nullable BeanFactory factory) {
		return (factory instanceof HierarchicalBeanFactory child) ? child.getParentBeanFactory() : null;
	}

}
