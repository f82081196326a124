package io.agentsocket.tool;

import java.lang.reflect.Method;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A bean, possibly a proxy, and the method to call on it.
 *
 * @param bean the bean
 * @param method the method as the bean exposes it
 */
record ToolTarget(Object bean, Method method) {

	/**
	 * Bind a method to a bean.
	 * @param bean the bean
	 * @param method the method where it was found
	 * @return the target
	 * @throws IllegalStateException if the bean is a proxy that does not expose the
	 * method
	 */
	static ToolTarget of(Object bean, Method method) {
		Method invocable = AopUtils.selectInvocableMethod(method, bean.getClass());
		ReflectionUtils.makeAccessible(invocable);
		return new ToolTarget(bean, invocable);
	}

	/**
	 * The target that is resolved at the first call.
	 * @param bean gives the bean
	 * @param method the method where it was found
	 * @param shared whether the bean is the same in each call
	 * @return the source
	 */
	static Supplier<ToolTarget> lazily(Supplier<Object> bean, Method method, boolean shared) {
		return shared ? new Shared(bean, method) : () -> of(bean.get(), method);
	}

	private static final class Shared implements Supplier<ToolTarget> {

		private final Supplier<Object> bean;

		private final Method method;

		private volatile @Nullable ToolTarget target;

		Shared(Supplier<Object> bean, Method method) {
			this.bean = bean;
			this.method = method;
		}

		@Override
		public ToolTarget get() {
			ToolTarget target = this.target;
			if (target == null) {
				target = of(this.bean.get(), this.method);
				this.target = target;
			}
			return target;
		}

	}

}
