package io.agentsocket.tool;

import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.Map;

import io.agentsocket.method.BeanMethod;
import kotlin.Unit;
import kotlin.jvm.JvmClassMappingKt;
import kotlin.reflect.KClass;
import kotlin.reflect.KClassifier;
import kotlin.reflect.KFunction;
import kotlin.reflect.KParameter;
import kotlin.reflect.full.KClasses;
import kotlin.reflect.jvm.KCallablesJvm;
import kotlin.reflect.jvm.ReflectJvmMapping;
import org.jspecify.annotations.Nullable;

import org.springframework.core.CoroutinesUtils;
import org.springframework.core.KotlinDetector;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Calls Kotlin functions: {@code suspend} ones and those with default values.
 */
final class KotlinCalls {

	private KotlinCalls() {
	}

	/**
	 * Choose how to call a method.
	 * @param method a method
	 * @return the invoker
	 */
	static ToolInvoker invokerFor(Method method) {
		if (!KotlinDetector.isKotlinReflectPresent() || !KotlinDetector.isKotlinType(method.getDeclaringClass())) {
			return ToolInvoker.REFLECTIVE;
		}
		if (KotlinDetector.isSuspendingFunction(method)) {
			return Functions::suspending;
		}
		return Functions.hasDefaults(method) ? Functions::withDefaults : ToolInvoker.REFLECTIVE;
	}

	private static final class Functions {

		private Functions() {
		}

		static boolean hasDefaults(Method method) {
			KFunction<?> function = ReflectJvmMapping.getKotlinFunction(method);
			return function != null && function.getParameters().stream().anyMatch(KParameter::isOptional);
		}

		@SuppressWarnings("NullAway") // Spring's array may hold null, but does not say so
		static Object suspending(BeanMethod target, @Nullable Object[] arguments) {
			return CoroutinesUtils.invokeSuspendingFunction(target.method(), target.bean(), arguments);
		}

		/** The method has what a value class holds, the function has the class itself. */
		private static @Nullable Object boxed(KParameter parameter, @Nullable Object value) {
			KClassifier classifier = parameter.getType().getClassifier();
			if (value == null || !(classifier instanceof KClass<?> type) || !type.isValue() || type.isInstance(value)) {
				return value;
			}
			KFunction<?> constructor = KClasses.getPrimaryConstructor(type);
			if (constructor == null) {
				return value;
			}
			KCallablesJvm.setAccessible(constructor, true);
			return constructor.call(value);
		}

		/** The function returns a value class itself, the method what it holds. */
		private static @Nullable Object unboxed(Class<?> returned, @Nullable Object result) throws Exception {
			if (result == null || ClassUtils.isAssignableValue(returned, result)
					|| !JvmClassMappingKt.getKotlinClass(result.getClass()).isValue()) {
				return result;
			}
			Method held = result.getClass().getMethod("unbox-impl");
			ReflectionUtils.makeAccessible(held);
			return held.invoke(result);
		}

		static @Nullable Object withDefaults(BeanMethod target, @Nullable Object[] arguments) throws Exception {
			KFunction<?> function = ReflectJvmMapping.getKotlinFunction(target.method());
			if (function == null) {
				return ToolInvoker.REFLECTIVE.invoke(target, arguments);
			}
			KCallablesJvm.setAccessible(function, true);
			try {
				Object result = function.callBy(values(function, target.bean(), arguments));
				return (result == Unit.INSTANCE) ? null : unboxed(target.method().getReturnType(), result);
			}
			catch (Exception ex) {
				throw BeanMethod.unwrap(ex);
			}
		}

		private static Map<KParameter, @Nullable Object> values(KFunction<?> function, Object bean,
				@Nullable Object[] arguments) {
			Map<KParameter, @Nullable Object> values = new HashMap<>();
			int index = 0;
			for (KParameter parameter : function.getParameters()) {
				if (parameter.getKind() == KParameter.Kind.INSTANCE) {
					values.put(parameter, bean);
				}
				else {
					Object value = arguments[index++];
					if (value != null || !parameter.isOptional()) {
						values.put(parameter, boxed(parameter, value));
					}
				}
			}
			return values;
		}

	}

}
