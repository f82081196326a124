package io.agentsocket.tool;

import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Deadline;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.Violation;
import io.agentsocket.security.SecurityArgumentResolver;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.core.MethodParameter;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.core.annotation.CurrentSecurityContext;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.oauth2.jwt.Jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Parameters that are supplied where there is something to supply: a caller cannot write
 * them.
 */
class OptionalSuppliedTests {

	private static final Member ANN = new Member("ann");

	@Test
	void aCallerCannotForgeAnOptionalPrincipal() {
		Call call = call("member").with("text", "x");
		assertThat(call.action().input().toString()).contains("text").doesNotContain("who", "name");
		assertThat(call.value()).isEqualTo("nobody x");
		assertThat(call.as(() -> "bob").value()).isEqualTo("nobody x");
		assertThat(call.as(ANN).value()).isEqualTo("ann x");
		assertThat(call.with("text", "x", "who", java.util.Map.of("name", "root")).violations())
			.extracting(Violation::pointer)
			.containsExactly("/who");
	}

	@Test
	void allThatIsSuppliedMayBeOptional() {
		Instant deadline = Instant.now().plusSeconds(60);
		assertThat(call("all").as(ANN).until(deadline).value()).isEqualTo("ann true true " + deadline);
		assertThat(call("inherited").as(ANN).value()).isEqualTo("ann");
		assertThat(call("inherited").value()).isEqualTo("nobody");
	}

	@Test
	void resolversOfTheApplicationSupplyTheirTypesInAnOptional() {
		assertThat(call("tenant").value()).isEqualTo("none");
		assertThat(call("tenant").as(ANN).value()).isEqualTo("tenant of ann");
		assertThat(call("whole").value()).isEqualTo("given as a whole");
	}

	@Test
	void typesOfSpringSecurityMayBeOptional() {
		Principal ann = new TestingAuthenticationToken(User.withUsername("ann").password("").build(), "");
		assertThat(call("authentication").as(ann).value()).isEqualTo("ann ann true");
		assertThat(call("authentication").value()).isEqualTo("nobody nobody true");
		assertThat(call("authentication").as(ANN).value()).isEqualTo("nobody nobody true");
	}

	@ParameterizedTest
	@ValueSource(strings = { "wildcard", "raw", "nested", "context.wildcard", "context.raw" })
	void anAnnotationSuppliesAnOptionalOfAnything(String name) {
		Call call = call(name).as(ANN).with("text", "x");
		assertThat(call.action().input().toString()).contains("text").doesNotContain("who");
		assertThat(call.value()).isEqualTo("ann x");
		assertThat(call.with("text", "x", "who", "root").violations()).extracting(Violation::pointer)
			.containsExactly("/who");
	}

	@Test
	void anOptionalOfAnythingIsAnArgument() {
		assertThat(call("anything").with("value", "x").value()).isEqualTo("x");
	}

	@Test
	void anExpressionMayYieldAnOptional() {
		Principal ann = new TestingAuthenticationToken(new Account(Optional.of("acme")), "");
		assertThat(call("expression").as(ann).value()).isEqualTo("acme acme acme");
		Principal bob = new TestingAuthenticationToken(new Account(Optional.empty()), "");
		assertThat(call("expression").as(bob).value()).isEqualTo("none none none");
	}

	@Test
	void typesOfSpringSecurityAreNoArguments() {
		InvalidToolsException error = catchThrowableOfType(InvalidToolsException.class,
				() -> AgentTools.builder().build().actionsOf(new Claims()));
		assertThat(error.problems()).hasSize(3).allSatisfy((problem) -> {
			assertThat(problem.problem()).contains("of a type of Spring Security");
			assertThat(problem.action()).contains("@AuthenticationPrincipal");
		});
	}

	private static Call call(String name) {
		List<Action> actions = AgentTools.builder()
			.argumentResolvers(List.of(new SecurityArgumentResolver(new StaticListableBeanFactory(), null),
					new Tenants(), new Whole()))
			.build()
			.actionsOf(new Tools(), new Anything());
		return Call.of(actions, name);
	}

	record Member(String name) implements Principal {

		@Override
		public String getName() {
			return this.name;
		}

	}

	record Account(Optional<String> tenant) {
	}

	record Tenant(String name) {
	}

	record Shop(String name) {
	}

	static class Generic<T> {

		@AgentTool
		String inherited(Optional<T> who) {
			return who.map((value) -> ((Principal) value).getName()).orElse("nobody");
		}

	}

	static class Tools extends Generic<Member> {

		@AgentTool
		String member(Optional<Member> who, String text) {
			return who.map(Member::name).orElse("nobody") + " " + text;
		}

		@AgentTool
		String all(Optional<Principal> who, Optional<AgentExchange> exchange, Optional<? extends AgentSession> session,
				Optional<Deadline> deadline) {
			return who.orElseThrow().getName() + " " + exchange.isPresent() + " " + session.isPresent() + " "
					+ deadline.orElseThrow();
		}

		@AgentTool
		String tenant(Optional<Tenant> tenant) {
			return tenant.map(Tenant::name).orElse("none");
		}

		@AgentTool
		String whole(Optional<Shop> shop) {
			return shop.orElseThrow().name();
		}

		@AgentTool
		String authentication(Optional<Authentication> who, @AuthenticationPrincipal Optional<UserDetails> user,
				Optional<SecurityContext> context) {
			return who.map(Authentication::getName).orElse("nobody") + " "
					+ user.map(UserDetails::getUsername).orElse("nobody") + " " + context.isPresent();
		}

	}

	static class Anything {

		private static String name(Optional<?> who) {
			Object value = who.orElseThrow();
			if (value instanceof Optional<?> inner) {
				return name(inner);
			}
			return (value instanceof Principal principal) ? principal.getName() : value.toString();
		}

		@AgentTool
		String wildcard(@AuthenticationPrincipal Optional<?> who, String text) {
			return name(who) + " " + text;
		}

		@AgentTool
		@SuppressWarnings("rawtypes")
		String raw(@AuthenticationPrincipal Optional who, String text) {
			return name(who) + " " + text;
		}

		@AgentTool
		String nested(
				@AuthenticationPrincipal(expression = "T(java.util.Optional).of(#this)") Optional<Optional<?>> who,
				String text) {
			return name(who) + " " + text;
		}

		@AgentTool("context.wildcard")
		String contextWildcard(@CurrentSecurityContext(expression = "authentication") Optional<?> who, String text) {
			return name(who) + " " + text;
		}

		@AgentTool("context.raw")
		@SuppressWarnings("rawtypes")
		String contextRaw(@CurrentSecurityContext(expression = "authentication") Optional who, String text) {
			return name(who) + " " + text;
		}

		@AgentTool
		String anything(Optional<?> value) {
			return value.orElseThrow().toString();
		}

		@AgentTool
		String expression(@AuthenticationPrincipal(expression = "tenant") Optional<String> tenant,
				@AuthenticationPrincipal(expression = "tenant") Optional<?> any,
				@CurrentSecurityContext(expression = "authentication.principal.tenant") Optional<Object> object) {
			return tenant.orElse("none") + " " + any.map(Object::toString).orElse("none") + " "
					+ object.map(Object::toString).orElse("none");
		}

	}

	static class Claims {

		@AgentTool
		void whole(Jwt jwt) {
		}

		@AgentTool
		void beside(Jwt jwt, String text) {
		}

		@AgentTool
		void optional(Optional<User> user, String text) {
		}

	}

	static class Tenants implements ToolArgumentResolver {

		@Override
		public boolean supports(MethodParameter parameter) {
			return parameter.getParameterType() == Tenant.class;
		}

		@Override
		public @Nullable Object resolve(MethodParameter parameter, AgentExchange exchange) {
			Principal principal = exchange.principal();
			return (principal != null) ? new Tenant("tenant of " + principal.getName()) : null;
		}

	}

	static class Whole implements ToolArgumentResolver {

		@Override
		public boolean supports(MethodParameter parameter) {
			return parameter.getParameterType() == Optional.class
					&& parameter.nested().getNestedParameterType() == Shop.class;
		}

		@Override
		public Object resolve(MethodParameter parameter, AgentExchange exchange) {
			return Optional.of(new Shop("given as a whole"));
		}

	}

}
