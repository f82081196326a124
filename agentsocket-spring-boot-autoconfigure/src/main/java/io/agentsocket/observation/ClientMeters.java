package io.agentsocket.observation;

import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import io.agentsocket.annotation.Internal;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ClientReport;
import io.agentsocket.client.ConnectionCounts;
import io.agentsocket.client.ConnectionState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of a client, read when the registry asks.
 */
@Internal
public final class ClientMeters implements MeterBinder {

	private final String name;

	private final AgentSocketClient client;

	/**
	 * Create meters.
	 * @param name tells clients of one application apart
	 * @param client the client
	 */
	public ClientMeters(String name, AgentSocketClient client) {
		this.name = name;
		this.client = client;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		gauge("agentsocket.client.connected", (report) -> (report.state() == ConnectionState.CONNECTED) ? 1 : 0)
			.description("1 while there is a connection")
			.register(registry);
		attempts(registry, "connected", ConnectionCounts::connections);
		attempts(registry, "failed", ConnectionCounts::failures);
		FunctionTimer
			.builder("agentsocket.client.outages", this.client, (client) -> client.report().counts().outages(),
					(client) -> client.report().counts().outageNanos(), TimeUnit.NANOSECONDS)
			.tag("client", this.name)
			.description("Times without a connection that are over")
			.register(registry);
		TimeGauge
			.builder("agentsocket.client.outage", this.client, TimeUnit.NANOSECONDS,
					(client) -> client.report().outage().toNanos())
			.tag("client", this.name)
			.description("How long there has been no connection although one is wanted, 0 with a connection")
			.register(registry);
		gauge("agentsocket.client.streams", ClientReport::invoked).tag("direction", "out")
			.description("Open invocations: of actions that run here, and of actions of the server")
			.register(registry);
		gauge("agentsocket.client.streams", ClientReport::served).tag("direction", "in")
			.description("Open invocations: of actions that run here, and of actions of the server")
			.register(registry);
		gauge("agentsocket.client.queued", ClientReport::queued).baseUnit("bytes")
			.description("Bytes that wait to be sent")
			.register(registry);
		gauge("agentsocket.client.unacknowledged", ClientReport::unacknowledged).baseUnit("bytes")
			.description("Bytes that were sent and are not acknowledged")
			.register(registry);
		traffic(registry, "in", (client) -> client.traffic().messagesReceived(),
				(client) -> client.traffic().bytesReceived());
		traffic(registry, "out", (client) -> client.traffic().messagesSent(), (client) -> client.traffic().bytesSent());
	}

	private Gauge.Builder<AgentSocketClient> gauge(String meter, ToDoubleFunction<ClientReport> value) {
		return Gauge.builder(meter, this.client, (client) -> value.applyAsDouble(client.report()))
			.tag("client", this.name);
	}

	private void attempts(MeterRegistry registry, String outcome, ToLongFunction<ConnectionCounts> value) {
		FunctionCounter
			.builder("agentsocket.client.attempts", this.client,
					(client) -> value.applyAsLong(client.report().counts()))
			.tags("client", this.name, "outcome", outcome)
			.description("Attempts to connect")
			.register(registry);
	}

	private void traffic(MeterRegistry registry, String direction, ToDoubleFunction<AgentSocketClient> messages,
			ToDoubleFunction<AgentSocketClient> bytes) {
		FunctionCounter.builder("agentsocket.client.messages", this.client, messages)
			.tags("client", this.name, "direction", direction)
			.description("WebSocket messages")
			.register(registry);
		FunctionCounter.builder("agentsocket.client.traffic", this.client, bytes)
			.tags("client", this.name, "direction", direction)
			.baseUnit("bytes")
			.description("Bytes on the wire, without TCP and TLS")
			.register(registry);
	}

}
