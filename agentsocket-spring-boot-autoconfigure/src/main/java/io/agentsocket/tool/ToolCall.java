package io.agentsocket.tool;

import java.util.function.Supplier;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.tool.execution.ToolCode;
import org.jspecify.annotations.Nullable;

/**
 * A tool, ready to be called: everything that reflection had to say is resolved.
 *
 * @param target gives the bean and its method
 * @param invoker calls the method
 * @param binder binds the arguments
 */
record ToolCall(Supplier<BeanMethod> target, ToolInvoker invoker, ArgumentBinder binder) implements ToolCode {

	@Override
	public @Nullable Object run(AgentExchange exchange) throws Exception {
		BeanMethod target = this.target.get();
		@Nullable Object[] values = this.binder.bind(exchange, target);
		try {
			return this.invoker.invoke(target, values);
		}
		catch (RuntimeException ex) {
			throw this.binder.failure(ex, exchange, values);
		}
	}

}
