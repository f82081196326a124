package io.agentsocket.tool;

import io.agentsocket.method.BeanMethod;
import org.jspecify.annotations.Nullable;

/**
 * Calls the method of a tool. Resolved once, thread-safe.
 */
@FunctionalInterface
interface ToolInvoker {

	/**
	 * Call the method.
	 * @param target the bean and its method
	 * @param arguments one for each parameter
	 * @return the return value of the method
	 * @throws Exception the exception of the method, without wrappers
	 */
	@Nullable Object invoke(BeanMethod target, @Nullable Object[] arguments) throws Exception;

	/**
	 * The same with its results converted.
	 * @param conversion the conversion, or {@code null} for none
	 * @return an invoker
	 */
	default ToolInvoker convertedBy(ToolDialect.@Nullable Conversion conversion) {
		return (conversion != null) ? (target, arguments) -> conversion.convert(invoke(target, arguments)) : this;
	}

	/** Calls by reflection. */
	ToolInvoker REFLECTIVE = BeanMethod::invoke;

}
