package io.agentsocket.server;

import java.security.Principal;

import io.agentsocket.codec.Hello;
import io.agentsocket.server.bounds.PodBounds;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The server as its connections see it. Thread-safe.
 */
interface ConnectionHost {

	/** How connections are treated. */
	ServerSettings settings();

	/** Runs tasks that do not block. */
	Scheduler timer();

	/** Finds the principals of agents. */
	AgentAuthentication authentication();

	/**
	 * HELLO arrived: open or resume a session, and attach the connection to it.
	 * @param principal the principal of the agent, or {@code null} for an anonymous one
	 */
	Mono<ServerSession> open(HelloConnection connection, Hello hello, @Nullable Principal principal);

	/** The bounds of the pod: places for sockets that have no session yet, and memory. */
	PodBounds bounds();

	/** Hears with which codes connections are closed. */
	BrokenRules brokenRules();

	/** A socket is closed. */
	void removed(HelloConnection connection);

}
