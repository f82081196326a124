package io.agentsocket.server;

import java.security.Principal;

import reactor.core.publisher.Mono;

/**
 * Authenticates the bearer token that a client sends in HELLO because it cannot set an
 * {@code Authorization} header (a browser). Implements section 3.3 of
 * {@code docs/protocol.md}.
 */
@FunctionalInterface
public interface HelloAuthenticator {

	/**
	 * Whether a client that is not authenticated by its upgrade request needs a token.
	 * @return {@code false} to let anonymous clients in; without a token they are closed
	 * with 4501 otherwise
	 */
	default boolean isRequired() {
		return true;
	}

	/**
	 * Authenticate a token. Called on the event loop of the connection, which it must not
	 * block.
	 * @param token the token
	 * @param upgrade the upgrade request
	 * @return the principal of the client; empty or an error closes the connection with
	 * 4501, after which a client comes back with another token only. An
	 * {@link io.agentsocket.protocol.ActionException} with UNAVAILABLE says that no token
	 * can be checked at the moment: it closes with 4006, and the client comes back
	 */
	Mono<? extends Principal> authenticate(String token, UpgradeRequest upgrade);

}
