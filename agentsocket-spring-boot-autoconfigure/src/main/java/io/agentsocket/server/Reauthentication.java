package io.agentsocket.server;

import java.security.Principal;
import java.util.Set;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.connection.Peer;
import org.jspecify.annotations.Nullable;

/**
 * Gives a session whose agent was authenticated anew its new principal: asks again for
 * the actions that the agent may see, ends its open calls of the others, and tells it of
 * those that have come and gone. Runs in the peer's loop.
 */
final class Reauthentication {

	private final HostedSession session;

	Reauthentication(HostedSession session) {
		this.session = session;
	}

	/**
	 * Go on with a principal.
	 * @param principal the principal of the new handshake, or {@code null} for none
	 */
	void identify(@Nullable Principal principal) {
		Peer peer = this.session.peer();
		SessionActions visible = this.session.actions();
		Set<String> before = visible.names();
		this.session.session().identify(principal);
		visible.forgetVisibility();
		peer.reauthorize(visible::isHidden);
		Set<String> now = visible.names();
		String hash = visible.hash();
		for (String name : before) {
			if (!now.contains(name)) {
				peer.announcer().withdraw(name, hash);
			}
		}
		for (String name : now) {
			Action action = before.contains(name) ? null : visible.find(name);
			if (action != null) {
				peer.announcer().announce(name, ActionDescriptor.of(action).toMap(), hash);
			}
		}
	}

}
