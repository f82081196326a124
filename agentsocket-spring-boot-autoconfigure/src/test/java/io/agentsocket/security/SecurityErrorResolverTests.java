package io.agentsocket.security;

import java.security.Principal;
import java.util.concurrent.CompletionException;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.Test;

import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.BadCredentialsException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests of {@link SecurityErrorResolver}.
 */
class SecurityErrorResolverTests {

	private final AgentExchange alice = mock(AgentExchange.class);

	private final SecurityErrorResolver resolver = new SecurityErrorResolver();

	SecurityErrorResolverTests() {
		Principal principal = () -> "alice";
		given(this.alice.principal()).willReturn(principal);
	}

	@Test
	void exceptionsAroundThoseOfSpringSecurityChangeNothing() {
		assertThat(code(new AccessDeniedException("no"))).isEqualTo(ErrorCode.PERMISSION_DENIED.code());
		assertThat(code(new CompletionException(new AccessDeniedException("no"))))
			.isEqualTo(ErrorCode.PERMISSION_DENIED.code());
		assertThat(code(new IllegalStateException(new RuntimeException(new BadCredentialsException("secret")))))
			.isEqualTo(ErrorCode.UNAUTHENTICATED.code());
	}

	@Test
	void aDeniedAccessOfNobodyIsAMissingAuthentication() {
		ActionException resolved = this.resolver.resolve(new RuntimeException(new AccessDeniedException("no")),
				mock(AgentExchange.class));
		assertThat(resolved).isNotNull();
		assertThat(resolved.code()).isEqualTo(ErrorCode.UNAUTHENTICATED.code());
		assertThat(resolved.isNotRun()).isFalse();
	}

	@Test
	void otherExceptionsAreLeftToOthersAlsoInACircle() {
		RuntimeException first = new RuntimeException("first");
		RuntimeException second = new RuntimeException("second", first);
		first.initCause(second);
		assertThat(this.resolver.resolve(first, this.alice)).isNull();
	}

	private int code(Throwable error) {
		ActionException resolved = this.resolver.resolve(error, this.alice);
		assertThat(resolved).isNotNull();
		assertThat(resolved.text()).doesNotContain("secret");
		return resolved.code();
	}

}
