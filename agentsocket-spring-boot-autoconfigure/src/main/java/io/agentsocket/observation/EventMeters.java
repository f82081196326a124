package io.agentsocket.observation;

import java.util.function.ToDoubleFunction;

import io.agentsocket.annotation.Internal;
import io.agentsocket.event.EventCounts;
import io.agentsocket.event.EventListeners;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the events that listeners of this application get, or miss.
 */
@Internal
public final class EventMeters implements MeterBinder {

	private final EventListeners listeners;

	/**
	 * Create meters.
	 * @param listeners count their events
	 */
	public EventMeters(EventListeners listeners) {
		this.listeners = listeners;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		bind(registry, "delivered", EventCounts::delivered);
		bind(registry, "failed", EventCounts::failed);
		bind(registry, "unknown", EventCounts::unknown);
		bind(registry, "invalid", EventCounts::invalid);
		bind(registry, "overflowed", EventCounts::overflowed);
	}

	private void bind(MeterRegistry registry, String outcome, ToDoubleFunction<EventCounts> value) {
		FunctionCounter
			.builder("agentsocket.events", this.listeners, (counted) -> value.applyAsDouble(counted.counts()))
			.tag("outcome", outcome)
			.description("Events of the other side, and what became of them")
			.register(registry);
	}

}
