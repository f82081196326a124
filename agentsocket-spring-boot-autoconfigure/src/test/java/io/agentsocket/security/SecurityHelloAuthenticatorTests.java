package io.agentsocket.security;

import java.time.Duration;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.UpgradeRequest;
import io.agentsocket.session.OneTimeValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

import org.springframework.security.authentication.AuthenticationServiceException;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.server.resource.authentication.JwtReactiveAuthenticationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.Mockito.mock;

/**
 * Tests of {@link SecurityHelloAuthenticator}: whose fault it is that a token is not
 * taken.
 */
class SecurityHelloAuthenticatorTests {

	private static Throwable failure(SecurityHelloAuthenticator authenticator, String token) {
		return catchThrowable(
				() -> Mono.from(authenticator.authenticate(token, mock(UpgradeRequest.class))).block(Await.LONG));
	}

	private static void isUnavailable(Throwable failure) {
		assertThat(failure).isInstanceOf(ActionException.class);
		assertThat(((ActionException) failure).errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
	}

	static Stream<Throwable> outages() {
		return Stream.of(new AuthenticationServiceException("The introspection endpoint is out of reach"),
				new IllegalStateException("The converter asks a database that is away"));
	}

	@ParameterizedTest
	@MethodSource("outages")
	void outageIsNotTheAgentsFault(Throwable outage) {
		isUnavailable(
				failure(new SecurityHelloAuthenticator((authentication) -> Mono.error(outage), null, true), "a token"));
	}

	@Test
	void keysOutOfReachAreNotTheAgentsFault() {
		JwtReactiveAuthenticationManager manager = new JwtReactiveAuthenticationManager((token) -> Mono.error(
				token.equals("bad") ? new BadJwtException("signature") : new JwtException("Couldn't retrieve keys")));
		SecurityHelloAuthenticator authenticator = new SecurityHelloAuthenticator(manager, null, true);
		isUnavailable(failure(authenticator, "good"));
		assertThat(failure(authenticator, "bad")).isNotInstanceOf(ActionException.class);
	}

	@Test
	void wrongCredentialIsTheAgentsFault() {
		BadCredentialsException bad = new BadCredentialsException("no");
		assertThat(failure(new SecurityHelloAuthenticator((authentication) -> Mono.error(bad), null, true), "a token"))
			.isSameAs(bad);
	}

	@Test
	void ticketsOutOfReachAreNotTheAgentsFault() {
		OneTimeValues away = new OneTimeValues() {

			@Override
			public Mono<Void> put(String key, Bytes value, Duration ttl) {
				return Mono.error(new IllegalStateException("Redis is away"));
			}

			@Override
			public Mono<Bytes> take(String key) {
				return Mono.error(new IllegalStateException("Redis is away"));
			}

		};
		isUnavailable(failure(new SecurityHelloAuthenticator(null, new Tickets(away, Duration.ofSeconds(30)), true),
				"ast_" + "a".repeat(43)));
	}

}
