package io.agentsocket.method;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.BridgeMethodResolver;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A bean, possibly a proxy, and the method to call on it.
 *
 * @param bean the bean
 * @param method the method as the bean exposes it
 */
public record BeanMethod(Object bean, Method method) {

	private static final String MAKE_OPEN = "Make the method (in Kotlin also the class) open.";

	/**
	 * Bind a method to a bean.
	 * @param bean the bean
	 * @param method the method where it was found
	 * @return the target
	 * @throws IllegalStateException if the bean is a proxy that does not expose the
	 * method, or would run it on itself
	 */
	public static BeanMethod of(Object bean, Method method) {
		if (isFinal(bean, method)) {
			throw new IllegalStateException(
					method + " is final, and the proxy of its bean cannot override it. " + MAKE_OPEN);
		}
		if (isHidden(bean, method)) {
			throw new IllegalStateException(method + " is not visible to the proxy of its bean. Make it public.");
		}
		Method invocable = invocable(bean, method);
		ReflectionUtils.makeAccessible(invocable);
		return new BeanMethod(bean, invocable);
	}

	/**
	 * The method by which a bean is called.
	 * @param bean the bean, possibly a proxy
	 * @param method the method where it was found
	 * @return the same, or that of an interface
	 * @throws IllegalStateException if the bean is a proxy that does not expose the
	 * method
	 */
	public static Method invocable(Object bean, Method method) {
		Method declared = Proxy.isProxyClass(bean.getClass()) && !method.getDeclaringClass().isInstance(bean)
				? declared(bean.getClass(), AopProxyUtils.ultimateTargetClass(bean), method) : null;
		return (declared != null) ? declared : AopUtils.selectInvocableMethod(method, bean.getClass());
	}

	private static @Nullable Method declared(Class<?> proxy, Class<?> type, Method method) {
		for (Class<?> implemented : ClassUtils.getAllInterfacesForClassAsSet(proxy)) {
			Method declared = declaredBy(implemented, type, method);
			if (declared != null) {
				return declared;
			}
		}
		return null;
	}

	/**
	 * The method of an interface by which a method of a class is called. The types of its
	 * parameters are those of the class, or variables that stand for them.
	 * @param implemented an interface
	 * @param type the class
	 * @param method a method that the class has
	 * @return the method of the interface, or {@code null} when it has none
	 */
	public static @Nullable Method declaredBy(Class<?> implemented, Class<?> type, Method method) {
		Method same = ClassUtils.getMethodIfAvailable(implemented, method.getName(), method.getParameterTypes());
		if (same != null || !implemented.isAssignableFrom(type)) {
			return same;
		}
		for (Method each : implemented.getMethods()) {
			if (each.getName().equals(method.getName()) && each.getParameterCount() == method.getParameterCount()
					&& BridgeMethodResolver.getMostSpecificMethod(each, type).equals(method)) {
				return each;
			}
		}
		return null;
	}

	/**
	 * The target that is resolved at the first call.
	 * @param bean gives the bean
	 * @param method the method where it was found
	 * @param shared whether the bean is the same in each call
	 * @return the source
	 */
	public static Supplier<BeanMethod> lazily(Supplier<Object> bean, Method method, boolean shared) {
		return shared ? new Shared(bean, method) : () -> of(bean.get(), method);
	}

	/**
	 * How to get at a method of a bean for a call.
	 * @param bean the bean
	 * @param method one of its methods
	 * @param noun the kind of the method, such as "A tool"
	 * @param problems gets a mistake
	 * @return gives the bean and the method, or {@code null} when it cannot be called
	 */
	public static @Nullable Supplier<BeanMethod> target(AnnotatedBean bean, Method method, String noun,
			DeclarationErrors problems) {
		if (Modifier.isStatic(method.getModifiers()) || Modifier.isPrivate(method.getModifiers())) {
			problems.add(bean, method, noun + " is neither static nor private.",
					"Make it an instance method that is not private.");
			return null;
		}
		Object instance = bean.instance();
		if (instance == null) {
			return lazily(bean.source(), method, bean.shared());
		}
		if (isFinal(instance, method)) {
			problems.add(bean, method, "The bean is proxied by a subclass, which cannot override a final method.",
					MAKE_OPEN);
			return null;
		}
		if (isHidden(instance, method)) {
			problems.add(bean, method,
					"The bean is proxied by a subclass in another package, which cannot override it.",
					"Make the method public or protected.");
			return null;
		}
		try {
			BeanMethod target = of(instance, method);
			return () -> target;
		}
		catch (IllegalStateException ex) {
			problems.add(bean, method, "The bean is a JDK proxy that does not expose the method.",
					"Declare the method in an interface of the bean, or set proxyTargetClass = true.");
			return null;
		}
	}

	/**
	 * Whether a proxy would run the method on itself, where nothing is injected and no
	 * rule is asked.
	 */
	private static boolean isFinal(Object bean, Method method) {
		return Modifier.isFinal(method.getModifiers()) && AopUtils.isCglibProxy(bean);
	}

	/**
	 * Whether a proxy would run the method on itself: its class does not see it, and
	 * passes no call on to the bean.
	 */
	private static boolean isHidden(Object bean, Method method) {
		int hidden = Modifier.PUBLIC | Modifier.PROTECTED | Modifier.PRIVATE | Modifier.STATIC;
		return (method.getModifiers() & hidden) == 0 && AopUtils.isCglibProxy(bean)
				&& !method.getDeclaringClass().getPackageName().equals(bean.getClass().getPackageName());
	}

	/**
	 * Call the method.
	 * @param arguments one for each parameter
	 * @return the return value of the method
	 * @throws Exception the exception of the method, without wrappers
	 */
	public @Nullable Object invoke(@Nullable Object[] arguments) throws Exception {
		try {
			return this.method.invoke(this.bean, arguments);
		}
		catch (InvocationTargetException | UndeclaredThrowableException ex) {
			throw unwrap(ex);
		}
	}

	/**
	 * Take the wrappers of reflection, proxies and futures off.
	 * @param failure the throwable
	 * @return the exception of the method; an error that Reactor would not deliver is
	 * wrapped
	 */
	public static Exception unwrap(Throwable failure) {
		Throwable current = failure;
		while ((current instanceof InvocationTargetException || current instanceof UndeclaredThrowableException
				|| current instanceof CompletionException || current instanceof ExecutionException)
				&& current.getCause() != null) {
			current = current.getCause();
		}
		if (current instanceof Exception exception) {
			return exception;
		}
		if (current instanceof OutOfMemoryError error) {
			throw error;
		}
		return new IllegalStateException("The method failed with an error", current);
	}

	private static final class Shared implements Supplier<BeanMethod> {

		private final Supplier<Object> bean;

		private final Method method;

		private volatile @Nullable BeanMethod target;

		Shared(Supplier<Object> bean, Method method) {
			this.bean = bean;
			this.method = method;
		}

		@Override
		public BeanMethod get() {
			BeanMethod target = this.target;
			if (target == null) {
				target = of(this.bean.get(), this.method);
				this.target = target;
			}
			return target;
		}

	}

}
