package io.agentsocket.security;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;
import org.springframework.security.authentication.ReactiveAuthenticationManager;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.ReactiveOpaqueTokenAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.introspection.ReactiveOpaqueTokenIntrospector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link BearerTokens}: all kinds of beans that a resource server can have.
 */
class BearerTokensTests {

	private static final Instant LATER = Instant.parse("2100-01-01T00:00:00Z");

	private static Authentication authenticate(Class<?> application) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(application)) {
			ReactiveAuthenticationManager manager = BearerTokens.in(context.getBeanFactory());
			assertThat(manager).isNotNull();
			assertThatExceptionOfType(AuthenticationException.class)
				.isThrownBy(() -> manager.authenticate(new BearerTokenAuthenticationToken("wrong")).block(Await.LONG));
			return manager.authenticate(new BearerTokenAuthenticationToken("right")).block(Await.LONG);
		}
	}

	private static List<String> authorities(Authentication authentication) {
		return authentication.getAuthorities().stream().map((authority) -> authority.getAuthority()).toList();
	}

	private static Jwt jwt(String token) {
		if (!token.equals("right")) {
			throw new BadJwtException("no");
		}
		return Jwt.withTokenValue(token)
			.header("alg", "none")
			.subject("alice")
			.claim("scope", "read")
			.expiresAt(LATER)
			.build();
	}

	private static DefaultOAuth2AuthenticatedPrincipal principal(String token) {
		if (!token.equals("right")) {
			throw new BadOpaqueTokenException("no");
		}
		return new DefaultOAuth2AuthenticatedPrincipal("alice", Map.of("exp", LATER),
				AuthorityUtils.createAuthorityList("SCOPE_read"));
	}

	@Test
	void withoutBeansThereIsNothing() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Nothing.class)) {
			assertThat(BearerTokens.in(context.getBeanFactory())).isNull();
		}
	}

	@Test
	void aReactiveDecoderAndItsConverter() {
		Authentication alice = authenticate(ReactiveDecoder.class);
		assertThat(alice.getName()).isEqualTo("alice");
		assertThat(authorities(alice)).contains("OF_REACTIVE");
		assertThat(CredentialExpiry.of(alice)).isEqualTo(LATER);
	}

	@Test
	void aDecoderAndItsConverter() {
		Authentication alice = authenticate(Decoder.class);
		assertThat(alice.getName()).isEqualTo("alice");
		assertThat(authorities(alice)).contains("OF_BLOCKING");
	}

	@Test
	void aDecoderByItself() {
		assertThat(authorities(authenticate(OnlyDecoder.class))).contains("SCOPE_read");
	}

	@Test
	void aReactiveIntrospectorAndItsConverter() {
		assertThat(authorities(authenticate(ReactiveIntrospector.class))).containsExactly("OF_REACTIVE");
	}

	@Test
	void anIntrospectorAndItsConverter() {
		assertThat(authorities(authenticate(Introspector.class))).containsExactly("OF_BLOCKING");
	}

	@Test
	void anIntrospectorByItself() {
		Authentication alice = authenticate(OnlyIntrospector.class);
		assertThat(authorities(alice)).contains("SCOPE_read");
		assertThat(CredentialExpiry.of(alice)).isEqualTo(LATER);
	}

	@Configuration(proxyBeanMethods = false)
	static class Nothing {

		@Bean
		Converter<String, Integer> other() {
			return String::length;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReactiveDecoder extends Nothing {

		@Bean
		ReactiveJwtDecoder decoder() {
			return (token) -> Mono.fromSupplier(() -> jwt(token));
		}

		@Bean
		Converter<Jwt, Mono<JwtAuthenticationToken>> converter() {
			return (jwt) -> Mono
				.just(new JwtAuthenticationToken(jwt, AuthorityUtils.createAuthorityList("OF_REACTIVE")));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Decoder extends Nothing {

		@Bean
		JwtDecoder decoder() {
			return BearerTokensTests::jwt;
		}

		@Bean
		JwtAuthenticationConverter converter() {
			JwtAuthenticationConverter converter = new JwtAuthenticationConverter();
			converter.setJwtGrantedAuthoritiesConverter((jwt) -> AuthorityUtils.createAuthorityList("OF_BLOCKING"));
			return converter;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OnlyDecoder extends Nothing {

		@Bean
		JwtDecoder decoder() {
			return BearerTokensTests::jwt;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ReactiveIntrospector {

		@Bean
		ReactiveOpaqueTokenIntrospector introspector() {
			return (token) -> Mono.fromSupplier(() -> principal(token));
		}

		@Bean
		ReactiveOpaqueTokenAuthenticationConverter converter() {
			return (token, principal) -> Mono.just(new TestingAuthenticationToken(principal, token, "OF_REACTIVE"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Introspector {

		@Bean
		OpaqueTokenIntrospector introspector() {
			return BearerTokensTests::principal;
		}

		@Bean
		OpaqueTokenAuthenticationConverter converter() {
			return (token, principal) -> new TestingAuthenticationToken(principal, token, "OF_BLOCKING");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OnlyIntrospector {

		@Bean
		OpaqueTokenIntrospector introspector() {
			return BearerTokensTests::principal;
		}

	}

}
