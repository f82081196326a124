package io.agentsocket.test.autoconfigure;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketServerCustomizer;
import io.agentsocket.autoconfigure.AgentToolsCustomizer;
import io.agentsocket.codec.Codec;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.tool.ToolArgumentResolver;
import io.agentsocket.tool.ToolSchemaCustomizer;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.test.context.filter.annotation.StandardAnnotationCustomizableTypeExcludeFilter;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.convert.converter.GenericConverter;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.core.type.classreading.MetadataReader;
import org.springframework.core.type.classreading.MetadataReaderFactory;
import org.springframework.util.ClassUtils;

/**
 * Finds the components of an application that have to do with its tools.
 */
class AgentSocketTypeExcludeFilter extends StandardAnnotationCustomizableTypeExcludeFilter<AgentSocketTest> {

	private static final Set<Class<?>> TYPES = types();

	/** Classes of tools extend few others. */
	private static final int MAX_SUPERCLASSES = 20;

	private final Set<Class<?>> tools;

	AgentSocketTypeExcludeFilter(Class<?> testClass) {
		super(testClass);
		this.tools = new LinkedHashSet<>(List.of(getAnnotation().getClassArray("tools")));
	}

	private static Set<Class<?>> types() {
		Set<Class<?>> types = new LinkedHashSet<>(List.of(Action.class, ActionInterceptor.class, ActionRanking.class,
				ActionVisibility.class, ErrorResolver.class, AgentSocketServerCustomizer.class,
				AgentToolsCustomizer.class, Codec.class, AgentSessionListener.class, ToolArgumentResolver.class,
				ToolSchemaCustomizer.class, Converter.class, GenericConverter.class));
		for (String optional : List.of("org.springframework.boot.jackson.JacksonComponent",
				"tools.jackson.databind.JacksonModule",
				"org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity",
				"org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity")) {
			ClassLoader loader = AgentSocketTypeExcludeFilter.class.getClassLoader();
			if (ClassUtils.isPresent(optional, loader)) {
				types.add(ClassUtils.resolveClassName(optional, loader));
			}
		}
		return Set.copyOf(types);
	}

	@Override
	protected Set<Class<?>> getKnownIncludes() {
		return TYPES;
	}

	@Override
	protected Set<Class<?>> getComponentIncludes() {
		return this.tools;
	}

	@Override
	protected boolean defaultInclude(MetadataReader reader, MetadataReaderFactory factory) throws IOException {
		return super.defaultInclude(reader, factory) || (this.tools.isEmpty() && hasTools(reader, factory));
	}

	/** Whether a class or one that it extends has annotated methods. */
	private static boolean hasTools(MetadataReader reader, MetadataReaderFactory factory) throws IOException {
		MetadataReader present = reader;
		for (int i = 0; i < MAX_SUPERCLASSES; i++) {
			AnnotationMetadata metadata = present.getAnnotationMetadata();
			if (metadata.hasAnnotation(AgentTool.class.getName())
					|| metadata.hasAnnotatedMethods(AgentTool.class.getName())
					|| metadata.hasAnnotatedMethods(AgentEvent.class.getName())) {
				return true;
			}
			String above = metadata.getSuperClassName();
			if (above == null || above.startsWith("java.")) {
				return false;
			}
			present = factory.getMetadataReader(above);
		}
		return false;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return super.equals(other) && other instanceof AgentSocketTypeExcludeFilter filter
				&& this.tools.equals(filter.tools);
	}

	@Override
	public int hashCode() {
		return 31 * super.hashCode() + this.tools.hashCode();
	}

}
