package io.agentsocket.method;

import java.lang.reflect.Method;

import kotlin.reflect.KFunction;
import kotlin.reflect.jvm.ReflectJvmMapping;

import org.springframework.core.KotlinDetector;

/**
 * Names of methods as they are written.
 */
public final class MethodNames {

	private MethodNames() {
	}

	/**
	 * The name of a method in its source. The compiler of Kotlin appends the module to
	 * that of an internal function.
	 * @param method the method
	 * @return the name
	 */
	public static String of(Method method) {
		if (!KotlinDetector.isKotlinType(method.getDeclaringClass())) {
			return method.getName();
		}
		return KotlinDetector.isKotlinReflectPresent() ? Kotlin.name(method) : written(method.getName());
	}

	private static String written(String name) {
		int module = name.indexOf('$');
		return (module > 0) ? name.substring(0, module) : name;
	}

	private static final class Kotlin {

		private Kotlin() {
		}

		static String name(Method method) {
			KFunction<?> function = ReflectJvmMapping.getKotlinFunction(method);
			return (function != null) ? function.getName() : written(method.getName());
		}

	}

}
