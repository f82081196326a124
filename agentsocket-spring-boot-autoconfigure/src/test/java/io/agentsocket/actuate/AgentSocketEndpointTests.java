package io.agentsocket.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.relay.FunctionReport;
import io.agentsocket.server.ServerBounds;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.SessionReport;
import io.agentsocket.server.StreamReport;
import io.agentsocket.server.TestCluster;
import io.agentsocket.server.TestServer;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.session.Durability;
import io.agentsocket.tool.execution.ThreadUse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

class AgentSocketEndpointTests {

	private final TestServer server = TestServer
		.with(Action.named("echo").description("Echoes").handler((exchange) -> Mono.just("x")));

	private final FunctionReport function = new FunctionReport("shop", "https://functions.example.com/shop",
			List.of("cart.add"), 1, 0, 7, 2, 1, "OPEN",
			new FunctionReport.Failure(Instant.EPOCH, "cart.add", "CONNECT", "Connection refused"));

	private final AgentSocketEndpoint endpoint = new AgentSocketEndpoint(this.server.server(), this.server.catalog(),
			() -> List.of(this.function), () -> new ThreadUse(8, 3, 5, Map.of("echo", new ThreadUse.Share(3, 4))));

	private final AgentSocketClient agent = AgentSocketClient.builder(this.server.uri())
		.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
		.headers((headers) -> headers.set(TestServer.PRINCIPAL, "ann"))
		.software("tester", "1")
		.build();

	@BeforeEach
	void connect() {
		this.agent.connect().block(Await.LONG);
	}

	@AfterEach
	void close() {
		this.agent.close().onErrorComplete().block(Await.LONG);
		this.server.close();
	}

	@Test
	void showsSessionsAndActions() {
		Await.until(
				() -> this.endpoint.overview().connections() == 1 && this.endpoint.overview().load().attached() == 1);
		assertThat(this.endpoint.page("sessions", null, null).entries()).hasSize(1);
		assertThat(this.endpoint.page("connections", null, null).entries()).hasSize(1);
		assertThat(this.endpoint.page("actions", null, null).entries())
			.isEqualTo(List.of(new AgentSocketEndpoint.ActionReport("echo", "Echoes", List.of(), 0, 0, 3, 4)));
		assertThat(this.endpoint.overview().threads()).isEqualTo(new AgentSocketEndpoint.Threads(8, 3, 5));
		SessionReport session = (SessionReport) this.endpoint.session("sessions", this.agent.sessionId());
		assertThat(session.principal()).isEqualTo("ann");
		assertThat(session.agent()).isEqualTo("tester");
		assertThat(session.connected()).isTrue();
		assertThat(this.endpoint.session("sessions", "other")).isNull();
		assertThat(this.endpoint.page("tokens", null, null)).isNull();
	}

	@Test
	void showsTheSessionThatHoldsTheMemoryFirst() {
		Action waiting = Action.named("waiting").handler((exchange) -> Mono.never());
		try (TestServer busy = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(), (builder) -> {
		}, waiting)) {
			List<AgentSocketClient> agents = Stream.generate(() -> AgentSocketClient.builder(busy.uri()).build())
				.limit(4)
				.toList();
			agents.forEach((present) -> present.connect().block(Await.LONG));
			AgentSocketClient large = agents.get(2);
			large.invoke("waiting").arguments(Map.of("text", "x".repeat(300_000))).toMono(String.class).subscribe();
			Await.untilAsserted(() -> {
				List<SessionReport> sessions = busy.server().operators().sessions();
				assertThat(sessions).hasSize(4);
				assertThat(sessions.get(0).id()).isEqualTo(large.sessionId());
				assertThat(sessions.get(0).memory()).isGreaterThan(300_000);
				assertThat(sessions.get(3).memory()).isBetween(8 * 1024L, 64 * 1024L);
			});
			agents.forEach((present) -> present.close().block(Await.LONG));
		}
	}

	@Test
	void tellsToolsThatHangFromAgentsThatDoNotAnswer() {
		Action asking = Action.named("asking").handler((exchange) -> exchange.ask("Which?", String.class));
		Action items = Action.named("items").result(ResultShape.ITEMS).handler((exchange) -> Flux.range(1, 10_000));
		Action working = Action.named("working").handler((exchange) -> Mono.never());
		try (TestServer busy = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(), (builder) -> {
		}, asking, items, working)) {
			AgentSocketClient slow = AgentSocketClient.builder(busy.uri())
				.onQuestion((question) -> Mono.never())
				.build();
			slow.invoke("asking").toMono(String.class).subscribe();
			slow.invoke("working").toMono(String.class).subscribe();
			slow.invoke("items").toFlux(Integer.class).subscribeWith(new BaseSubscriber<Integer>() {

				@Override
				protected void hookOnSubscribe(Subscription subscription) {
					subscription.request(2);
				}

			});
			Await.untilAsserted(() -> assertThat(busy.server().operators().streams())
				.extracting(StreamReport::action, StreamReport::direction, StreamReport::waitsForAgent)
				.containsExactlyInAnyOrder(tuple("asking", "in", true), tuple("as.ask", "out", true),
						tuple("items", "in", true), tuple("working", "in", false)));
			slow.close().block(Await.LONG);
		}
	}

	@Test
	void showsFunctions() {
		assertThat(this.endpoint.page("functions", null, null)).isNotNull()
			.satisfies((page) -> assertThat(page.total()).isEqualTo(1))
			.satisfies((page) -> assertThat(page.entries().get(0)).isEqualTo(this.function));
		assertThat(this.endpoint.session("functions", "shop")).isEqualTo(this.function);
		assertThat(this.endpoint.session("functions", "other")).isNull();
	}

	@Test
	void namesThatAgentsChooseArePrintable() {
		AgentSocketClient odd = AgentSocketClient.builder(this.server.uri())
			.headers((headers) -> headers.set(TestServer.PRINCIPAL, "bob"))
			.software("a\u202eb\nc", "\u001b[31m1")
			.build();
		odd.connect().block(Await.LONG);
		SessionReport session = (SessionReport) this.endpoint.session("sessions", odd.sessionId());
		assertThat(session.agent()).isEqualTo("a?b?c");
		assertThat(session.version()).isEqualTo("?[31m1");
		odd.close().block(Await.LONG);
	}

	@Test
	void pagesAreBounded() {
		assertThat(this.endpoint.page("sessions", 1, 10).entries()).isEmpty();
		assertThat(this.endpoint.page("sessions", 1, 10).total()).isEqualTo(1);
		for (int[] wrong : new int[][] { { -1, 1 }, { 0, 0 }, { 0, 501 }, { 0, Integer.MAX_VALUE } }) {
			assertThatExceptionOfType(InvalidEndpointRequestException.class)
				.isThrownBy(() -> this.endpoint.page("sessions", wrong[0], wrong[1]));
		}
	}

	@Test
	void disconnectsAndTheAgentResumes() {
		String id = this.agent.sessionId();
		assertThat(this.endpoint.disconnect("connections", id).getBody()).isNotNull();
		assertThat(this.agent.invoke("echo").toMono(String.class).block(Await.LONG)).isEqualTo("x");
		assertThat(this.agent.sessionId()).isEqualTo(id);
		assertThat(this.endpoint.disconnect("connections", "other").getStatus()).isEqualTo(404);
	}

	@Test
	void endsASession() {
		String id = this.agent.sessionId();
		assertThat(this.endpoint.delete("sessions", id).block(Await.LONG).getBody()).isNotNull();
		Await.until(() -> this.endpoint.session("sessions", id) == null);
		assertThat(this.endpoint.delete("sessions", id).block(Await.LONG).getStatus()).isEqualTo(404);
		assertThat(this.endpoint.delete("actions", "echo").block(Await.LONG).getStatus()).isEqualTo(404);
	}

	@Test
	void drainsAndIsNotReady() {
		AgentSocketHealthIndicator health = new AgentSocketHealthIndicator(this.server.server());
		assertThat(health.health().block(Await.LONG).getStatus()).isEqualTo(Status.UP);
		assertThat(this.endpoint.write("other").getStatus()).isEqualTo(404);
		assertThat(this.endpoint.write("drain").getBody().draining()).isTrue();
		assertThat(this.endpoint.write("drain").getBody().accepting()).isFalse();
		Health ended = health.health().block(Await.LONG);
		assertThat(ended.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
		assertThat(ended.getDetails()).containsEntry("reason", "draining");
	}

	@Test
	void tellsWhatKeepsAgentsOut() {
		ServerSettings settings = ServerSettings.builder()
			.helloTimeout(Await.LONG)
			.maxSessions(1)
			.bounds(ServerBounds.builder().memory(8 << 20).build())
			.build();
		try (TestServer small = new TestServer(settings, (builder) -> {
		})) {
			AgentSocketEndpoint shown = new AgentSocketEndpoint(small.server(), small.catalog(), List::of,
					() -> ThreadUse.NONE);
			AgentSocketHealthIndicator health = new AgentSocketHealthIndicator(small.server());
			assertThat(shown.overview().accepting()).isTrue();
			assertThat(shown.overview().obstacle()).isNull();
			AgentSocketClient only = AgentSocketClient.builder(small.uri()).build();
			only.connect().block(Await.LONG);
			Await.until(() -> !shown.overview().accepting());
			assertThat(shown.overview().obstacle()).isEqualTo("too many sessions");
			assertThat(health.health().block(Await.LONG).getDetails()).containsEntry("reason", "too many sessions");
			small.server().bounds().memory().add(7 << 20);
			assertThat(shown.overview().obstacle()).isEqualTo("the memory of the sessions is used");
			assertThat(shown.overview().memory().used()).isGreaterThan(7 << 20);
			assertThat(shown.overview().memory().budget()).isEqualTo(8 << 20);
			assertThat(shown.overview().refusals()).isEmpty();
			small.server().bounds().refusals().count(Refusal.MEMORY_SESSIONS);
			assertThat(shown.overview().refusals()).containsOnly(Map.entry("memory_sessions", 1L));
			small.server().bounds().memory().add(-(7 << 20));
			assertThat(shown.overview().refusedHandshakes()).isEmpty();
			AgentSocketClient further = AgentSocketClient.builder(small.uri()).maxWait(Duration.ofMillis(1)).build();
			further.connect().onErrorComplete().block(Await.LONG);
			Await.until(() -> !shown.overview().refusedHandshakes().isEmpty());
			assertThat(shown.overview().refusedHandshakes()).containsOnlyKeys(CloseCode.OVERLOADED.code());
			further.close().onErrorComplete().block(Await.LONG);
			only.close().block(Await.LONG);
		}
	}

	@Test
	void isDownWhenTheStoreIsOutOfReach() {
		try (TestCluster cluster = new TestCluster(Durability.STRICT, 1, () -> new Action[0])) {
			AgentSocketHealthIndicator health = new AgentSocketHealthIndicator(cluster.pod(0).server());
			assertThat(health.health().block(Await.LONG).getStatus()).isEqualTo(Status.UP);
			cluster.pod(0).hold();
			assertThat(health.health().block(Await.LONG).getStatus()).isEqualTo(Status.DOWN);
			cluster.pod(0).release();
		}
	}

	@Test
	void infoSaysWhatIsServed() {
		Info.Builder builder = new Info.Builder();
		new AgentSocketInfoContributor(this.server.server(), this.server.catalog()).contribute(builder);
		assertThat(builder.build().getDetails().get("agentsocket")).asString().contains("actions=1", "subProtocols=[");
	}

}
