package io.agentsocket.tool;

import io.agentsocket.action.AgentExchange;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;

/**
 * Supplies parameters of tools that do not come from the caller's arguments, and
 * therefore do not appear in the schema. Beans of this type are asked in their order,
 * before the built-in ones for {@code AgentExchange}, {@code AgentSession},
 * {@code Principal} and {@code Deadline}.
 */
public interface ToolArgumentResolver {

	/**
	 * Whether this resolver supplies a parameter. Asked when tools are read. For an
	 * {@code Optional} that no resolver supplies, all are asked for the type in it, as a
	 * parameter of that type which may be {@code null}.
	 * @param parameter a parameter of a tool
	 * @return {@code true} to supply it in every invocation
	 */
	boolean supports(MethodParameter parameter);

	/**
	 * Supply the parameter for one invocation. Called where the tool runs: on the event
	 * loop, which it must not block, unless the tool is a blocking one.
	 * @param parameter the supported parameter
	 * @param exchange the invocation
	 * @return the value
	 * @throws io.agentsocket.protocol.ActionException to end the invocation
	 */
	@Nullable Object resolve(MethodParameter parameter, AgentExchange exchange);

}
