package io.agentsocket.tool;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

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
	@Nullable Object invoke(ToolTarget target, @Nullable Object[] arguments) throws Exception;

	/** Calls by reflection. */
	ToolInvoker REFLECTIVE = (target, arguments) -> {
		Method method = target.method();
		try {
			return method.invoke(target.bean(), arguments);
		}
		catch (InvocationTargetException | UndeclaredThrowableException ex) {
			throw unwrap(ex);
		}
	};

	/**
	 * Take the wrappers of reflection, proxies and futures off.
	 * @param failure what was thrown
	 * @return what the tool threw; an error that Reactor would not deliver is wrapped
	 */
	static Exception unwrap(Throwable failure) {
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
		return new IllegalStateException("A tool failed with an error", current);
	}

}
