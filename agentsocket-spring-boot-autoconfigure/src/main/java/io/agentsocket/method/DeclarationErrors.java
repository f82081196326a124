package io.agentsocket.method;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.agentsocket.method.InvalidMethodsException.Problem;

import org.springframework.core.MethodParameter;

/**
 * Collects mistakes, so that all are reported together. Not thread-safe.
 */
public final class DeclarationErrors {

	private final List<Problem> list = new ArrayList<>();

	/**
	 * Add a mistake.
	 * @param bean the bean
	 * @param method its method
	 * @param problem the mistake
	 * @param action the mend
	 */
	public void add(AnnotatedBean bean, Method method, String problem, String action) {
		add(bean.name(), describe(bean.type(), method), problem, action);
	}

	/**
	 * Add a mistake in a parameter.
	 * @param bean the bean
	 * @param method its method
	 * @param parameter the parameter
	 * @param problem the mistake, without the subject
	 * @param action the mend
	 */
	public void add(AnnotatedBean bean, Method method, MethodParameter parameter, String problem, String action) {
		String name = parameter.getParameterName();
		add(bean, method,
				"The parameter "
						+ ((name != null) ? "'" + name + "' " : "number " + (parameter.getParameterIndex() + 1) + " ")
						+ problem,
				action);
	}

	/**
	 * Add a mistake.
	 * @param owner the declaration with the mistake
	 * @param place where it is
	 * @param problem the mistake
	 * @param action the mend
	 */
	public void add(String owner, String place, String problem, String action) {
		this.list.add(new Problem(owner, place, problem, action));
	}

	/**
	 * How many mistakes there are.
	 * @return the number so far
	 */
	public int count() {
		return this.list.size();
	}

	/**
	 * Report the collected mistakes.
	 * @param exception makes the exception
	 * @throws InvalidMethodsException if there is anything
	 */
	public void throwIfAny(Function<List<Problem>, ? extends InvalidMethodsException> exception) {
		if (!this.list.isEmpty()) {
			throw exception.apply(this.list);
		}
	}

	/**
	 * A method as in its source.
	 * @param type class of the bean
	 * @param method the method
	 * @return class, name and simple parameter types
	 */
	public static String describe(Class<?> type, Method method) {
		return type.getName() + "." + method.getName()
				+ Arrays.stream(method.getParameterTypes())
					.map(Class::getSimpleName)
					.collect(Collectors.joining(", ", "(", ")"));
	}

}
