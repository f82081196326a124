package io.agentsocket.autoconfigure.aot;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Deadline;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.method.Types;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.ReflectionHints;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotContribution;
import org.springframework.beans.factory.aot.BeanFactoryInitializationAotProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ClassUtils;

/**
 * Hints for {@link AgentTool} and {@link AgentEvent} methods: they are called by
 * reflection, and their arguments, payloads and results are bound by Jackson. The methods
 * are found as they are found when the application runs, except that there are no beans
 * yet: a bean that is declared by an interface shows only the methods of that. Classes of
 * interceptors are kept, too. So are methods of Spring AI where they are offered as
 * actions.
 */
final class AnnotatedMethodHints implements BeanFactoryInitializationAotProcessor {

	private static final Set<Class<?>> SUPPLIED = Set.of(AgentExchange.class, AgentSession.class, Deadline.class);

	/** The bean that offers tools of Spring AI as actions. */
	private static final String SPRING_AI = "io.agentsocket.springAiActions";

	private static final List<String> SPRING_AI_ANNOTATIONS = List.of("org.springframework.ai.tool.annotation.Tool",
			"org.springframework.ai.tool.annotation.ToolParam");

	private static final String SPRING_AI_CONTEXT = "org.springframework.ai.chat.model.ToolContext";

	@Override
	public @Nullable BeanFactoryInitializationAotContribution processAheadOfTime(
			ConfigurableListableBeanFactory beanFactory) {
		List<AnnotatedBean> tools = AnnotatedBean.in(beanFactory, AgentTool.class);
		List<AnnotatedBean> listeners = AnnotatedBean.in(beanFactory, AgentEvent.class);
		return (context, code) -> {
			ReflectionHints hints = context.getRuntimeHints().reflection();
			ValueTypeHints values = new ValueTypeHints(hints);
			register(tools, AgentTool.class, hints, values);
			register(listeners, AgentEvent.class, hints, values);
			if (beanFactory.containsBeanDefinition(SPRING_AI)) {
				springAi(beanFactory, context.getRuntimeHints(), values);
			}
			new VisibilityHints(beanFactory, hints).register(tools);
			// Which methods an interceptor has decides for which calls it is asked.
			types(beanFactory, ActionInterceptor.class)
				.forEach((type) -> hints.registerType(type, MemberCategory.INVOKE_PUBLIC_METHODS));
		};
	}

	/** Neither the methods nor the types of their arguments are known to Spring AI. */
	private static void springAi(ConfigurableListableBeanFactory beanFactory, RuntimeHints hints,
			ValueTypeHints values) {
		for (String name : SPRING_AI_ANNOTATIONS) {
			Class<? extends Annotation> annotation = ClassUtils.resolveClassName(name, beanFactory.getBeanClassLoader())
				.asSubclass(Annotation.class);
			hints.reflection().registerType(annotation, MemberCategory.INVOKE_PUBLIC_METHODS);
			hints.proxies().registerJdkProxy(annotation);
			List<AnnotatedBean> beans = AnnotatedBean.in(beanFactory, annotation);
			register(beans, annotation, hints.reflection(), values);
			beans.forEach((bean) -> bean.methods(annotation)
				.keySet()
				.forEach((method) -> converter(method, annotation, hints.reflection())));
		}
	}

	/** Spring AI makes the converter of a method's results by its constructor. */
	private static void converter(Method method, Class<? extends Annotation> annotation, ReflectionHints hints) {
		MergedAnnotations.from(method, MergedAnnotations.SearchStrategy.TYPE_HIERARCHY)
			.get(annotation)
			.getValue("resultConverter", Class.class)
			.ifPresent((converter) -> hints.registerType(converter, MemberCategory.INVOKE_DECLARED_CONSTRUCTORS));
	}

	private static List<Class<?>> types(ConfigurableListableBeanFactory beanFactory, Class<?> type) {
		List<Class<?>> types = new ArrayList<>();
		for (String name : beanFactory.getBeanNamesForType(type, true, false)) {
			Class<?> found = beanFactory.getType(name, false);
			if (found != null) {
				types.add(found);
			}
		}
		return types;
	}

	private static void register(List<AnnotatedBean> beans, Class<? extends Annotation> annotation,
			ReflectionHints hints, ValueTypeHints values) {
		for (AnnotatedBean bean : beans) {
			for (Method method : bean.methods(annotation).keySet()) {
				exposed(bean.type(), method).forEach((each) -> hints.registerMethod(each, ExecutableMode.INVOKE));
				if (KotlinDetector.isKotlinType(method.getDeclaringClass())) {
					// Default values of parameters are in methods beside it.
					hints.registerType(method.getDeclaringClass(), MemberCategory.INVOKE_DECLARED_METHODS);
				}
				values.register(bean.returnType(method).getType());
				for (MethodParameter parameter : bean.parameters(method)) {
					if (!isSupplied(parameter.nestedIfOptional().getNestedParameterType())) {
						values.register(Types.javaType(parameter));
					}
				}
			}
		}
	}

	/** The method, and those of interfaces by which a proxy exposes it. */
	private static List<Method> exposed(Class<?> type, Method method) {
		List<Method> methods = new ArrayList<>(List.of(method));
		for (Class<?> implemented : ClassUtils.getAllInterfacesForClassAsSet(type)) {
			Method declared = BeanMethod.declaredBy(implemented, type, method);
			if (declared != null && !declared.equals(method)) {
				methods.add(declared);
			}
		}
		return methods;
	}

	private static boolean isSupplied(Class<?> type) {
		return SUPPLIED.contains(type) || Principal.class.isAssignableFrom(type)
				|| type.getName().equals(SPRING_AI_CONTEXT);
	}

}
