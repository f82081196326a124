package io.agentsocket.server;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import com.nimbusds.jose.jwk.source.ImmutableSecret;
import io.agentsocket.PlainPasswords;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.convert.converter.Converter;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.userdetails.ReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.oauth2.jose.jws.MacAlgorithm;
import org.springframework.security.oauth2.jwt.JwsHeader;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.security.oauth2.jwt.NimbusReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * An application whose agents log in with Basic, a JWT, the cookie of a web session or a
 * certificate, and whose tools ask in every way who calls. Roles change while it runs.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableReactiveMethodSecurity
class IdentityApplication {

	static final String PASSWORD = "password";

	/** Every way in which a tool can ask who calls. */
	static final List<String> WAYS = List.of("parameter", "authentication", "blocking", "exchange", "session",
			"context", "later", "items", "action");

	private static final SecretKey KEY = new SecretKeySpec(
			"0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII), "HmacSHA256");

	/** The role of each user. */
	static final Map<String, String> ROLES = new ConcurrentHashMap<>();

	static String token(String user) {
		return new NimbusJwtEncoder(new ImmutableSecret<>(KEY))
			.encode(JwtEncoderParameters.from(JwsHeader.with(MacAlgorithm.HS256).build(),
					JwtClaimsSet.builder().subject(user).claim("role", ROLES.get(user)).build()))
			.getTokenValue();
	}

	@Bean
	SecurityWebFilterChain chain(ServerHttpSecurity http) {
		return http.csrf(ServerHttpSecurity.CsrfSpec::disable)
			.authorizeExchange((exchanges) -> exchanges.anyExchange().authenticated())
			.httpBasic((basic) -> {
			})
			.formLogin((form) -> {
			})
			.x509((x509) -> {
			})
			.oauth2ResourceServer(
					(server) -> server.jwt((jwt) -> jwt.jwtDecoder(NimbusReactiveJwtDecoder.withSecretKey(KEY).build())
						.jwtAuthenticationConverter(authentication())))
			.build();
	}

	private static Converter<Jwt, Mono<AbstractAuthenticationToken>> authentication() {
		return (jwt) -> Mono.just(new JwtAuthenticationToken(jwt,
				AuthorityUtils.createAuthorityList("ROLE_" + jwt.getClaimAsString("role"))));
	}

	@Bean
	PlainPasswords passwords() {
		return new PlainPasswords();
	}

	@Bean
	ReactiveUserDetailsService users() {
		return (name) -> Mono.justOrEmpty(ROLES.get(name))
			.map((role) -> User.withUsername(name).password("{noop}" + PASSWORD).roles(role).build());
	}

	@Bean
	Tools tools() {
		return new Tools();
	}

	@Bean
	Action action() {
		return Action.named("action").handler((exchange) -> Mono.fromSupplier(() -> described(exchange.principal())));
	}

	@Bean
	Action adminOnly() {
		return Action.named("admin.only")
			.visibleTo((session) -> isAdmin(session.principal()))
			.handler((exchange) -> Mono.just("secret"));
	}

	/** Runs until it is stopped. */
	@Bean
	Action adminWatch() {
		return Action.named("admin.watch")
			.result(ResultShape.TEXT)
			.visibleTo((session) -> isAdmin(session.principal()))
			.handler((exchange) -> Flux.just("watching").concatWith(Flux.never()));
	}

	static boolean isAdmin(@Nullable Principal principal) {
		return principal instanceof Authentication authentication && authentication.getAuthorities()
			.stream()
			.anyMatch((authority) -> "ROLE_ADMIN".equals(authority.getAuthority()));
	}

	/** Name and role of a caller. */
	static String described(@Nullable Principal principal) {
		return (principal != null) ? principal.getName() + (isAdmin(principal) ? " ADMIN" : " USER") : "nobody";
	}

	/**
	 * Tools that ask who calls.
	 */
	static class Tools {

		private final Map<String, Sinks.One<String>> questions = new ConcurrentHashMap<>();

		@AgentTool
		String parameter(Principal principal) {
			return described(principal);
		}

		@AgentTool
		Mono<String> authentication(Authentication authentication) {
			return Mono.just(described(authentication));
		}

		@AgentTool
		String blocking(AgentExchange exchange) {
			return described(exchange.principal());
		}

		@AgentTool
		Mono<String> exchange(AgentExchange exchange) {
			return Mono.just(described(exchange.principal()));
		}

		@AgentTool
		Mono<String> session(AgentSession session) {
			return Mono.just(described(session.principal()));
		}

		@AgentTool
		Mono<String> context() {
			return ReactiveSecurityContextHolder.getContext().map((context) -> described(context.getAuthentication()));
		}

		@AgentTool
		Mono<String> later() {
			return Mono.delay(Duration.ofMillis(5)).publishOn(Schedulers.boundedElastic()).then(context());
		}

		@AgentTool
		Flux<String> items() {
			return Flux.range(0, 1).concatMap((i) -> context());
		}

		@AgentTool
		@PreAuthorize("hasRole('ADMIN')")
		Mono<String> restricted() {
			return context();
		}

		/** Says who calls, in two ways, now and each time that {@link #ask} is called. */
		@AgentTool
		Flux<String> patient(AgentExchange exchange) {
			return Flux.defer(() -> {
				Sinks.One<String> question = Sinks.one();
				this.questions.put("patient", question);
				return said(exchange).concatWith(question.asMono().then(said(exchange)));
			});
		}

		private Mono<String> said(AgentExchange exchange) {
			return context().map((name) -> name + ", " + described(exchange.principal()));
		}

		void ask() {
			this.questions.get("patient").tryEmitEmpty();
		}

		@AgentTool
		Mono<String> remember(String text, AgentSession session) {
			return session.setAttribute("text", text).thenReturn(text);
		}

		@AgentTool
		String recall(AgentSession session) {
			return session.attribute("text", String.class).orElse("nothing");
		}

	}

}
