package io.agentsocket.security;

import java.security.Principal;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;

/**
 * The caller of an invocation as Spring Security knows callers.
 */
final class CallerAuthentication {

	/** For invocations that nobody was authenticated for. */
	private static final Authentication ANONYMOUS = new AnonymousAuthenticationToken("agentsocket", "anonymousUser",
			AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS"));

	private CallerAuthentication() {
	}

	/**
	 * The authentication of a principal.
	 * @param principal the principal of a session, or {@code null} for nobody
	 * @return itself when it is one; the anonymous one for nobody; for a principal of
	 * another kind, of which only the name is known, one that grants nothing
	 */
	static Authentication of(@Nullable Principal principal) {
		if (principal == null) {
			return ANONYMOUS;
		}
		return (principal instanceof Authentication authentication) ? authentication
				: UsernamePasswordAuthenticationToken.authenticated(principal.getName(), "", List.of());
	}

}
