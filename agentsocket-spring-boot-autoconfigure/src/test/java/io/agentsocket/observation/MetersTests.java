package io.agentsocket.observation;

import java.time.Clock;
import java.time.Duration;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.connection.TrafficTotals;
import io.agentsocket.protocol.Traffic;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestCluster;
import io.agentsocket.server.TestServer;
import io.agentsocket.session.Durability;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.SessionStore;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

class MetersTests {

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private double gauge(String name, String... tags) {
		return this.registry.get(name).tags(tags).gauge().value();
	}

	private double counter(String name, String... tags) {
		return this.registry.get(name).tags(tags).functionCounter().count();
	}

	private double events(String event, String reason) {
		return this.registry.find(SessionMeters.EVENTS)
			.tags("side", "server", "event", event, "reason", reason)
			.counters()
			.stream()
			.mapToDouble(Counter::count)
			.sum();
	}

	@Test
	void metersSayWhatAServerHasToDo() {
		TrafficTotals totals = new TrafficTotals();
		Sinks.One<String> gate = Sinks.one();
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
				(builder) -> builder.totals(totals).sessionListener(new SessionMeters(this.registry)),
				Action.named("wait").handler((exchange) -> gate.asMono()))) {
			new ServerMeters(server.server(), totals).bindTo(this.registry);
			assertThat(gauge("agentsocket.accepting")).isEqualTo(1);
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).connectTimeout(Await.LONG).build();
			Disposable call = agent.invoke("wait").toMono(String.class).subscribe();
			Await.untilAsserted(() -> assertThat(gauge("agentsocket.streams", "direction", "in")).isEqualTo(1));
			Await.untilAsserted(() -> assertThat(gauge("agentsocket.streams.oldest", "direction", "in")).isPositive());
			assertThat(gauge("agentsocket.streams.oldest", "direction", "out")).isZero();
			assertThat(gauge("agentsocket.connections")).isEqualTo(1);
			assertThat(gauge("agentsocket.sessions", "state", "attached")).isEqualTo(1);
			assertThat(gauge("agentsocket.sessions", "state", "detached")).isZero();
			assertThat(gauge("agentsocket.streams", "direction", "out")).isZero();
			assertThat(gauge("agentsocket.windows.full")).isZero();
			assertThat(counter("agentsocket.events.unsent")).isZero();
			gate.tryEmitValue("done");
			Await.untilAsserted(() -> assertThat(gauge("agentsocket.streams", "direction", "in")).isZero());
			Await.until(call::isDisposed);
			// The agent does not count WELCOME, which comes before its session.
			Await.untilAsserted(() -> assertThat(counter("agentsocket.messages", "direction", "out"))
				.isEqualTo(agent.traffic().messagesReceived() + 1));
			Traffic traffic = agent.traffic();
			assertThat(counter("agentsocket.traffic", "direction", "out")).isGreaterThan(traffic.bytesReceived());
			assertThat(counter("agentsocket.messages", "direction", "in")).isPositive()
				.isLessThanOrEqualTo(traffic.messagesSent());
			assertThat(counter("agentsocket.frames", "direction", "out")).isPositive();
			assertThat(counter("agentsocket.frames", "direction", "in")).isPositive();
			agent.close().block(Await.LONG);
			Await.untilAsserted(() -> assertThat(events("ended", "by_other_side")).isEqualTo(1));
			assertThat(events("opened", "new")).isEqualTo(1);
			Await.untilAsserted(
					() -> assertThat(this.registry.get(SessionMeters.DURATION).timer().count()).isEqualTo(1));
			double counted = counter("agentsocket.traffic", "direction", "in");
			assertThat(counted).as("traffic of sessions that have ended stays").isPositive();
			server.server().drain().block(Await.LONG);
			assertThat(gauge("agentsocket.accepting")).isZero();
		}
	}

	@Test
	void bytesThatAnAgentDoesNotTakeAreSeen() {
		Action large = Action.named("large").handler((exchange) -> Mono.just("x".repeat(50_000)));
		TrafficTotals totals = new TrafficTotals();
		try (TestCluster cluster = new TestCluster(Durability.STRICT, 1,
				(pod, builder) -> builder.totals(totals).sessionListener(new SessionMeters(this.registry)),
				() -> new Action[] { large })) {
			new ServerMeters(cluster.pod(0).server(), totals).bindTo(this.registry);
			AgentSocketClient agent = AgentSocketClient.builder(cluster.uri())
				.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(200)))
				.build();
			agent.connect().block(Await.LONG);
			cluster.stall();
			for (int i = 0; i < 10; i++) {
				agent.invoke("large").toMono(String.class).onErrorComplete().subscribe();
			}
			Await.untilAsserted(() -> {
				assertThat(gauge("agentsocket.unacknowledged")).isGreaterThan(200_000);
				assertThat(gauge("agentsocket.queued")).isGreaterThan(100_000);
			});
			cluster.goOn();
			Await.untilAsserted(() -> assertThat(gauge("agentsocket.queued")).isZero());
			cluster.shut();
			// An agent that came back before that would have superseded its connection.
			Await.untilAsserted(() -> assertThat(events("detached", "connection_lost")).isEqualTo(1));
			cluster.target(cluster.pod(0));
			Await.untilAsserted(() -> assertThat(events("resumed", "same_pod")).isEqualTo(1));
			agent.close().block(Await.LONG);
		}
	}

	@Test
	void stepsOfTheStoreAreTimed() {
		SessionStore store = new MeteredStore(InMemorySessionStore.shared(Clock.systemUTC()), this.registry);
		assertThat(store.isShared()).isTrue();
		Await.end(store.find("nobody"));
		StepVerifier.create(Await.ended(store.keep("nobody", "me", Duration.ofSeconds(1))))
			.expectError()
			.verify(Await.LONG);
		assertThat(this.registry.get(MeteredStore.NAME).tags("operation", "find", "outcome", "done").timer().count())
			.isEqualTo(1);
		assertThat(this.registry.get(MeteredStore.NAME).tags("operation", "keep", "outcome", "fenced").timer().count())
			.isEqualTo(1);
	}

}
