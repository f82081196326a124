package io.agentsocket.tool;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;

import io.agentsocket.codec.declared.KotlinTypes;
import io.agentsocket.tool.schema.BoundArgument;
import kotlin.reflect.KClass;
import kotlin.reflect.KFunction;
import kotlin.reflect.KParameter;
import kotlin.reflect.full.KClasses;
import kotlin.reflect.jvm.KCallablesJvm;
import kotlin.reflect.jvm.ReflectJvmMapping;
import org.jspecify.annotations.Nullable;

/**
 * Value classes of Kotlin as parameters. A method has what such a class holds, so that
 * nothing else asks the class whether it takes a value.
 */
@FunctionalInterface
interface ValueClasses {

	/** For a parameter of any other type. */
	ValueClasses NONE = (value) -> {
	};

	/**
	 * Check a value.
	 * @param value what an object of the class is to hold, or the object
	 * @throws IllegalArgumentException if the class does not take it
	 */
	void check(Object value);

	/**
	 * The value class of a parameter.
	 * @param argument an argument
	 * @return checks its values
	 */
	static ValueClasses of(BoundArgument argument) {
		return (argument.parameter().getExecutable() instanceof Method method
				&& KotlinTypes.isKotlin(method.getDeclaringClass())) ? Functions.of(method, argument.index()) : NONE;
	}

	/** Nothing else has types of Kotlin: without them Java works on. */
	final class Functions {

		private Functions() {
		}

		static ValueClasses of(Method method, int index) {
			KFunction<?> function = ReflectJvmMapping.getKotlinFunction(method);
			List<KParameter> parameters = (function == null) ? List.of()
					: function.getParameters()
						.stream()
						.filter((parameter) -> parameter.getKind() == KParameter.Kind.VALUE)
						.toList();
			KClass<?> type = (index < parameters.size()) ? valueClass(parameters.get(index)) : null;
			return (type != null) ? (value) -> box(type, value) : NONE;
		}

		private static @Nullable KClass<?> valueClass(KParameter parameter) {
			return (parameter.getType().getClassifier() instanceof KClass<?> type && type.isValue()) ? type : null;
		}

		private static Object box(KClass<?> type, Object value) {
			KFunction<?> constructor = KClasses.getPrimaryConstructor(type);
			if (constructor == null || type.isInstance(value)) {
				return value;
			}
			KClass<?> inner = valueClass(constructor.getParameters().get(0));
			KCallablesJvm.setAccessible(constructor, true);
			try {
				return constructor.call((inner != null) ? box(inner, value) : value);
			}
			catch (Exception ex) {
				// Kotlin declares none of what it throws.
				throw new IllegalArgumentException((ex instanceof InvocationTargetException) ? ex.getCause() : ex);
			}
		}

	}

}
