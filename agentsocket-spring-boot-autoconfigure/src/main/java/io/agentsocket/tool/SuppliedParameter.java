package io.agentsocket.tool;

import java.util.function.Function;

import io.agentsocket.action.AgentExchange;
import org.jspecify.annotations.Nullable;

/**
 * A parameter that does not come from the caller's arguments.
 *
 * @param index index of the parameter
 * @param value supplies it for an invocation
 */
record SuppliedParameter(int index, Function<AgentExchange, @Nullable Object> value) {

}
