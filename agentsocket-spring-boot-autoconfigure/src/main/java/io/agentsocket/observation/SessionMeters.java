package io.agentsocket.observation;

import java.util.Locale;

import io.agentsocket.annotation.Internal;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts what happens to sessions, by what and why. Thread-safe.
 */
@Internal
public final class SessionMeters implements AgentSessionListener {

	/** Name of the counter. */
	public static final String EVENTS = "agentsocket.session.events";

	/** Name of the timer of whole sessions. */
	public static final String DURATION = "agentsocket.session.duration";

	private final MeterRegistry registry;

	/**
	 * Create a listener.
	 * @param registry has the counters
	 */
	public SessionMeters(MeterRegistry registry) {
		this.registry = registry;
	}

	private void count(String event, Enum<?> reason) {
		this.registry.counter(EVENTS, "event", event, "reason", reason.name().toLowerCase(Locale.ROOT)).increment();
	}

	@Override
	public void opened(AgentSession session, OpenReason reason) {
		count("opened", reason);
	}

	@Override
	public void detached(AgentSession session, DetachReason reason, int closeCode) {
		count("detached", reason);
	}

	@Override
	public void resumed(AgentSession session, ResumePlace place) {
		count("resumed", place);
	}

	@Override
	public void reset(AgentSession session, ResetReason reason) {
		count("reset", reason);
	}

	@Override
	public void ended(AgentSession session, EndReason reason) {
		this.registry.timer(DURATION).record(java.time.Duration.between(session.createdAt(), java.time.Instant.now()));
		count("ended", reason);
	}

}
