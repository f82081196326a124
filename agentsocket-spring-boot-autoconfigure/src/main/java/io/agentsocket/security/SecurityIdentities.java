package io.agentsocket.security;

import java.security.Principal;
import java.time.Instant;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.Internal;
import io.agentsocket.session.Identities;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.security.authentication.AuthenticationTrustResolver;
import org.springframework.security.authentication.AuthenticationTrustResolverImpl;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;

/**
 * Lets {@link ReactiveSecurityContextHolder} and {@link AgentExchange#principal()} agree:
 * the security context of an invocation has the principal that the session has, wherever
 * that was authenticated, and after a resume the new one. There is none for nobody.
 * Thread-safe.
 */
@Internal
public final class SecurityIdentities implements Identities {

	private final AuthenticationTrustResolver trust = new AuthenticationTrustResolverImpl();

	private final boolean closesExpired;

	/**
	 * Create identities.
	 * @param closesExpired whether a connection lives no longer than the credential that
	 * it was authenticated with
	 */
	public SecurityIdentities(boolean closesExpired) {
		this.closesExpired = closesExpired;
	}

	@Override
	public @Nullable Instant expiresAt(Principal principal) {
		return (this.closesExpired && principal instanceof Authentication authentication)
				? CredentialExpiry.of(authentication) : null;
	}

	@Override
	public boolean isAnonymous(Principal principal) {
		return principal instanceof Authentication authentication
				&& (this.trust.isAnonymous(authentication) || !authentication.isAuthenticated());
	}

	@Override
	public ContextView invocations(ContextView upgrade, @Nullable Principal principal) {
		// Also for nobody: the one of the upgrade is read anew from the web session.
		Mono<SecurityContext> present = Mono.deferContextual((context) -> {
			AgentExchange exchange = context.getOrDefault(AgentExchange.class, null);
			Principal caller = (exchange != null) ? exchange.principal() : principal;
			return (caller != null) ? Mono.just(new SecurityContextImpl(CallerAuthentication.of(caller)))
					: Mono.empty();
		});
		return Context.of(upgrade).putAll((ContextView) ReactiveSecurityContextHolder.withSecurityContext(present));
	}

}
