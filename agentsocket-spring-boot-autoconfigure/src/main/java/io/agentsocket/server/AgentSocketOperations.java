package io.agentsocket.server;

import java.util.List;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The way from any bean to the agents: by session, by principal, by event that they
 * subscribed to. Thread-safe. Sessions are found in whichever pod they are, detached ones
 * included.
 */
public final class AgentSocketOperations {

	private final AgentSocketServer server;

	/**
	 * Create an entry point.
	 * @param server whose sessions
	 */
	public AgentSocketOperations(AgentSocketServer server) {
		this.server = server;
	}

	/**
	 * The agent of a session, wherever its connection is.
	 * @param sessionId id of the session
	 * @return the agent, or empty when the session has ended or never was; fails when the
	 * store is out of reach
	 */
	public Mono<AgentSocket> session(String sessionId) {
		return this.server.locator().reach(sessionId).map(this::socket);
	}

	/**
	 * All agents of a principal, wherever their connections are.
	 * @param name name of the principal
	 * @return the agents whose sessions are there now, in no order; fails when the store
	 * is out of reach
	 */
	public Flux<AgentSocket> principal(String name) {
		return this.server.locator().principal(name).map(this::socket);
	}

	/**
	 * The agents whose sessions this pod serves, detached ones included. Sessions of
	 * other pods are not among them.
	 * @return a snapshot
	 */
	public List<AgentSocket> local() {
		return this.server.serverSessions().stream().map(this::socket).toList();
	}

	private AgentSocket socket(ServerSession session) {
		return new AgentSocket(this.server, session);
	}

	/**
	 * Have the agents of a principal authenticated anew, after its rights have changed:
	 * their connections are closed with 4000, in all pods. They come back with a
	 * credential and go on with their sessions, as far as they still may: calls of
	 * actions that are hidden from them now end.
	 * @param name name of the principal
	 * @return completes when the connections of this pod are about to close and the other
	 * pods are told
	 */
	public Mono<Void> reauthenticate(String name) {
		return Mono.fromRunnable(() -> this.server.commands().reauthenticate(name));
	}

	/**
	 * Send an event to all agents that subscribed to its name, in all pods. It is sent
	 * once: sessions that no living pod serves at the moment miss it.
	 * @param name name of the event
	 * @param payload its payload, or {@code null}
	 * @return how many sessions of this pod it was sent to; those that take no more are
	 * left out
	 */
	public int publish(String name, @Nullable Object payload) {
		return this.server.commands().publish(name, payload);
	}

}
