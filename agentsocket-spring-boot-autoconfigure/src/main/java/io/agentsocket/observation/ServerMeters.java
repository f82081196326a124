package io.agentsocket.observation;

import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

import io.agentsocket.annotation.Internal;
import io.agentsocket.connection.TrafficTotals;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.ServerLoad;
import io.agentsocket.server.StreamReport;
import io.agentsocket.server.bounds.MemoryBudget;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.server.bounds.Refusal;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of a server. All of them are read from the server when a registry asks, and
 * nothing is done for them in between.
 */
@Internal
public final class ServerMeters implements MeterBinder {

	private final AgentSocketServer server;

	private final TrafficTotals traffic;

	/**
	 * Create meters.
	 * @param server the server
	 * @param traffic counts its traffic
	 */
	public ServerMeters(AgentSocketServer server, TrafficTotals traffic) {
		this.server = server;
		this.traffic = traffic;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder("agentsocket.connections", this.server, AgentSocketServer::connections)
			.description("Open sockets, those before HELLO included")
			.register(registry);
		Gauge.builder("agentsocket.accepting", this.server, (server) -> server.isAccepting() ? 1 : 0)
			.description(
					"1 while a further agent is let in that has no session, 0 while draining and when there is no room")
			.register(registry);
		sessions(registry, "attached", ServerLoad::attached);
		sessions(registry, "detached", ServerLoad::detached);
		streams(registry, "in", ServerLoad::served);
		streams(registry, "out", ServerLoad::invoked);
		oldest(registry, "in");
		oldest(registry, "out");
		load(registry, "agentsocket.queued", ServerLoad::queued).baseUnit("bytes")
			.description("Bytes that wait to be sent")
			.register(registry);
		load(registry, "agentsocket.unacknowledged", ServerLoad::unacknowledged).baseUnit("bytes")
			.description("Bytes that were sent and are not acknowledged")
			.register(registry);
		load(registry, "agentsocket.windows.full", ServerLoad::full).baseUnit("sessions")
			.description("Sessions whose window has less than a tenth left")
			.register(registry);
		FunctionCounter.builder("agentsocket.events.unsent", this.server, (server) -> server.operators().unsentEvents())
			.description("Published events that were not sent to a subscriber of this process")
			.register(registry);
		bounds(registry, this.server.bounds());
		traffic(registry, true);
		traffic(registry, false);
	}

	private static void bounds(MeterRegistry registry, PodBounds bounds) {
		Gauge.builder("agentsocket.memory.used", bounds.memory(), MemoryBudget::used)
			.baseUnit("bytes")
			.description("Bytes that all sessions hold, as far as they are counted")
			.register(registry);
		Gauge.builder("agentsocket.memory.budget", bounds.memory(), MemoryBudget::bytes)
			.baseUnit("bytes")
			.description("Bytes that all sessions may hold")
			.register(registry);
		for (int code : bounds.refusedHandshakes().codes()) {
			FunctionCounter
				.builder("agentsocket.handshakes.refused", bounds.refusedHandshakes(), (refused) -> refused.total(code))
				.tag("code", String.valueOf(code))
				.description("Connections that got no session, by status or close code")
				.register(registry);
		}
		for (Refusal reason : Refusal.values()) {
			FunctionCounter.builder("agentsocket.refusals", bounds.refusals(), (refusals) -> refusals.total(reason))
				.tag("reason", reason.tag())
				.description("Work that was refused or ended because a bound was reached")
				.register(registry);
		}
	}

	private Gauge.Builder<AgentSocketServer> load(MeterRegistry registry, String name,
			ToDoubleFunction<ServerLoad> value) {
		return Gauge.builder(name, this.server, (server) -> value.applyAsDouble(server.operators().load()));
	}

	private void sessions(MeterRegistry registry, String state, ToDoubleFunction<ServerLoad> value) {
		load(registry, "agentsocket.sessions", value).tag("state", state)
			.description("Sessions of this process, with a connection or without")
			.register(registry);
	}

	private void streams(MeterRegistry registry, String direction, ToDoubleFunction<ServerLoad> value) {
		load(registry, "agentsocket.streams", value).tag("direction", direction)
			.description("Open invocations: of actions that run here, and of actions of agents")
			.register(registry);
	}

	private void oldest(MeterRegistry registry, String direction) {
		TimeGauge
			.builder("agentsocket.streams.oldest", this.server, TimeUnit.MILLISECONDS,
					(server) -> server.operators()
						.streams()
						.stream()
						.filter((stream) -> stream.direction().equals(direction))
						.mapToLong(StreamReport::millis)
						.max()
						.orElse(0))
			.tag("direction", direction)
			.description("How long the oldest open invocation has been open")
			.register(registry);
	}

	private void traffic(MeterRegistry registry, boolean sent) {
		String direction = sent ? "out" : "in";
		counter(registry, "agentsocket.messages", direction, "WebSocket messages", (totals) -> totals.messages(sent));
		counter(registry, "agentsocket.frames", direction, "Frames of the protocol", (totals) -> totals.frames(sent));
		FunctionCounter.builder("agentsocket.traffic", this.traffic, (totals) -> totals.bytes(sent))
			.tag("direction", direction)
			.baseUnit("bytes")
			.description("Bytes on the wire, without TCP and TLS")
			.register(registry);
	}

	private void counter(MeterRegistry registry, String name, String direction, String description,
			ToDoubleFunction<TrafficTotals> value) {
		FunctionCounter.builder(name, this.traffic, value)
			.tag("direction", direction)
			.description(description)
			.register(registry);
	}

}
