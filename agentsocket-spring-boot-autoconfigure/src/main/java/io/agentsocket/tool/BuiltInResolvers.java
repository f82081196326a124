package io.agentsocket.tool;

import java.security.Principal;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Predicate;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Deadline;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Supplies the parameters that every tool can have.
 *
 * @param type whether a type is supplied
 * @param value supplies it
 */
record BuiltInResolvers(Predicate<Class<?>> type,
		BiFunction<MethodParameter, AgentExchange, @Nullable Object> value) implements ToolArgumentResolver {

	static final List<ToolArgumentResolver> ALL = List.of(
			new BuiltInResolvers(AgentExchange.class::equals, (parameter, exchange) -> exchange),
			new BuiltInResolvers(AgentSession.class::equals, (parameter, exchange) -> exchange.session()),
			new BuiltInResolvers(Deadline.class::equals, (parameter, exchange) -> Deadline.of(exchange)),
			new BuiltInResolvers(Principal.class::isAssignableFrom, BuiltInResolvers::principal));

	@Override
	public boolean supports(MethodParameter parameter) {
		return this.type.test(parameter.getParameterType());
	}

	@Override
	public @Nullable Object resolve(MethodParameter parameter, AgentExchange exchange) {
		return this.value.apply(parameter, exchange);
	}

	private static @Nullable Object principal(MethodParameter parameter, AgentExchange exchange) {
		Principal principal = exchange.principal();
		if (parameter.getParameterType().isInstance(principal) || parameter.isOptional()) {
			return parameter.getParameterType().isInstance(principal) ? principal : null;
		}
		throw (principal == null)
				? new ActionException(ErrorCode.UNAUTHENTICATED, "This action needs an authenticated caller.").notRun()
				: new ActionException(ErrorCode.PERMISSION_DENIED, "This action is not for this kind of caller.")
					.notRun();
	}

}
