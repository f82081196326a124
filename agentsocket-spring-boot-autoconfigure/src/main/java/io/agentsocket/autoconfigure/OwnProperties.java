package io.agentsocket.autoconfigure;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConstructorBound;
import org.springframework.boot.context.properties.bind.BindMethod;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Binds the properties anew in a context below another one that has bound its own: Spring
 * Boot would leave it with those.
 */
final class OwnProperties implements ImportBeanDefinitionRegistrar {

	private static final Class<?> TYPE = AgentSocketProperties.class;

	private static final String NAME = "agentsocket-" + TYPE.getName();

	@Override
	public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
		if (registry instanceof ConfigurableListableBeanFactory beans && !beans.containsBeanDefinition(NAME)
				&& beans.getParentBeanFactory() != null && beans.getParentBeanFactory().containsBean(NAME)) {
			RootBeanDefinition definition = new RootBeanDefinition(TYPE);
			definition.setAttribute(BindMethod.class.getName(), BindMethod.VALUE_OBJECT);
			definition.setInstanceSupplier(() -> ConstructorBound.from(beans, NAME, TYPE));
			registry.registerBeanDefinition(NAME, definition);
		}
	}

}
