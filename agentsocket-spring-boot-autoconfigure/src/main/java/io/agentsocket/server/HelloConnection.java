package io.agentsocket.server;

import java.security.Principal;

import io.agentsocket.codec.Codec;
import io.agentsocket.server.bounds.Places;
import io.agentsocket.transport.WebSocketTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * The connection that a HELLO came over, as its answer needs it.
 */
interface HelloConnection {

	/** The code of a connection that neither side has closed. */
	int BROKEN = 1006;

	/** The socket. */
	WebSocketTransport transport();

	/** The codec of the sub-protocol. */
	Codec codec();

	/** The key of the address that it comes from, or null when that is not known. */
	@Nullable String address();

	/** The place that it has as long as it has no session. */
	Places.Place place();

	/**
	 * The Reactor context of invocations that come over this connection.
	 * @param principal the principal of the session, or {@code null}
	 */
	ContextView context(@Nullable Principal principal);

	/**
	 * Authenticate another token of the agent.
	 * @param token a token as in HELLO
	 * @return its principal; fails when it is not valid
	 */
	Mono<Principal> authenticate(String token);

	/**
	 * A session has been attached to the socket; called in its loop. The socket may be
	 * closed before or after, on another thread.
	 * @param attached the session
	 */
	void welcomed(HostedSession attached);

}
