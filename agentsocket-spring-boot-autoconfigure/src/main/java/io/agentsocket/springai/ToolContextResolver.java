package io.agentsocket.springai;

import java.util.Map;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.tool.ToolArgumentResolver;

import org.springframework.ai.chat.model.ToolContext;
import org.springframework.core.MethodParameter;

/**
 * Gives tools of Spring AI their {@link ToolContext}: it has the invocation, by which a
 * tool can tell of progress, ask, and learn its caller.
 */
public final class ToolContextResolver implements ToolArgumentResolver {

	/** Key of the tool context: the {@link AgentExchange} of the invocation. */
	public static final String EXCHANGE = "agentsocket.exchange";

	@Override
	public boolean supports(MethodParameter parameter) {
		return parameter.getParameterType() == ToolContext.class;
	}

	@Override
	public Object resolve(MethodParameter parameter, AgentExchange exchange) {
		return contextOf(exchange);
	}

	static ToolContext contextOf(AgentExchange exchange) {
		return new ToolContext(Map.of(EXCHANGE, exchange));
	}

}
