package io.agentsocket.security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.PlainPasswords;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Method security of tools of every kind: who may, gets the answer; who may not, is told
 * so in the words of the protocol, and nothing has run. The same for both kinds of method
 * security.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "server.address=127.0.0.1", "agentsocket.session.store=memory",
				"agentsocket.security.hide-denied=false", "spring.aop.proxy-target-class=false",
				"spring.task.execution.pool.core-size=1", "spring.task.execution.pool.max-size=1" })
abstract class MethodSecurityContract {

	static final Duration TIMEOUT = Await.LONG;

	private static final String NOBODY = "";

	@LocalServerPort
	private int port;

	@Autowired
	private ThreadPoolTaskExecutor applicationTaskExecutor;

	private final List<AgentSocketClient> clients = new ArrayList<>();

	@AfterEach
	void close() {
		this.clients.forEach((client) -> client.close().block(TIMEOUT));
	}

	AgentSocketClient as(String user) {
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket")
			.headers((headers) -> {
				if (!user.equals(NOBODY)) {
					headers.setBasicAuth(user, "password");
				}
			})
			.build();
		this.clients.add(client);
		return client;
	}

	static List<String> results(InvocationSpec call) {
		return call.toFlux(String.class).collectList().block(TIMEOUT);
	}

	static ActionException failure(InvocationSpec call) {
		List<ActionException> failures = new ArrayList<>();
		StepVerifier.create(Await.ended(call.toFlux(String.class).then()))
			.expectErrorSatisfies((error) -> failures.add((ActionException) error))
			.verify(TIMEOUT);
		return failures.get(0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "value", "inline", "stream", "future", "mono", "flux", "mono.blocking", "declared.value",
			"declared.mono", "class.value", "class.mono", "prototype.value", "prototype.mono", "scoped.value",
			"scoped.mono", "face.value", "face.mono", "lazy.value", "lazy.mono" })
	void aRuleLetsThoseInWhoMayAndNobodyElse(String tool) {
		assertThat(results(as("admin").invoke(tool))).containsExactly("done");
		int entered = SecuredTools.entered(tool);
		assertThat(entered).isPositive();
		isDenied(as("alice").invoke(tool), ErrorCode.PERMISSION_DENIED, "Access is denied");
		isDenied(as(NOBODY).invoke(tool), ErrorCode.UNAUTHENTICATED, "Authentication is required");
		assertThat(SecuredTools.entered(tool)).isEqualTo(entered);
	}

	static void isDenied(InvocationSpec call, ErrorCode code, String text) {
		ActionException failure = failure(call);
		assertThat(failure.errorCode()).isEqualTo(code);
		assertThat(failure).hasMessage(text);
		assertThat(failure.hasMaybeRun()).as("has run").isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "value.own", "mono.own" })
	void aRuleThatAsksForArgumentsGetsThem(String tool) {
		assertThat(results(as("alice").invoke(tool).arguments(Map.of("owner", "alice")))).containsExactly("done");
		int entered = SecuredTools.entered(tool);
		isDenied(as("alice").invoke(tool).arguments(Map.of("owner", "bob")), ErrorCode.PERMISSION_DENIED,
				"Access is denied");
		assertThat(SecuredTools.entered(tool)).isEqualTo(entered);
	}

	@Test
	void aDeniedCallLeavesItsIdempotencyKeyFree() {
		AgentSocketClient alice = as("alice");
		isDenied(alice.invoke("value.own").idempotencyKey("key").arguments(Map.of("owner", "bob")),
				ErrorCode.PERMISSION_DENIED, "Access is denied");
		assertThat(results(alice.invoke("value.own").idempotencyKey("key").arguments(Map.of("owner", "alice"))))
			.containsExactly("done");
	}

	@ParameterizedTest
	@ValueSource(strings = { "value.after", "mono.after" })
	void aRuleOnTheResultIsCheckedAfterTheMethodHasRun(String tool) {
		if (!offers(tool)) {
			return;
		}
		assertThat(results(as("alice").invoke(tool).arguments(Map.of("name", "alice")))).containsExactly("alice");
		ActionException failure = failure(as("alice").invoke(tool).arguments(Map.of("name", "bob")));
		assertThat(failure.errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(failure.hasMaybeRun()).isTrue();
	}

	/** Whether the application has a tool. */
	abstract boolean offers(String tool);

	@Test
	void whatIsDeniedLaterMayHaveRun() {
		assertThat(failure(as("admin").invoke("mono.late")).hasMaybeRun()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "value.filtered", "flux.filtered" })
	void aFilterTakesOutWhatTheCallerMayNotSee(String tool) {
		if (offers(tool)) {
			Object result = tool.startsWith("flux") ? results(as("alice").invoke(tool))
					: List.of(as("alice").invoke(tool).toMono(String[].class).block(TIMEOUT));
			assertThat(result).isEqualTo(List.of("alice"));
		}
	}

	@Test
	void aRuleOnAMethodReplacesTheOneOnItsClass() {
		assertThat(results(as("alice").invoke("class.other"))).containsExactly("done");
		assertThat(failure(as(NOBODY).invoke("class.other")).errorCode()).isEqualTo(ErrorCode.UNAUTHENTICATED);
	}

	@Test
	void whoIsNotAuthenticatedMayDoWhatEverybodyMay() {
		assertThat(results(as(NOBODY).invoke("value.everybody"))).containsExactly("done");
	}

	@Test
	void anotherFailureStaysWhatItIs() {
		ActionException failure = failure(as("admin").invoke("value.broken"));
		assertThat(failure.errorCode()).isEqualTo(ErrorCode.INTERNAL);
		assertThat(failure.hasMaybeRun()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "principal", "authentication", "user", "later", "context", "current", "reactive", "thread",
			"loop", "assembled", "subscribed", "subscribed.many", "subscribed.blocking", "subscribed.many.blocking",
			"declared.principal" })
	void toolsLearnWhoCalls(String tool) {
		assertThat(results(as("alice").invoke(tool))).containsExactly("alice");
		assertThat(results(as("admin").invoke(tool))).containsExactly("admin");
	}

	@Test
	void expressionsAreEvaluatedOnThePrincipal() {
		assertThat(results(as("alice").invoke("expression"))).containsExactly("ALICE");
		assertThat(results(as("alice").invoke("bean"))).containsExactly("Hello alice");
		assertThat(results(as("alice").invoke("wrong"))).containsExactly("null");
		assertThat(failure(as("alice").invoke("strict")).errorCode()).isEqualTo(ErrorCode.PERMISSION_DENIED);
		assertThat(failure(as(NOBODY).invoke("strict")).errorCode()).isEqualTo(ErrorCode.UNAUTHENTICATED);
	}

	@Test
	void eachPullOfAStreamKnowsWhoCalls() {
		assertThat(Set.copyOf(results(as("alice").invoke("pulled")))).containsExactly("alice");
	}

	@Test
	void theThreadForgetsWhoHasCalled() throws Exception {
		AgentSocketClient alice = as("alice");
		for (String tool : List.of("thread", "pulled", "loop", "assembled", "subscribed.blocking", "failing")) {
			alice.invoke(tool).toFlux(String.class).onErrorComplete().blockLast(TIMEOUT);
			// The one thread of the executor has left the tool when it comes to this.
			Callable<String> question = SecuredTools::holder;
			assertThat(this.applicationTaskExecutor.submit(question).get(60, TimeUnit.SECONDS)).as(tool)
				.isEqualTo("nobody");
		}
		assertThat(results(as(NOBODY).invoke("thread"))).containsExactly("anonymousUser");
	}

	/**
	 * Beans that all applications have.
	 */
	static class Common {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll()).httpBasic((basic) -> {
			}).csrf(ServerHttpSecurity.CsrfSpec::disable).build();
		}

		@Bean
		PlainPasswords passwords() {
			return new PlainPasswords();
		}

		@Bean
		MapReactiveUserDetailsService users() {
			return new MapReactiveUserDetailsService(
					User.withUsername("admin").password("{noop}password").roles("ADMIN", "USER").build(),
					User.withUsername("alice").password("{noop}password").roles("USER").build());
		}

		@Bean
		UnaryOperator<String> greeting() {
			return (name) -> "Hello " + name;
		}

		@Bean
		SecuredTools.Plain plain() {
			return new SecuredTools.Plain();
		}

		@Bean
		SecuredTools.Reactive reactive() {
			return new SecuredTools.Reactive();
		}

		@Bean
		SecuredTools.Implemented implemented() {
			return new SecuredTools.Implemented();
		}

		@Bean
		@Scope("prototype")
		ScopedTools.Prototype prototype() {
			return new ScopedTools.Prototype();
		}

		@Bean
		@Scope(value = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		ScopedTools.Scoped scoped() {
			return new ScopedTools.Scoped();
		}

		@Bean
		@Scope(value = "prototype", proxyMode = ScopedProxyMode.INTERFACES)
		ScopedTools.Face face() {
			return new ScopedTools.Faced();
		}

		@Bean
		@Lazy
		ScopedTools.LazyTools lazyTools() {
			return new ScopedTools.LazyTools();
		}

		@Bean
		SecuredTools.OnClass onClass() {
			return new SecuredTools.OnClass();
		}

		@Bean
		SecuredTools.Askers askers() {
			return new SecuredTools.Askers();
		}

	}

}
