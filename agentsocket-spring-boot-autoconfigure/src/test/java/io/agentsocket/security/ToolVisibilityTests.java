package io.agentsocket.security;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.agentsocket.Await;
import io.agentsocket.LogLines;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.action.ActionVisibility;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.InvalidToolsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableReactiveMethodSecurity;
import org.springframework.security.core.Authentication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Actions that are hidden from a caller, by their own rule, by one of method security or
 * by a bean: the caller does not find them, and nothing tells them from actions that do
 * not exist.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "server.address=127.0.0.1", "agentsocket.session.store=memory" })
@ExtendWith(OutputCaptureExtension.class)
class ToolVisibilityTests {

	private static final Duration TIMEOUT = Await.LONG;

	@LocalServerPort
	private int port;

	@Autowired
	private ApplicationContext context;

	@Autowired
	private ActionCatalog catalog;

	private final List<AgentSocketClient> clients = new ArrayList<>();

	private AgentSocketClient admin;

	private AgentSocketClient alice;

	@BeforeEach
	void connect() {
		Application.ASKED.clear();
		this.admin = as("admin");
		this.alice = as("alice");
	}

	@AfterEach
	void close() {
		this.clients.forEach((client) -> client.close().block(TIMEOUT));
	}

	private AgentSocketClient as(String user) {
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket")
			.headers((headers) -> headers.setBasicAuth(user, "password"))
			.build();
		this.clients.add(client);
		return client;
	}

	private static Set<String> found(AgentSocketClient client) {
		Set<String> names = new HashSet<>();
		client.actions().block(TIMEOUT).stream().map(ActionDescriptor::name).forEach(names::add);
		return names;
	}

	private static ActionException failure(Mono<?> call) {
		List<ActionException> failures = new ArrayList<>();
		StepVerifier.create(Await.ended(call))
			.expectErrorSatisfies((error) -> failures.add((ActionException) error))
			.verify(TIMEOUT);
		return failures.get(0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "by.role", "by.bean.rule", "by.class", "by.pre", "by.pre.part", "by.visibility",
			"on.action", "by.chain" })
	void whatIsHiddenDoesNotExist(String name) {
		assertThat(found(this.admin)).contains(name);
		assertThat(this.admin.describe(name).collectList().block(TIMEOUT)).hasSize(1);
		assertThat(this.admin.invoke(name).arguments(arguments(name)).toMono(String.class).block(TIMEOUT))
			.isEqualTo("done");

		assertThat(found(this.alice)).doesNotContain(name);
		assertThat(this.alice.find(ActionQuery.of(name)).block(TIMEOUT).actions()).extracting(ActionDescriptor::name)
			.doesNotContain(name);
		assertThat(this.alice.describe(name).collectList().block(TIMEOUT)).isEmpty();
		isUnknown(this.alice, name);
	}

	private static Map<String, Object> arguments(String name) {
		return name.equals("by.pre.part") || name.equals("by.arguments") ? Map.of("id", 1) : Map.of();
	}

	private static void isUnknown(AgentSocketClient client, String name) {
		ActionException hidden = failure(
				client.invoke(name).idempotencyKey("key").arguments(Map.of("id", 1)).toMono(String.class));
		ActionException unknown = failure(
				client.invoke("no.such").idempotencyKey("key").arguments(Map.of("id", 1)).toMono(String.class));
		assertThat(hidden.errorCode()).isEqualTo(ErrorCode.NOT_FOUND);
		assertThat(hidden).hasMessage(unknown.getMessage());
		assertThat(hidden.isRetryable()).isEqualTo(unknown.isRetryable());
		assertThat(hidden.hasMaybeRun()).isEqualTo(unknown.hasMaybeRun()).isFalse();
		assertThat(hidden.correlation()).isEqualTo(unknown.correlation());
	}

	@ParameterizedTest
	@ValueSource(strings = { "by.arguments", "by.bean.pre" })
	void aRuleForCallsThatNeedsMoreThanTheCallerHidesNothing(String name) {
		assertThat(found(this.alice)).contains(name);
		assertThat(failure(this.alice.invoke(name).arguments(arguments(name)).toMono(String.class)).errorCode())
			.isEqualTo(ErrorCode.PERMISSION_DENIED);
	}

	@Test
	void nestedCallsSeeNoMore() {
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + this.port + "/agentsocket")
			.headers((headers) -> headers.setBasicAuth("alice", "password"))
			.build();
		this.clients.add(client);
		client.offered()
			.add(Action.named("agent.nested")
				.handler((exchange) -> exchange.invoke("by.role")
					.toMono(String.class)
					.onErrorResume(ActionException.class,
							(error) -> Mono.just(error.errorCode() + " " + error.getMessage()))));
		assertThat(client.invoke("relay").toMono(String.class).block(TIMEOUT))
			.isEqualTo("NOT_FOUND There is no such action");
	}

	@Test
	void pushedChangesTellOfNothingHidden() {
		List<String> told = new CopyOnWriteArrayList<>();
		found(this.alice);
		this.alice.changes().subscribe((change) -> told.add(change.name()));
		this.catalog.replace(this.catalog.find("by.role").mutate().title("Changed").build());
		this.catalog.replace(this.catalog.find("by.visibility").mutate().title("Changed").build());
		this.catalog.replace(this.catalog.find("relay").mutate().title("Changed").build());
		Await.until(() -> told.contains("relay"));
		assertThat(told).containsExactly("relay");
	}

	@Test
	void theHashOfTheCatalogIsThatOfWhatIsSeen() {
		Action hidden = Action.named("by.visibility.later").handler((exchange) -> Mono.just("done"));
		String ofAlice = hash(this.alice);
		String ofAdmin = hash(this.admin);
		this.catalog.add(hidden);
		try {
			assertThat(hash(this.alice)).isEqualTo(ofAlice);
			assertThat(hash(this.admin)).isNotEqualTo(ofAdmin);
		}
		finally {
			this.catalog.remove("by.visibility.later");
		}
	}

	private String hash(AgentSocketClient client) {
		client.connect().block(TIMEOUT);
		return this.context.getBean(io.agentsocket.server.AgentSocketServer.class)
			.sessions()
			.stream()
			.filter((session) -> session.id().equals(client.sessionId()))
			.map((session) -> this.catalog.viewFor(session, (action) -> isVisible(action, session)).hash())
			.findFirst()
			.orElseThrow();
	}

	private boolean isVisible(Action action, io.agentsocket.session.AgentSession session) {
		return this.context.getBean(ActionVisibility.class).isVisible(action, session);
	}

	@Test
	void aBeanIsAskedOnceForEachActionAndSession() {
		for (int i = 0; i < 20; i++) {
			this.alice.invoke("relay").toMono(String.class).onErrorComplete().block(TIMEOUT);
			found(this.alice);
		}
		Application.ASKED.forEach((question, times) -> assertThat(times).as(question).hasValue(1));
		assertThat(Application.ASKED.keySet()).anyMatch((question) -> question.startsWith("relay "));
	}

	@Test
	void aRuleThatFailsHidesAndSaysSo() {
		// Another test may have had the line of this minute.
		try (LogLines lines = LogLines.of(AccessExpressions.class, Level.DEBUG)) {
			assertThat(found(this.admin)).doesNotContain("by.failure");
			isUnknown(this.admin, "by.failure");
			assertThat(lines.texts()).anySatisfy((line) -> assertThat(line).contains("A tool is hidden, as the rule of")
				.contains("Rules.failure that says"));
		}
	}

	@Test
	void aRuleThatAsksForArgumentsOrCannotBeReadIsAMistake() {
		AgentTools tools = AgentTools.builder().guard(new SecurityToolGuard(this.context, true)).build();
		assertThatExceptionOfType(InvalidToolsException.class).isThrownBy(() -> tools.actionsOf(new Wrong()))
			.withMessageContaining("'#id == 1' asks for arguments")
			.withMessageContaining("'hasRole(' cannot be read");
	}

	@Test
	void aRuleNeedsSpringSecurity() {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> AgentTools.builder().build().actionsOf(new Wrong()))
			.withMessageContaining("visibleTo is a rule of Spring Security, which is not there")
			.withMessageContaining("ActionVisibility");
	}

	@Test
	void rulesWithoutMethodSecurityAreAdvisedAgainst(CapturedOutput output) {
		try (GenericApplicationContext without = new GenericApplicationContext()) {
			without.refresh();
			AgentTools.builder().guard(new SecurityToolGuard(without, true)).build().actionsOf(new Rules());
		}
		assertThat(output).containsOnlyOnce("has @PreAuthorize, but method security is not enabled");
	}

	/**
	 * Tools with mistakes.
	 */
	static class Wrong {

		@AgentTool(value = "wrong.arguments", visibleTo = "#id == 1")
		String arguments(int id) {
			return "";
		}

		@AgentTool(value = "wrong.text", visibleTo = "hasRole(")
		String text() {
			return "";
		}

	}

	/**
	 * Tools with rules.
	 */
	static class Rules {

		@AgentTool(value = "by.role", visibleTo = "hasRole('ADMIN')")
		String role() {
			return "done";
		}

		@AgentTool(value = "by.bean.rule", visibleTo = "@rights.isAdmin(authentication)")
		Mono<String> beanRule() {
			return Mono.just("done");
		}

		@AgentTool("by.pre")
		@PreAuthorize("hasAnyRole('ADMIN', 'OWNER') and isAuthenticated()")
		String pre() {
			return "done";
		}

		@AgentTool("by.pre.part")
		@PreAuthorize("#id == 1 and hasRole('ADMIN')")
		Mono<String> prePart(int id) {
			return Mono.just("done");
		}

		@AgentTool("by.chain")
		@PreAuthorize("principal.username.startsWith('ad') && !(authentication.name == 'alice')")
		Mono<String> chain() {
			return Mono.just("done");
		}

		@AgentTool("by.arguments")
		@PreAuthorize("hasRole('ADMIN') or #id == 2")
		Mono<String> arguments(int id) {
			return Mono.just("done");
		}

		@AgentTool("by.bean.pre")
		@PreAuthorize("@rights.isAdmin(authentication)")
		Mono<String> beanPre() {
			return Mono.just("done");
		}

		@AgentTool("by.visibility")
		String visibility() {
			return "done";
		}

		@AgentTool(value = "by.failure", visibleTo = "@rights.fail()")
		String failure() {
			return "done";
		}

		@AgentTool
		Mono<String> relay(AgentExchange exchange) {
			return exchange.invoke("agent.nested").toMono(String.class);
		}

	}

	/**
	 * Tools of which the class has a rule.
	 */
	@AgentTool(value = "by", visibleTo = "hasRole('ADMIN')")
	static class OnClass {

		@AgentTool(value = "class", visibleTo = "isAuthenticated()")
		String tool() {
			return "done";
		}

	}

	/**
	 * A bean that rules ask.
	 */
	static class Rights {

		public boolean isAdmin(Authentication authentication) {
			return authentication.getName().equals("admin");
		}

		public boolean fail() {
			throw new IllegalStateException("out of reach");
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableReactiveMethodSecurity
	static class Application extends MethodSecurityContract.Common {

		static final Map<String, AtomicInteger> ASKED = new ConcurrentHashMap<>();

		@Bean
		Rights rights() {
			return new Rights();
		}

		@Bean
		Rules rules() {
			return new Rules();
		}

		@Bean
		OnClass visibleOnClass() {
			return new OnClass();
		}

		@Bean
		Action onAction() {
			return Action.named("on.action")
				.visibleTo((session) -> session.principal() != null && "admin".equals(session.principal().getName()))
				.handler((exchange) -> Mono.just("done"));
		}

		@Bean
		ActionVisibility visibility() {
			return (action, session) -> {
				ASKED.computeIfAbsent(action.name() + " " + session.id(), (question) -> new AtomicInteger())
					.incrementAndGet();
				return !action.name().startsWith("by.visibility")
						|| (session.principal() != null && session.principal().getName().equals("admin"));
			};
		}

	}

}
