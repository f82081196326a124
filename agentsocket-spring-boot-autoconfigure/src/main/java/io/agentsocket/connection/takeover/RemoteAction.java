package io.agentsocket.connection.takeover;

import java.util.Map;

import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Marks an action of a session that another peer of the session has: its invocations are
 * passed on to that peer, with all that belongs to them.
 *
 * @param runner name of the peer
 * @param recipe the data with which another pod offers the action when the pod of that
 * peer is gone; empty when no other pod can
 */
public record RemoteAction(String runner, Map<String, Object> recipe) implements ActionHandler {

	/** Runs only where nobody passes invocations on: in a session that is not shared. */
	@Override
	public Publisher<?> handle(AgentExchange exchange) {
		return Mono.error(() -> new ActionException(ErrorCode.UNAVAILABLE, "The action is in another pod"));
	}

}
