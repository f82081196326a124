package io.agentsocket.security;

import java.time.Instant;
import java.util.Collection;
import java.util.Objects;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;

/**
 * The owner of a ticket: the name and the authorities of the principal that was
 * authenticated when the ticket was issued. Immutable.
 */
@Internal
public final class TicketAuthentication extends AbstractAuthenticationToken {

	private static final long serialVersionUID = 1L;

	private final String name;

	private final @Nullable Instant expiresAt;

	/**
	 * Create an authentication.
	 * @param name name of the principal
	 * @param authorities the rights that it grants
	 * @param expiresAt when the credential expires that the ticket was got with, or
	 * {@code null}
	 */
	public TicketAuthentication(String name, Collection<? extends GrantedAuthority> authorities,
			@Nullable Instant expiresAt) {
		super(authorities);
		this.name = name;
		this.expiresAt = expiresAt;
		super.setAuthenticated(true);
	}

	@Override
	public String getName() {
		return this.name;
	}

	@Override
	public Object getPrincipal() {
		return this.name;
	}

	@Override
	public Object getCredentials() {
		return "";
	}

	@Nullable Instant expiresAt() {
		return this.expiresAt;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof TicketAuthentication ticket && super.equals(other)
				&& Objects.equals(this.expiresAt, ticket.expiresAt);
	}

	@Override
	public int hashCode() {
		return super.hashCode();
	}

}
