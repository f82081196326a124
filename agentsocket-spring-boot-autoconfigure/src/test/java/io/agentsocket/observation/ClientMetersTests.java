package io.agentsocket.observation;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.TcpProxy;
import io.agentsocket.action.Action;
import io.agentsocket.actuate.AgentSocketClientHealthIndicator;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.server.TestServer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Meters and health of a client.
 */
class ClientMetersTests {

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private AgentSocketClient client(String uri, Duration maxWait) {
		AgentSocketClient client = AgentSocketClient.builder(uri)
			.backoff(new Backoff(Duration.ofMillis(20), Duration.ofMillis(50)))
			.maxWait(maxWait)
			.sessionListener(new SessionMeters(this.registry))
			.build();
		new ClientMeters("main", client).bindTo(this.registry);
		return client;
	}

	private double gauge(String name, String... tags) {
		return this.registry.get(name).tag("client", "main").tags(tags).gauge().value();
	}

	private double counter(String name, String... tags) {
		return this.registry.get(name).tag("client", "main").tags(tags).functionCounter().count();
	}

	private double events(String event, String reason, String code) {
		return this.registry.find(SessionMeters.EVENTS)
			.tags("side", "client", "event", event, "reason", reason, "code", code)
			.counters()
			.stream()
			.mapToDouble(Counter::count)
			.sum();
	}

	private static Health health(AgentSocketClient client) {
		return new AgentSocketClientHealthIndicator(client).health();
	}

	@Test
	void metersSayHowAClientIsConnected() throws Exception {
		Sinks.One<String> gate = Sinks.one();
		try (TestServer server = TestServer.with(Action.named("wait").handler((exchange) -> gate.asMono()),
				Action.named("echo").handler((exchange) -> Mono.just("x")));
				TcpProxy proxy = new TcpProxy(server.port())) {
			AgentSocketClient client = client(proxy.uri(), Await.LONG);
			assertThat(gauge("agentsocket.client.connected")).isZero();
			assertThat(gauge("agentsocket.client.outage")).as("nobody wants a connection yet").isZero();
			assertThat(health(client).getStatus()).isEqualTo(Status.UP);
			Mono<String> call = client.invoke("wait").toMono(String.class).cache();
			call.subscribe();
			Await.untilAsserted(() -> assertThat(gauge("agentsocket.client.streams", "direction", "out")).isEqualTo(1));
			Await.untilAsserted(() -> {
				assertThat(gauge("agentsocket.client.connected")).isEqualTo(1);
				assertThat(gauge("agentsocket.client.outage")).isZero();
				assertThat(counter("agentsocket.client.attempts", "outcome", "connected")).isEqualTo(1);
			});
			assertThat(this.registry.get("agentsocket.client.outages").functionTimer().count())
				.as("the first connection ends no outage")
				.isZero();
			proxy.mode(TcpProxy.Mode.SHUT);
			proxy.mode(TcpProxy.Mode.OPEN);
			Await.untilAsserted(() -> assertThat(events("resumed", "same_pod", "none")).isEqualTo(1));
			assertThat(events("detached", "connection_lost", "1006")).isEqualTo(1);
			Await
				.untilAsserted(() -> assertThat(this.registry.get("agentsocket.client.outages").functionTimer().count())
					.isEqualTo(1));
			assertThat(this.registry.get("agentsocket.client.outages").functionTimer().totalTime(TimeUnit.NANOSECONDS))
				.isPositive();
			assertThat(counter("agentsocket.client.attempts", "outcome", "connected")).isEqualTo(2);
			gate.tryEmitValue("x");
			assertThat(call.block(Await.LONG)).isEqualTo("x");
			assertThat(counter("agentsocket.client.messages", "direction", "in")).isPositive();
			assertThat(counter("agentsocket.client.traffic", "direction", "out")).isPositive();
			Await.untilAsserted(() -> assertThat(gauge("agentsocket.client.streams", "direction", "out")).isZero());
			client.close().block(Await.LONG);
			Await.untilAsserted(() -> assertThat(events("ended", "by_application", "none")).isEqualTo(1));
			assertThat(gauge("agentsocket.client.outage")).isZero();
			assertThat(health(client).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
		}
	}

	@Test
	void aClientThatCannotConnectIsDownWhenCallsFail() {
		AgentSocketClient client = client("ws://127.0.0.1:1/agentsocket", Duration.ofMillis(300));
		client.connect().onErrorComplete().subscribe();
		Await.untilAsserted(() -> {
			assertThat(health(client).getStatus()).isEqualTo(Status.DOWN);
			assertThat(client.lastFailure()).isNotNull();
		});
		Health down = health(client);
		assertThat(down.getDetails()).containsKeys("withoutConnection", "reason")
			.hasEntrySatisfying("state", (state) -> assertThat(state).hasToString("CONNECTING"));
		assertThat(gauge("agentsocket.client.outage")).isPositive();
		Await.untilAsserted(
				() -> assertThat(counter("agentsocket.client.attempts", "outcome", "failed")).isGreaterThan(1));
		client.close().block(Await.LONG);
		assertThat(gauge("agentsocket.client.outage")).isZero();
	}

}
