package io.agentsocket.autoconfigure.relay;

import io.agentsocket.relay.FunctionRelays;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;

import org.springframework.beans.factory.ObjectProvider;

/**
 * Tells functions of sessions, and warms them up when an agent comes.
 */
final class RelaySessionListener implements AgentSessionListener {

	private final ObjectProvider<FunctionRelays> relays;

	RelaySessionListener(ObjectProvider<FunctionRelays> relays) {
		this.relays = relays;
	}

	@Override
	public void opened(AgentSession session, OpenReason reason) {
		this.relays.ifAvailable((present) -> present.session(session, true));
	}

	@Override
	public void attached(AgentSession session) {
		this.relays.ifAvailable(FunctionRelays::connected);
	}

	@Override
	public void ended(AgentSession session, EndReason reason) {
		this.relays.ifAvailable((present) -> present.session(session, false));
	}

}
