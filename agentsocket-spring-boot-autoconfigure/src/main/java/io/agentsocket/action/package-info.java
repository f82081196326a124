/**
 * Actions: named operations that one side offers to the other. Start with
 * {@link io.agentsocket.action.Action} and {@link io.agentsocket.action.AgentExchange}.
 * Knows neither where actions come from (beans, lambdas, functions) nor how frames reach
 * them.
 */
@NullMarked
package io.agentsocket.action;

import org.jspecify.annotations.NullMarked;
