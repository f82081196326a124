package io.agentsocket.docs;

import java.security.Principal;

import io.agentsocket.action.ActionVisibility;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.server.AgentSocketOperations;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.stereotype.Component;

import static org.springframework.security.config.Customizer.withDefaults;

/**
 * Code that {@code docs/security.md} shows.
 */
class SecuritySnippets {

	// tag::chain[]
	@Configuration
	@EnableReactiveMethodSecurity
	static class SecurityConfiguration {

		@Bean
		SecurityWebFilterChain agents(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().authenticated())
				.oauth2ResourceServer((server) -> server.jwt(withDefaults()))
				.build();
		}

	}
	// end::chain[]

	// tag::caller[]
	@Component
	static class WhoCalls {

		@AgentTool
		String parameter(Principal principal) {
			return principal.getName();
		}

		@AgentTool
		String claim(@AuthenticationPrincipal(expression = "claims['email']") String email) {
			return email;
		}

		@AgentTool
		Mono<String> context() {
			return ReactiveSecurityContextHolder.getContext().map((context) -> context.getAuthentication().getName());
		}

		@AgentTool
		String thread() {
			return SecurityContextHolder.getContext().getAuthentication().getName();
		}

	}
	// end::caller[]

	// tag::rules[]
	@Component
	static class Accounts {

		@AgentTool
		@PreAuthorize("hasRole('TELLER') and #owner == authentication.name")
		String balance(String owner) {
			return "100 EUR";
		}

		@AgentTool(visibleTo = "@branch.isOpenFor(authentication)")
		Mono<Void> transfer(String from, String to, int amount) {
			return Mono.empty();
		}

	}
	// end::rules[]

	// tag::visibility[]
	@Bean
	ActionVisibility tenants() {
		return (action, session) -> !action.tags().contains("beta") || isTester(session.principal());
	}
	// end::visibility[]

	/**
	 * Tells agents of changes.
	 */
	@Component
	static class Rights {

		private final AgentSocketOperations agents;

		Rights(AgentSocketOperations agents) {
			this.agents = agents;
		}

		// tag::withdraw[]
		@EventListener
		void rolesChanged(RolesChanged event) {
			this.agents.reauthenticate(event.user()).subscribe();
		}
		// end::withdraw[]

	}

	/**
	 * An event of the application.
	 *
	 * @param user whose roles have changed
	 */
	record RolesChanged(String user) {
	}

	private static boolean isTester(Principal principal) {
		return principal instanceof Authentication authentication && authentication.getAuthorities()
			.stream()
			.anyMatch((authority) -> "ROLE_TESTER".equals(authority.getAuthority()));
	}

}
