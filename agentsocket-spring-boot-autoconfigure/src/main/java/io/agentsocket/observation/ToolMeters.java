package io.agentsocket.observation;

import java.util.function.ToDoubleFunction;

import io.agentsocket.annotation.Internal;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.execution.ThreadUse;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the threads of blocking tools, read when a registry asks. The meters of the
 * executor do not tell, since calls wait before it.
 */
@Internal
public final class ToolMeters implements MeterBinder {

	private final AgentTools tools;

	/**
	 * Create meters.
	 * @param tools the tools
	 */
	public ToolMeters(AgentTools tools) {
		this.tools = tools;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		gauge(registry, "agentsocket.tools.threads", "Threads of blocking tools, 0 when nothing waits for them",
				ThreadUse::threads);
		gauge(registry, "agentsocket.tools.running", "Threads of blocking tools that are taken", ThreadUse::running);
		gauge(registry, "agentsocket.tools.waiting", "Calls and events that wait for a thread", ThreadUse::waiting);
	}

	private void gauge(MeterRegistry registry, String name, String description, ToDoubleFunction<ThreadUse> value) {
		Gauge.builder(name, this.tools, (tools) -> value.applyAsDouble(tools.threadUse()))
			.description(description)
			.register(registry);
	}

}
