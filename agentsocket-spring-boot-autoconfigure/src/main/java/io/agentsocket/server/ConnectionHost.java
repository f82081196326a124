package io.agentsocket.server;

import java.security.Principal;

import io.agentsocket.codec.Hello;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.session.Identities;
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

	/** Knows the principals of a security framework. */
	Identities identities();

	/** Authenticates tokens in HELLO; null when they are refused. */
	@Nullable HelloAuthenticator authenticator();

	/**
	 * HELLO arrived: open or resume a session, and attach the connection to it.
	 * @param principal who it is, or {@code null} for nobody
	 */
	Mono<ServerSession> open(HelloConnection connection, Hello hello, @Nullable Principal principal);

	/** The bounds of the pod: places for sockets that have no session yet, and memory. */
	PodBounds bounds();

	/** Hears with which codes connections are closed. */
	BrokenRules brokenRules();

	/** A socket is closed. */
	void removed(HelloConnection connection);

}
