package io.agentsocket.autoconfigure.relay;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.relay.push.ReachableSessions;
import io.agentsocket.server.AgentSocket;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Finds sessions for pushes, wherever they are.
 */
final class OperationsSessions implements ReachableSessions {

	private final AgentSocketOperations operations;

	OperationsSessions(AgentSocketOperations operations) {
		this.operations = operations;
	}

	@Override
	public Mono<Reached> find(String id) {
		return this.operations.session(id).map(Found::new);
	}

	private record Found(AgentSocket socket) implements Reached {

		@Override
		public AgentSession session() {
			return this.socket.session();
		}

		@Override
		public Mono<Void> sendEvent(String name, @Nullable Object payload) {
			return this.socket.sendEvent(name, payload);
		}

		@Override
		public void checkEvent(String name, @Nullable Object payload) {
			this.socket.checkEvent(name, payload);
		}

		@Override
		public ActionCatalog actions() {
			return this.socket.actions();
		}

	}

}
