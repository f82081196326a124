package io.agentsocket.security;

import java.security.Principal;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.HelloAuthenticator;
import io.agentsocket.server.UpgradeRequest;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;

/**
 * Authenticates tokens in HELLO with the application's means for its resource server, and
 * tickets. Thread-safe.
 */
@Internal
public final class SecurityHelloAuthenticator implements HelloAuthenticator {

	private final @Nullable ReactiveAuthenticationManager bearer;

	private final @Nullable Tickets tickets;

	private final boolean required;

	/**
	 * Create an authenticator.
	 * @param bearer authenticates bearer tokens, see {@link BearerTokens}, or
	 * {@code null} for none
	 * @param tickets redeems tickets, or {@code null} for none
	 * @param required whether anonymous agents are refused
	 */
	public SecurityHelloAuthenticator(@Nullable ReactiveAuthenticationManager bearer, @Nullable Tickets tickets,
			boolean required) {
		this.bearer = bearer;
		this.tickets = tickets;
		this.required = required;
	}

	@Override
	public boolean isRequired() {
		return this.required;
	}

	@Override
	public Mono<? extends Principal> authenticate(String token, UpgradeRequest upgrade) {
		if (this.tickets != null && Tickets.isTicket(token)) {
			return this.tickets.redeem(token).onErrorMap(SecurityHelloAuthenticator::unavailable);
		}
		return (this.bearer != null)
				? this.bearer.authenticate(Bearer.of(token))
					.onErrorMap(SecurityHelloAuthenticator::isOutage, SecurityHelloAuthenticator::unavailable)
				: Mono.empty();
	}

	/** Any other exception says that the token is not valid. */
	private static boolean isOutage(Throwable error) {
		return error instanceof AuthenticationServiceException || !(error instanceof AuthenticationException);
	}

	/**
	 * The holder of the keys or the tickets is out of reach: the agent is not to blame.
	 */
	private static ActionException unavailable(Throwable cause) {
		return new ActionException(ErrorCode.UNAVAILABLE, "The token cannot be checked").withCause(cause);
	}

	/** Loaded where there are bearer tokens only. */
	private static final class Bearer {

		private Bearer() {
		}

		static BearerTokenAuthenticationToken of(String token) {
			return new BearerTokenAuthenticationToken(token);
		}

	}

}
