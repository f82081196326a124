package io.agentsocket.server;

import java.security.Principal;
import java.util.List;
import java.util.function.Predicate;

import io.agentsocket.protocol.ActionException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The way from any bean to the agents that are connected: by session, by principal, by
 * what they subscribed to. Thread-safe. A session is found by its id in whichever pod it
 * is; by principal, those that this pod serves are, detached ones included.
 */
public final class AgentSockets {

	private static final Log logger = LogFactory.getLog(AgentSockets.class);

	private final AgentSocketServer server;

	/**
	 * Create an entry point.
	 * @param server whose sessions
	 */
	public AgentSockets(AgentSocketServer server) {
		this.server = server;
	}

	/**
	 * The agent of a session, wherever its connection is.
	 * @param sessionId id of the session
	 * @return the agent, or empty when the session has ended or never was; fails when the
	 * store is out of reach
	 */
	public Mono<AgentSocket> session(String sessionId) {
		return this.server.reach(sessionId).map(AgentSocket::new);
	}

	/**
	 * All agents of a principal in this pod.
	 * @param name name of the principal
	 * @return a snapshot
	 */
	public List<AgentSocket> principal(String name) {
		return select((session) -> {
			Principal principal = session.session().principal();
			return principal != null && principal.getName().equals(name);
		});
	}

	/**
	 * All agents in this pod.
	 * @return a snapshot
	 */
	public List<AgentSocket> all() {
		return select((session) -> true);
	}

	/**
	 * Send an event to all agents that subscribed to its name, in all pods.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 * @return how many sessions of this pod it was sent to; those that take no more are
	 * left out
	 */
	public int publish(String name, @Nullable Object payload) {
		this.server.publishElsewhere(name, payload);
		return publish(this.server, name, payload);
	}

	static int publish(AgentSocketServer server, String name, @Nullable Object payload) {
		int sent = 0;
		for (AgentSocket socket : select(server, (session) -> session.subscriptions().contains(name))) {
			try {
				socket.sendEvent(name, payload);
				sent++;
			}
			catch (ActionException ex) {
				logger.warn(
						"Event " + name + " is not sent to session " + socket.session().id() + ": " + ex.getMessage());
			}
		}
		return sent;
	}

	private List<AgentSocket> select(Predicate<ServerSession> which) {
		return select(this.server, which);
	}

	private static List<AgentSocket> select(AgentSocketServer server, Predicate<ServerSession> which) {
		return server.serverSessions().stream().filter(which).map(AgentSocket::new).toList();
	}

}
