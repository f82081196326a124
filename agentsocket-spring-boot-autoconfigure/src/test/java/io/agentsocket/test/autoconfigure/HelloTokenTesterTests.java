package io.agentsocket.test.autoconfigure;

import java.util.List;

import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.test.autoconfigure.slice.Prices;
import io.agentsocket.test.autoconfigure.slice.SliceApplication;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.security.oauth2.jwt.BadJwtException;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.ReactiveJwtDecoder;
import org.springframework.security.oauth2.server.resource.authentication.JwtGrantedAuthoritiesConverter;
import org.springframework.security.oauth2.server.resource.authentication.ReactiveJwtAuthenticationConverter;
import org.springframework.security.oauth2.server.resource.authentication.ReactiveJwtGrantedAuthoritiesConverterAdapter;
import org.springframework.test.context.ContextConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** An agent in memory that sends a token in HELLO, as a page does. */
@AgentSocketTest
@ContextConfiguration(classes = SliceApplication.class)
@Import({ Prices.class, HelloTokenTesterTests.Decoder.class })
class HelloTokenTesterTests {

	@Autowired
	private AgentSocketTester agent;

	private AgentSocketTester with(String token) {
		return this.agent.mutate().helloToken(token).build();
	}

	@Test
	void isWhoTheDecoderOfTheApplicationSays() {
		AgentSocketTester ann = with("ann/OWNER");
		ann.invoke("stock.close").expectText().isEqualTo("closed");
		assertThat(ann.session().principal()).isNotNull();
		assertThat(ann.session().principal().getName()).isEqualTo("ann");
		ann.cut();
		ann.invoke("stock.close").expectText().isEqualTo("closed");
		with("bob/GUEST").expectNoAction("stock.close");
		with("bob/GUEST").invoke("stock.close").expectError(ErrorCode.NOT_FOUND);
	}

	@Test
	void isRefusedWithoutAnIdentity() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> with("nonsense").actions())
			.withMessageContaining("4501");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.agent.actions())
			.withMessageContaining("4501")
			.withMessageContaining("as(...)");
	}

	/** Reads tokens made of a name and a role. */
	@TestConfiguration(proxyBeanMethods = false)
	static class Decoder {

		@Bean
		ReactiveJwtDecoder decoder() {
			return (token) -> {
				String[] parts = token.split("/");
				return (parts.length != 2) ? Mono.error(new BadJwtException("No such token"))
						: Mono.just(Jwt.withTokenValue(token)
							.header("alg", "none")
							.subject(parts[0])
							.claim("roles", List.of(parts[1]))
							.build());
			};
		}

		@Bean
		ReactiveJwtAuthenticationConverter converter() {
			JwtGrantedAuthoritiesConverter roles = new JwtGrantedAuthoritiesConverter();
			roles.setAuthoritiesClaimName("roles");
			roles.setAuthorityPrefix("ROLE_");
			ReactiveJwtAuthenticationConverter converter = new ReactiveJwtAuthenticationConverter();
			converter.setJwtGrantedAuthoritiesConverter(new ReactiveJwtGrantedAuthoritiesConverterAdapter(roles));
			return converter;
		}

	}

}
