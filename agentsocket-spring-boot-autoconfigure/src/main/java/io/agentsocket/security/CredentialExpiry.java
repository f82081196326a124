package io.agentsocket.security;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.core.OAuth2Token;
import org.springframework.util.ClassUtils;

/**
 * Reads of an authentication when its credential expires: of tokens of OAuth 2 and of
 * certificates.
 */
final class CredentialExpiry {

	private static final boolean OAUTH2 = ClassUtils.isPresent("org.springframework.security.oauth2.core.OAuth2Token",
			CredentialExpiry.class.getClassLoader());

	private CredentialExpiry() {
	}

	/** The time, or null when nothing says that it expires. */
	static @Nullable Instant of(Authentication authentication) {
		if (authentication instanceof TicketAuthentication ticket) {
			return ticket.expiresAt();
		}
		return Arrays
			.asList(authentication.getCredentials(), authentication.getPrincipal(), authentication.getDetails())
			.stream()
			.map(CredentialExpiry::ofPart)
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	private static @Nullable Instant ofPart(@Nullable Object part) {
		if (part instanceof X509Certificate certificate) {
			return certificate.getNotAfter().toInstant();
		}
		return OAUTH2 ? OAuth2.expiresAt(part) : null;
	}

	private static final class OAuth2 {

		private OAuth2() {
		}

		static @Nullable Instant expiresAt(@Nullable Object part) {
			return (part instanceof OAuth2Token token) ? token.getExpiresAt() : null;
		}

	}

}
