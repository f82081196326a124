package io.agentsocket.observation;

import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionInterceptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.observation.InvocationAudit.Direction;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Records of invocations.
 */
class AuditTests {

	private static final AuditSettings ALL = new AuditSettings(List.of("as.*"),
			new RedactedNames(List.of("password", "api-key")));

	private final BlockingQueue<InvocationAudit> records = new LinkedBlockingQueue<>();

	private final Executor executor = Schedulers.boundedElastic()::schedule;

	private final AuditQueue queue = new AuditQueue(List.of(this.records::add), this.executor);

	private AuditInterceptor interceptor(AuditSettings settings) {
		return new AuditInterceptor(this.queue, settings,
				List.of((error, exchange) -> (error instanceof IllegalArgumentException)
						? new ActionException(ErrorCode.PERMISSION_DENIED, "no") : null));
	}

	private TestServer server(AuditSettings settings, Action... actions) {
		return new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.interceptor(interceptor(settings)).interceptor(new Refusing()), actions);
	}

	private AgentSocketClient agent(TestServer server, Action... offered) {
		return AgentSocketClient.builder(server.uri())
			.headers((headers) -> headers.set(TestServer.PRINCIPAL, "ann"))
			.software("robot", "1")
			.offer(List.of(offered))
			.build();
	}

	private InvocationAudit next() throws InterruptedException {
		return this.records.poll(Await.LONG.toSeconds(), TimeUnit.SECONDS);
	}

	@Test
	void listenerThatFailsWithAnErrorDoesNotKeepRecordsFromOthers() throws Exception {
		List<Runnable> turns = new ArrayList<>();
		AuditQueue all = new AuditQueue(List.of((audit) -> {
			throw new NoClassDefFoundError("listener");
		}, this.records::add), turns::add);
		for (String action : List.of("first", "second")) {
			all.add(new InvocationAudit(Direction.RUN, "s", null, "robot", action, Outcome.OK, Instant.now(),
					Duration.ZERO, null, null, null));
		}
		assertThat(turns).hasSize(1);
		turns.get(0).run();
		assertThat(this.records).hasSize(2);
	}

	@Test
	void recordsWhoInvokedWhatAndHowItEnded() throws Exception {
		Action echo = Action.named("echo").handler((exchange) -> Mono.just("x"));
		try (TestServer server = server(new AuditSettings(List.of(), null), echo)) {
			AgentSocketClient agent = agent(server);
			agent.invoke("echo")
				.arguments(Map.of("text", "hello"))
				.idempotencyKey("key-1")
				.toMono(String.class)
				.block(Await.LONG);
			InvocationAudit audit = next();
			assertThat(audit.direction()).isEqualTo(Direction.RUN);
			assertThat(audit.session()).isEqualTo(agent.sessionId());
			assertThat(audit.principal()).isEqualTo("ann");
			assertThat(audit.agent()).isEqualTo("robot");
			assertThat(audit.action()).isEqualTo("echo");
			assertThat(audit.outcome()).isEqualTo(Outcome.OK);
			assertThat(audit.idempotencyKey()).isEqualTo("key-1");
			assertThat(audit.duration()).isPositive().isLessThan(Await.LONG);
			assertThat(audit.arguments()).as("nobody asked for them").isNull();
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void recordsFailuresRefusalsAndCancellations() throws Exception {
		try (TestServer server = server(ALL,
				Action.named("denied").handler((exchange) -> Mono.error(new IllegalArgumentException("x"))),
				Action.named("crashes").handler((exchange) -> Mono.error(new IllegalStateException("x"))),
				Action.named("refused").handler((exchange) -> Mono.just("never")),
				Action.named("hangs").handler((exchange) -> Mono.never()))) {
			AgentSocketClient agent = agent(server);
			for (String action : new String[] { "denied", "crashes", "refused", "unknown" }) {
				agent.invoke(action).toMono(String.class).onErrorComplete().block(Await.LONG);
			}
			assertThat(next().outcome().status()).isEqualTo("PERMISSION_DENIED");
			assertThat(next().outcome().status()).isEqualTo("INTERNAL");
			assertThat(next().outcome().status()).isEqualTo("FAILED_PRECONDITION");
			StepVerifier.create(agent.invoke("hangs").toMono(String.class))
				.then(() -> Await.until(() -> !server.server().isIdle()))
				.thenCancel()
				.verify(Await.LONG);
			InvocationAudit cancelled = next();
			assertThat(cancelled.action()).as("what the protocol refuses did not run").isEqualTo("hangs");
			assertThat(cancelled.outcome().status()).isEqualTo("CANCELLED");
			agent.invoke("hangs")
				.timeout(Duration.ofMillis(100))
				.toMono(String.class)
				.onErrorComplete()
				.block(Await.LONG);
			assertThat(next().outcome().status()).isIn("CANCELLED", "DEADLINE_EXCEEDED");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void recordsWhatThisSideInvokes() throws Exception {
		Action asks = Action.named("asks")
			.handler((exchange) -> exchange.invoke("local").arguments(Map.of("n", 1)).toMono(String.class));
		try (TestServer server = server(ALL, asks)) {
			AgentSocketClient agent = agent(server, Action.named("local").handler((exchange) -> Mono.just("here")));
			agent.invoke("asks").toMono(String.class).block(Await.LONG);
			InvocationAudit invoked = next();
			assertThat(invoked.direction()).isEqualTo(Direction.INVOKED);
			assertThat(invoked.action()).isEqualTo("local");
			assertThat(invoked.principal()).isEqualTo("ann");
			assertThat(invoked.arguments()).isEqualTo(Map.of("n", 1));
			assertThat(next().direction()).isEqualTo(Direction.RUN);
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void argumentsAreRedactedAndCut() throws Exception {
		Action echo = Action.named("echo").handler((exchange) -> Mono.just("x"));
		try (TestServer server = server(ALL, echo)) {
			AgentSocketClient agent = agent(server);
			agent.invoke("echo")
				.arguments(Map.of("Password", "secret-1", "nested",
						List.of(Map.of("API_KEY", Map.of("deep", "secret-2"), "plain", "seen")), "long",
						"x".repeat(5000), "bytes", new byte[7], "many", Collections.nCopies(5000, 1)))
				.toMono(String.class)
				.block(Await.LONG);
			InvocationAudit audit = next();
			assertThat(audit.toString()).doesNotContain("secret").contains("seen", "***");
			assertThat(audit.arguments()).containsEntry("Password", "***").containsEntry("bytes", "7 bytes");
			assertThat(audit.arguments().get("long")).asString().hasSize(1003);
			assertThat((List<?>) audit.arguments().get("many")).hasSize(101);
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void excludedActionsAreNotRecorded() throws Exception {
		Action echo = Action.named("echo").handler((exchange) -> Mono.just("x"));
		Action ping = Action.named("health.ping").handler((exchange) -> Mono.just("x"));
		try (TestServer server = server(new AuditSettings(List.of("health.*", "as.find"), null), echo, ping)) {
			AgentSocketClient agent = agent(server);
			agent.actions().block(Await.LONG);
			agent.invoke("health.ping").toMono(String.class).block(Await.LONG);
			agent.invoke("echo").toMono(String.class).block(Await.LONG);
			assertThat(next().action()).isEqualTo("echo");
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void aSlowOrBrokenListenerHoldsNothingUp() throws Exception {
		CountDownLatch gate = new CountDownLatch(1);
		BlockingQueue<InvocationAudit> told = new LinkedBlockingQueue<>();
		InvocationAuditListener slow = (audit) -> {
			Await.until(gate);
			throw new IllegalStateException("broken");
		};
		AuditQueue small = new AuditQueue(List.of(slow, told::add), this.executor, 3);
		Action echo = Action.named("echo").handler((exchange) -> Mono.just("x"));
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.interceptor(new AuditInterceptor(small, ALL, List.of())), echo)) {
			AgentSocketClient agent = agent(server);
			for (int i = 0; i < 10; i++) {
				agent.invoke("echo").toMono(String.class).block(Await.LONG);
			}
			// At most the one that is being told and three that wait.
			assertThat(small.dropped()).isBetween(6L, 7L);
			gate.countDown();
			Await.until(() -> told.size() == 10 - small.dropped());
			agent.invoke("echo").toMono(String.class).block(Await.LONG);
			Await.until(() -> told.size() == 11 - small.dropped());
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void theEndOfTheApplicationTakesWhatWaits() {
		BlockingQueue<Runnable> never = new LinkedBlockingQueue<>();
		AuditQueue stalled = new AuditQueue(List.of(this.records::add), never::add);
		Principal principal = () -> "ann";
		stalled.add(new InvocationAudit(Direction.RUN, "s", principal.getName(), "robot", "echo", Outcome.OK,
				Instant.now(), Duration.ofMillis(1), null, null, null));
		assertThat(this.records).isEmpty();
		stalled.close();
		assertThat(this.records).hasSize(1);
	}

	/** Refuses one action, inside of the records. */
	private static final class Refusing implements ActionInterceptor {

		@Override
		public Publisher<?> interceptAction(AgentExchange exchange, ActionChain chain) {
			return exchange.action().name().equals("refused")
					? Mono.error(new ActionException(ErrorCode.FAILED_PRECONDITION, "no")) : chain.proceed(exchange);
		}

	}

}
