package io.agentsocket.tool;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.function.Supplier;

import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.tool.execution.ToolGuard;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.SpringProxy;
import org.springframework.aop.TargetSource;
import org.springframework.aop.framework.Advised;
import org.springframework.util.ReflectionUtils;

/**
 * The object behind all proxies of a bean, for a method that no proxy has. A method that
 * a rule of security holds for is not called, since only a proxy asks the rule. Nor is
 * one behind an opaque proxy, which shows neither its object nor its rules. Thread-safe.
 */
final class UnproxiedTarget implements Supplier<BeanMethod> {

	private static final String SECURED = "A rule of security holds for it, which is not asked where a method is static or private.";

	private static final String OPAQUE = "Its bean has a proxy that does not tell what is behind it.";

	private final AnnotatedBean bean;

	private final Method method;

	private final ToolGuard guard;

	private volatile @Nullable BeanMethod known;

	private UnproxiedTarget(AnnotatedBean bean, Method method, ToolGuard guard) {
		this.bean = bean;
		this.method = method;
		this.guard = guard;
	}

	/**
	 * Whether proxies do not have a method.
	 * @param method the method
	 * @return {@code true} for static and private ones
	 */
	static boolean isFor(Method method) {
		return Modifier.isStatic(method.getModifiers()) || Modifier.isPrivate(method.getModifiers());
	}

	/**
	 * How to get at such a method for a call.
	 * @param bean the bean
	 * @param method one of its methods
	 * @param guard knows rules of security
	 * @param problems gets a mistake
	 * @return gives the object and the method, or {@code null} when it may not be called
	 */
	static @Nullable Supplier<BeanMethod> of(AnnotatedBean bean, Method method, ToolGuard guard,
			DeclarationErrors problems) {
		ReflectionUtils.makeAccessible(method);
		Object present = bean.instance();
		while (present instanceof Advised advised) {
			if (guard.secures(present, method)) {
				problems.add(bean, method, SECURED, "Make it an instance method that is not private.");
				return null;
			}
			TargetSource source = advised.getTargetSource();
			present = source.isStatic() ? target(source) : null;
		}
		if (present instanceof SpringProxy) {
			problems.add(bean, method, OPAQUE,
					"Make it an instance method that is not private, or the proxy one that is not opaque.");
			return null;
		}
		return new UnproxiedTarget(bean, method, guard);
	}

	@Override
	public BeanMethod get() {
		BeanMethod known = this.known;
		if (known != null) {
			return known;
		}
		Object object = this.bean.source().get();
		boolean same = this.bean.shared();
		while (object instanceof Advised advised) {
			if (this.guard.secures(object, this.method)) {
				throw new IllegalStateException(this.method + " is no tool. " + SECURED);
			}
			TargetSource source = advised.getTargetSource();
			same &= source.isStatic();
			object = target(source);
		}
		if (object instanceof SpringProxy) {
			throw new IllegalStateException(this.method + " is no tool. " + OPAQUE);
		}
		BeanMethod found = new BeanMethod(object, this.method);
		if (same) {
			this.known = found;
		}
		return found;
	}

	private static Object target(TargetSource source) {
		try {
			Object target = source.getTarget();
			if (target == null) {
				throw new IllegalStateException("Nothing is behind the proxy of " + source.getTargetClass());
			}
			return target;
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException("The bean behind a proxy cannot be had", ex);
		}
	}

}
