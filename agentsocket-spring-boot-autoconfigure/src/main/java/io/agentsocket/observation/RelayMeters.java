package io.agentsocket.observation;

import java.util.concurrent.TimeUnit;

import io.agentsocket.annotation.Internal;
import io.agentsocket.relay.RelayListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * Meters of the relay: the time that functions take and the time that the pod adds are
 * separate figures. Thread-safe.
 */
@Internal
public final class RelayMeters implements RelayListener {

	private static final String FUNCTION = "function";

	private final MeterRegistry registry;

	/**
	 * Create meters.
	 * @param registry where they are
	 */
	public RelayMeters(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public void requested(String function, String action, String outcome, long nanos) {
		Timer.builder("agentsocket.function.time")
			.description("Time that a function took: until its answer began, and waits for its parts")
			.tag(FUNCTION, function)
			.tag("outcome", outcome)
			.register(this.registry)
			.record(nanos, TimeUnit.NANOSECONDS);
	}

	@Override
	public void relayed(String function, String action, long nanos) {
		Timer.builder("agentsocket.gateway.time")
			.description("Time that the pod added to an invocation of a function")
			.tag(FUNCTION, function)
			.register(this.registry)
			.record(nanos, TimeUnit.NANOSECONDS);
	}

	@Override
	public void retried(String function, String kind) {
		Counter.builder("agentsocket.function.retries")
			.description("Requests that were sent again")
			.tag(FUNCTION, function)
			.tag("reason", kind)
			.register(this.registry)
			.increment();
	}

	@Override
	public void waited(String function, boolean warm, long nanos) {
		Timer.builder("agentsocket.function.wait")
			.description("Time that requests have waited for an instance of a function")
			.tag(FUNCTION, function)
			.tag("instance", warm ? "warm" : "unknown")
			.register(this.registry)
			.record(nanos, TimeUnit.NANOSECONDS);
	}

	@Override
	public void warmed(String function, String reason, boolean ok, long nanos) {
		Timer.builder("agentsocket.function.warm")
			.description("Time that a function took to answer a warm request")
			.tag(FUNCTION, function)
			.tag("reason", reason)
			.tag("outcome", ok ? "OK" : "FAILED")
			.register(this.registry)
			.record(nanos, TimeUnit.NANOSECONDS);
	}

	@Override
	public void pushed(String function, int status) {
		Counter.builder("agentsocket.function.pushes")
			.description("Pushes of functions")
			.tag(FUNCTION, function.isEmpty() ? "unknown" : function)
			.tag("status", String.valueOf(status))
			.register(this.registry)
			.increment();
	}

}
