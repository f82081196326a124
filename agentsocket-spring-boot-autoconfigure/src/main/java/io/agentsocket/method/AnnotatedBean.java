package io.agentsocket.method;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
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
 * @param others types that have the methods of their interfaces already, when the type is
 * an interface that only the proxy implements
 */
public record AnnotatedBean(String name, Class<?> type, @Nullable Object instance, Supplier<Object> source,
		boolean shared, List<Class<?>> others) {

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
		Map<String, Class<?>> types = new LinkedHashMap<>();
		for (String name : BeanFactoryUtils.beanNamesForTypeIncludingAncestors(whole, Object.class, true, false)) {
			Class<?> type = ScopedProxyUtils.isScopedTarget(name) ? null : type(owner(whole, name), name);
			if (type != null && (type == Object.class || AnnotationUtils.isCandidateClass(type, annotation))) {
				types.put(name, type);
			}
		}
		List<AnnotatedBean> beans = new ArrayList<>();
		types.forEach((name, type) -> {
			ListableBeanFactory beanFactory = owner(whole, name);
			boolean exists = beanFactory instanceof ConfigurableListableBeanFactory configurable
					&& configurable.containsSingleton(name);
			boolean shared = beanFactory.isSingleton(name);
			Object instance = (exists && shared) ? beanFactory.getBean(name) : null;
			AnnotatedBean behind = new AnnotatedBean(name, type, instance, () -> beanFactory.getBean(name), shared,
					List.of());
			for (AnnotatedBean bean : behind.searched(types.values())) {
				if (AnnotationUtils.isCandidateClass(bean.type, annotation)) {
					bean.warnOfScope(beanFactory, annotation);
					beans.add(bean);
				}
			}
		});
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
	 * The bean by each type whose methods it has: its class, and what only its proxy
	 * implements, as those of repositories do. The class of a lambda tells less than its
	 * interfaces. A method that the proxy passes on to another bean, as a repository does
	 * for a fragment, is a method of that bean.
	 */
	private List<AnnotatedBean> searched(Collection<Class<?>> found) {
		List<AnnotatedBean> beans = new ArrayList<>();
		if (this.type.isHidden()) {
			mostSpecific(ClassUtils.getAllInterfacesForClassAsSet(this.type))
				.forEach((each) -> beans.add(by(each, List.of())));
		}
		else {
			beans.add(this);
		}
		if (this.instance instanceof SpringProxy) {
			Set<Class<?>> added = new LinkedHashSet<>(
					ClassUtils.getAllInterfacesForClassAsSet(this.instance.getClass()));
			added.removeIf((each) -> each.isAssignableFrom(this.type) || each.getName().startsWith(SPRING));
			List<Class<?>> others = new ArrayList<>(found);
			for (Class<?> each : mostSpecific(added)) {
				beans.add(by(each, List.copyOf(others)));
				others.add(each);
			}
		}
		return beans;
	}

	private AnnotatedBean by(Class<?> type, List<Class<?>> others) {
		return new AnnotatedBean(this.name, type, this.instance, this.source, this.shared, others);
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
		return new AnnotatedBean(type.getSimpleName(), type, object, () -> object, true, List.of())
			.searched(List.of(type));
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
					(Method method) -> !isOfOther(method) && AnnotatedElementUtils.hasAnnotation(method, annotation));
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

	/** Whether another type has a method of an interface of the proxy. */
	private boolean isOfOther(Method method) {
		return this.others.stream().anyMatch(method.getDeclaringClass()::isAssignableFrom);
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
