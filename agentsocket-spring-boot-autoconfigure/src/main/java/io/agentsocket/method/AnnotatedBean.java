package io.agentsocket.method;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.HierarchicalBeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.Scope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotatedMethod;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;

/**
 * A bean that may have annotated methods.
 *
 * @param name name of the bean
 * @param type class of the bean behind all proxies, or an interface that only its proxy
 * implements
 * @param instance the bean, or {@code null} when it does not exist yet or is another one
 * in each call
 * @param source gives the bean
 * @param shared whether the bean is the same in each call
 */
public record AnnotatedBean(String name, Class<?> type, @Nullable Object instance, Supplier<Object> source,
		boolean shared) {

	/** Packages of the interfaces that each proxy has, and of scopes of requests. */
	private static final String SPRING = "org.springframework.";

	private static final Set<String> REQUEST_SCOPES = Set.of("request", "session");

	private static final Log logger = PrintableLog.of(AnnotatedBean.class);

	/**
	 * Find the beans that may have methods with an annotation, those behind proxies
	 * included. Beans that are lazy or of another scope are not created.
	 * @param source has the beans
	 * @param annotation the annotation
	 * @return the beans in the order in which they are registered
	 */
	public static List<AnnotatedBean> in(ListableBeanFactory source, Class<? extends Annotation> annotation) {
		ListableBeanFactory whole = own(source);
		List<AnnotatedBean> beans = new ArrayList<>();
		for (String name : BeanFactoryUtils.beanNamesForTypeIncludingAncestors(whole, Object.class, true, false)) {
			ListableBeanFactory beanFactory = owner(whole, name);
			Class<?> type = ScopedProxyUtils.isScopedTarget(name) ? null : type(beanFactory, name);
			if (type != null && (type == Object.class || AnnotationUtils.isCandidateClass(type, annotation))) {
				boolean exists = beanFactory instanceof ConfigurableListableBeanFactory configurable
						&& configurable.containsSingleton(name);
				boolean shared = beanFactory.isSingleton(name);
				Object instance = (exists && shared) ? beanFactory.getBean(name) : null;
				for (Class<?> searched : searched(type, instance)) {
					if (AnnotationUtils.isCandidateClass(searched, annotation)) {
						AnnotatedBean bean = new AnnotatedBean(name, searched, instance,
								() -> beanFactory.getBean(name), shared);
						bean.warnOfScope(beanFactory, annotation);
						beans.add(bean);
					}
				}
			}
		}
		return beans;
	}

	/** A scope of requests is there again where an interceptor sees to it. */
	private void warnOfScope(ListableBeanFactory beanFactory, Class<? extends Annotation> annotation) {
		String scope = (this.instance == null || this.instance instanceof SpringProxy) ? scope(beanFactory, this.name)
				: null;
		if (scope != null && REQUEST_SCOPES.contains(scope) && isOfRequests(beanFactory, scope)
				&& !methods(annotation).isEmpty()) {
			logger.warn("Bean '" + this.name + "' has the scope '" + scope
					+ "', which is there only while a request over HTTP is handled: when an agent calls its @"
					+ annotation.getSimpleName() + " methods, they fail. Give it another scope.");
		}
	}

	private static @Nullable String scope(ListableBeanFactory beanFactory, String name) {
		String target = ScopedProxyUtils.getTargetBeanName(name);
		String defined = beanFactory.containsBeanDefinition(target) ? target : name;
		return (beanFactory instanceof ConfigurableListableBeanFactory configurable
				&& configurable.containsBeanDefinition(defined))
						? configurable.getMergedBeanDefinition(defined).getScope() : null;
	}

	private static boolean isOfRequests(ListableBeanFactory beanFactory, String scope) {
		Scope registered = (beanFactory instanceof ConfigurableListableBeanFactory configurable)
				? configurable.getRegisteredScope(scope) : null;
		return registered == null || registered.getClass().getName().startsWith(SPRING + "web.");
	}

	/**
	 * The types whose methods a bean has: its class, and what only its proxy implements,
	 * as those of repositories do. The class of a lambda tells less than its interfaces.
	 */
	private static List<Class<?>> searched(Class<?> type, @Nullable Object instance) {
		List<Class<?>> types = new ArrayList<>();
		if (type.isHidden()) {
			types.addAll(mostSpecific(ClassUtils.getAllInterfacesForClassAsSet(type)));
		}
		else {
			types.add(type);
		}
		if (instance instanceof SpringProxy) {
			Set<Class<?>> added = new LinkedHashSet<>(ClassUtils.getAllInterfacesForClassAsSet(instance.getClass()));
			added.removeIf((each) -> each.isAssignableFrom(type) || each.getName().startsWith(SPRING));
			types.addAll(mostSpecific(added));
		}
		return types;
	}

	private static List<Class<?>> mostSpecific(Set<Class<?>> types) {
		return types.stream()
			.filter((each) -> types.stream().noneMatch((other) -> other != each && each.isAssignableFrom(other)))
			.toList();
	}

	/** The factory of a context itself, which knows more of its beans. */
	private static ListableBeanFactory own(ListableBeanFactory source) {
		return (source instanceof ConfigurableApplicationContext context) ? context.getBeanFactory() : source;
	}

	/** The factory that has a bean, of those above. */
	private static ListableBeanFactory owner(ListableBeanFactory whole, String name) {
		ListableBeanFactory present = whole;
		while (present instanceof HierarchicalBeanFactory child && !child.containsLocalBean(name)
				&& child.getParentBeanFactory() instanceof ListableBeanFactory above) {
			present = own(above);
		}
		return present;
	}

	/**
	 * A single object, without a container.
	 * @param object the object, possibly a proxy
	 * @return the bean, named by its class; several times when its proxy implements more
	 * than its class
	 */
	public static List<AnnotatedBean> of(Object object) {
		Class<?> type = AopProxyUtils.ultimateTargetClass(object);
		return searched(type, object).stream()
			.map((searched) -> new AnnotatedBean(type.getSimpleName(), searched, object, () -> object, true))
			.toList();
	}

	private static @Nullable Class<?> type(ListableBeanFactory beanFactory, String name) {
		try {
			Class<?> type = (beanFactory instanceof ConfigurableListableBeanFactory configurable)
					? AutoProxyUtils.determineTargetClass(configurable, name) : null;
			if (type == null) {
				type = beanFactory.getType(name, false);
			}
			boolean exists = type != null && beanFactory instanceof ConfigurableListableBeanFactory configurable
					&& configurable.containsSingleton(name) && beanFactory.isSingleton(name);
			if (type != null && exists && (type == Object.class || type.isInterface() || Proxy.isProxyClass(type))) {
				return AopProxyUtils.ultimateTargetClass(beanFactory.getBean(name));
			}
			return type;
		}
		catch (RuntimeException | LinkageError ex) {
			logger.debug("The type of bean '" + name + "' is not known, its methods are not looked at", ex);
			return null;
		}
	}

	/**
	 * The methods with an annotation, also when it is on the method of an interface.
	 * @param annotation the annotation
	 * @param <A> the annotation
	 * @return the methods in an order that is always the same
	 */
	public <A extends Annotation> Map<Method, A> methods(Class<A> annotation) {
		Set<Method> found;
		try {
			found = MethodIntrospector.selectMethods(this.type,
					(Method method) -> !isOfClass(method) && AnnotatedElementUtils.hasAnnotation(method, annotation));
		}
		catch (TypeNotPresentException | LinkageError ex) {
			logger.debug("The methods of " + this.type.getName() + " are not known, they are not looked at", ex);
			return Map.of();
		}
		Map<Method, A> sorted = new LinkedHashMap<>();
		found.stream().sorted(Comparator.comparing(Method::toGenericString)).forEach((method) -> {
			A merged = AnnotatedElementUtils.findMergedAnnotation(method, annotation);
			if (merged != null) {
				sorted.put(method, merged);
			}
		});
		return sorted;
	}

	/** Whether the class behind the proxy has a method of an interface of the proxy. */
	private boolean isOfClass(Method method) {
		Class<?> target = (this.type.isInterface() && this.instance != null)
				? AopProxyUtils.ultimateTargetClass(this.instance) : this.type;
		return !this.type.isAssignableFrom(target) && method.getDeclaringClass().isAssignableFrom(target);
	}

	/**
	 * The parameters of a method, with their names and with the annotations that are on
	 * interfaces.
	 * @param method one of the bean's methods
	 * @return the parameters, whose types are resolved against the class of the bean
	 */
	public MethodParameter[] parameters(Method method) {
		Class<?> type = this.type;
		AnnotatedMethod annotated = new AnnotatedMethod(method) {

			@Override
			protected Class<?> getContainingClass() {
				return type;
			}

		};
		return annotated.getMethodParameters();
	}

	/**
	 * Type that a method returns.
	 * @param method one of the bean's methods; for a Kotlin {@code suspend} function the
	 * declared type
	 * @return the type, resolved against the class of the bean
	 */
	public ResolvableType returnType(Method method) {
		return ResolvableType.forType(Types.javaType(new MethodParameter(method, -1).withContainingClass(this.type)));
	}

}
