package io.agentsocket.observation;

import java.util.function.ToDoubleFunction;

import io.agentsocket.annotation.Internal;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpLoad;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the MCP endpoint. All of them are read from it when a registry asks.
 */
@Internal
public final class McpMeters implements MeterBinder {

	private final McpEndpoint endpoint;

	/**
	 * Create meters.
	 * @param endpoint the endpoint
	 */
	public McpMeters(McpEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		gauge(registry, "agentsocket.mcp.calls", "Calls that run, the parked ones included", McpLoad::calls);
		gauge(registry, "agentsocket.mcp.parked", "Calls that have asked their callers something", McpLoad::parked);
		gauge(registry, "agentsocket.mcp.subscriptions", "Clients that listen to changes of the tools",
				McpLoad::subscriptions);
		counter(registry, "agentsocket.mcp.calls.begun", "Calls that have begun", McpLoad::begun);
		counter(registry, "agentsocket.mcp.calls.cancelled", "Calls that clients have closed before they were complete",
				McpLoad::cancelled);
		counter(registry, "agentsocket.mcp.retries.carried",
				"Requests with answers that were carried to the pods of their calls", McpLoad::carried);
		counter(registry, "agentsocket.mcp.retries.lost", "Requests with answers whose calls were lost with their pods",
				McpLoad::lost);
	}

	private void gauge(MeterRegistry registry, String name, String description, ToDoubleFunction<McpLoad> value) {
		Gauge.builder(name, this.endpoint, (endpoint) -> value.applyAsDouble(endpoint.load()))
			.description(description)
			.register(registry);
	}

	private void counter(MeterRegistry registry, String name, String description, ToDoubleFunction<McpLoad> value) {
		FunctionCounter.builder(name, this.endpoint, (endpoint) -> value.applyAsDouble(endpoint.load()))
			.description(description)
			.register(registry);
	}

}
