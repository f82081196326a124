package io.agentsocket.server;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.connection.Peer;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The agent at the other end of a session: invoke its actions, send it events, give it
 * actions of its own. Obtained from {@link AgentSocketOperations}, thread-safe, and may
 * be kept: it works as long as the session lives, in whichever pod that is and wherever
 * it moves.
 *
 * <p>
 * Invocations and events fail with an {@link io.agentsocket.protocol.ActionException}:
 * <ul>
 * <li>FAILED_PRECONDITION when the session has ended, or ends meanwhile;</li>
 * <li>RESOURCE_EXHAUSTED, retryable, when too much waits for the agent already;</li>
 * <li>TOO_LARGE when it exceeds the limit of the agent;</li>
 * <li>UNAVAILABLE, retryable, when the session store is out of reach.</li>
 * </ul>
 */
public final class AgentSocket {

	private final AgentSocketServer server;

	private final String id;

	private volatile ServerSession known;

	AgentSocket(AgentSocketServer server, ServerSession session) {
		this.server = server;
		this.id = session.state().id();
		this.known = session;
	}

	/**
	 * The session as this pod knows it. Ask again for it after a while: what it says of
	 * attributes is a copy, which is made when the session is looked up.
	 * @return the session; {@link AgentSession#isConnected()} tells whether the agent is
	 * connected to this pod now
	 */
	public AgentSession session() {
		return latest().session();
	}

	private ServerSession latest() {
		ServerSession present = this.server.present(this.id);
		if (present != null) {
			this.known = present;
		}
		return this.known;
	}

	/**
	 * Invoke an action of the agent. While the session is detached the invocation waits
	 * for the agent to come back, within its timeout. In a pod other than that of the
	 * session it goes through the inbox of the session.
	 * @param action name of the action
	 * @return the call, which may be described further before it is made; fails as
	 * described {@linkplain AgentSocket above}
	 * @throws IllegalArgumentException if it is not the name of an action
	 */
	public InvocationSpec invoke(String action) {
		return Peer.invoke(this.server.locator().present(this.id).map(ServerSession::peer), action);
	}

	/**
	 * Send an event. While the session is detached it is kept for the agent, within
	 * bounds. It arrives at most once, and after the events that the session had taken
	 * before.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 * @return sends when it is subscribed to. Completes when the session has taken the
	 * event: in the pod of the session when it waits to be sent, elsewhere when it is
	 * stored in the inbox of the session. Cancelling takes nothing back. Fails as
	 * described {@linkplain AgentSocket above}, and with {@link IllegalArgumentException}
	 * if it is not the name of an event
	 */
	public Mono<Void> sendEvent(String name, @Nullable Object payload) {
		return this.server.locator()
			.present(this.id)
			.map(ServerSession::peer)
			.flatMap((peer) -> peer.events()
				.deliver(name, payload)
				.onErrorResume(peer.ownership()::isRetired, (error) -> sendEvent(name, payload)));
	}

	/**
	 * Check whether an event may be sent, without sending it.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 * @throws IllegalArgumentException if it is not the name of an event
	 * @throws io.agentsocket.codec.CodecException if the payload cannot be encoded
	 * @throws io.agentsocket.protocol.ActionException TOO_LARGE, or RESOURCE_EXHAUSTED if
	 * too much waits in this pod now
	 */
	public void checkEvent(String name, @Nullable Object payload) {
		latest().peer().events().check(name, payload);
	}

	/**
	 * Actions that exist for this session only, and run in this pod. A caller of this
	 * method keeps the session reachable from here until it ends.
	 * @return a catalog; its changes are pushed to the agent
	 */
	public ActionCatalog actions() {
		ServerSession present = latest();
		present.retain();
		if (present.isEnded()) {
			present = this.server.locator().again(present);
			present.retain();
			this.known = present;
		}
		return present.actions().own();
	}

}
