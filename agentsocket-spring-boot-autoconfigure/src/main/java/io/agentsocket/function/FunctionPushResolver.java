package io.agentsocket.function;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.tool.ToolArgumentResolver;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Gives tools the {@link FunctionPush} of their invocation.
 */
public final class FunctionPushResolver implements ToolArgumentResolver {

	@Override
	public boolean supports(MethodParameter parameter) {
		return parameter.getParameterType() == FunctionPush.class;
	}

	@Override
	public @Nullable Object resolve(MethodParameter parameter, AgentExchange exchange) {
		FunctionPush push = (exchange.session() instanceof FunctionSession session) ? session.push(exchange) : null;
		if (push == null && !parameter.isOptional()) {
			throw new ActionException(ErrorCode.FAILED_PRECONDITION, "This action needs a pod that takes pushes.")
				.notRun();
		}
		return push;
	}

}
