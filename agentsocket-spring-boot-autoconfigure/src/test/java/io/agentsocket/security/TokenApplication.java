package io.agentsocket.security;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import com.nimbusds.jose.jwk.source.ImmutableSecret;
import io.agentsocket.PlainPasswords;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.convert.converter.Converter;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.oauth2.jose.jws.MacAlgorithm;
import org.springframework.security.oauth2.jwt.JwsHeader;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.jwt.NimbusReactiveJwtDecoder;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * A resource server: agents have a JWT in the header, those in browsers send it in HELLO
 * or get a ticket. Nothing in it is about Agent Socket but its tools.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableReactiveMethodSecurity
class TokenApplication {

	private static final SecretKey KEY = new SecretKeySpec(
			"0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII), "HmacSHA256");

	/** How often each session got a connection. */
	static final Map<String, AtomicInteger> ATTACHED = new ConcurrentHashMap<>();

	static int attached(String session) {
		return ATTACHED.computeIfAbsent(session, (id) -> new AtomicInteger()).get();
	}

	static String token(String user, String role, @Nullable Duration life) {
		JwtClaimsSet.Builder claims = JwtClaimsSet.builder().subject(user).claim("role", role);
		if (life != null) {
			claims.issuedAt(Instant.now().minusSeconds(600)).expiresAt(Instant.now().plus(life));
		}
		return new NimbusJwtEncoder(new ImmutableSecret<>(KEY))
			.encode(JwtEncoderParameters.from(JwsHeader.with(MacAlgorithm.HS256).build(), claims.build()))
			.getTokenValue();
	}

	@Bean
	SecurityWebFilterChain chain(ServerHttpSecurity http) {
		return http.csrf(ServerHttpSecurity.CsrfSpec::disable)
			.authorizeExchange(
					(exchanges) -> exchanges.pathMatchers("/agentsocket").permitAll().anyExchange().authenticated())
			.httpBasic(Customizer.withDefaults())
			.oauth2ResourceServer((server) -> server.jwt((jwt) -> jwt.jwtAuthenticationConverter(converter())))
			.build();
	}

	@Bean
	ReactiveJwtDecoder decoder() {
		return NimbusReactiveJwtDecoder.withSecretKey(KEY).build();
	}

	@Bean
	Converter<Jwt, Mono<AbstractAuthenticationToken>> converter() {
		return (jwt) -> Mono.just(new JwtAuthenticationToken(jwt,
				AuthorityUtils.createAuthorityList("ROLE_" + jwt.getClaimAsString("role"))));
	}

	@Bean
	PlainPasswords passwords() {
		return new PlainPasswords();
	}

	@Bean
	MapReactiveUserDetailsService users() {
		return new MapReactiveUserDetailsService(
				User.withUsername("alice").password("{noop}password").roles("ADMIN").build(),
				User.withUsername("bob").password("{noop}password").roles("USER").build(),
				User.withUsername("greedy").password("{noop}password").roles("USER").build());
	}

	@Bean
	AgentSessionListener counter() {
		return new AgentSessionListener() {

			@Override
			public void attached(AgentSession session) {
				ATTACHED.computeIfAbsent(session.id(), (id) -> new AtomicInteger()).incrementAndGet();
			}

		};
	}

	@Bean
	Tools tools() {
		return new Tools();
	}

	/**
	 * Tools with and without a rule.
	 */
	static class Tools {

		@AgentTool
		String who(@Nullable Principal principal) {
			return (principal != null) ? principal.getName() : "nobody";
		}

		@AgentTool(value = "admin.only", visibleTo = "hasRole('ADMIN')")
		String adminOnly() {
			return "secret";
		}

		@AgentTool(value = "admin.watch", visibleTo = "hasRole('ADMIN')")
		Flux<String> watch() {
			return Flux.just("watching").concatWith(Flux.never());
		}

	}

}
