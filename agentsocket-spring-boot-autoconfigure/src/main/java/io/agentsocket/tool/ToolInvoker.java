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
	 * @return what the method returns
	 * @throws Exception what the method throws, without wrappers
	 */
	@Nullable Object invoke(BeanMethod target, @Nullable Object[] arguments) throws Exception;

	/** Calls by reflection. */
	ToolInvoker REFLECTIVE = BeanMethod::invoke;

}
