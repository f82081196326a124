package io.agentsocket.tool;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Collects mistakes, so that all are reported together.
 */
final class Problems {

	private final List<InvalidToolsException.Problem> list = new ArrayList<>();

	void add(ToolBean bean, Method method, String problem, String action) {
		this.list.add(new InvalidToolsException.Problem(bean.name(), describe(bean.type(), method), problem, action));
	}

	int count() {
		return this.list.size();
	}

	/**
	 * Report what was collected.
	 * @throws InvalidToolsException if there is anything
	 */
	void throwIfAny() {
		if (!this.list.isEmpty()) {
			throw new InvalidToolsException(this.list);
		}
	}

	static String describe(Class<?> type, Method method) {
		return type.getName() + "." + method.getName()
				+ Arrays.stream(method.getParameterTypes())
					.map(Class::getSimpleName)
					.collect(Collectors.joining(", ", "(", ")"));
	}

}
