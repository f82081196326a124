package io.agentsocket.observation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.session.StoredAgentSession;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts the events of sessions, by kind and reason. Thread-safe.
 */
@Internal
public final class SessionMeters implements AgentSessionListener {

	/** Name of the counter. */
	public static final String EVENTS = "agentsocket.session.events";

	/** Name of the timer of whole sessions. */
	public static final String DURATION = "agentsocket.session.duration";

	/**
	 * There is a code only where a connection ends, but all counters have the same tags.
	 */
	private static final String NO_CODE = "none";

	private static final Set<Integer> KNOWN_CODES = knownCodes();

	private final MeterRegistry registry;

	/**
	 * Create a listener.
	 * @param registry has the counters
	 */
	public SessionMeters(MeterRegistry registry) {
		this.registry = registry;
	}

	private void count(AgentSession session, String event, Enum<?> reason, String code) {
		this.registry
			.counter(EVENTS, "side", side(session), "event", event, "reason", reason.name().toLowerCase(Locale.ROOT),
					"code", code)
			.increment();
	}

	private void count(AgentSession session, String event, Enum<?> reason) {
		count(session, event, reason, NO_CODE);
	}

	/** Server and client of one application have the same listeners. */
	private static String side(AgentSession session) {
		return (session instanceof StoredAgentSession) ? "server" : "client";
	}

	/** The other side chooses close codes: only known ones become values. */
	private static String code(int closeCode) {
		return KNOWN_CODES.contains(closeCode) ? String.valueOf(closeCode) : Outcome.OTHER;
	}

	private static Set<Integer> knownCodes() {
		// Codes of WebSocket that end a connection without an error, or without a word,
		// and those for frames that it does not allow.
		Set<Integer> codes = new HashSet<>(Set.of(1000, 1001, 1005, 1006, 1002, 1007, 1009));
		for (CloseCode code : CloseCode.values()) {
			codes.add(code.code());
		}
		return Set.copyOf(codes);
	}

	@Override
	public void opened(AgentSession session, OpenReason reason) {
		count(session, "opened", reason);
	}

	@Override
	public void detached(AgentSession session, DetachReason reason, int closeCode) {
		count(session, "detached", reason, code(closeCode));
	}

	@Override
	public void resumed(AgentSession session, ResumePlace place) {
		count(session, "resumed", place);
	}

	@Override
	public void reset(AgentSession session, ResetReason reason) {
		count(session, "reset", reason);
	}

	@Override
	public void ended(AgentSession session, EndReason reason) {
		this.registry.timer(DURATION, "side", side(session))
			.record(Duration.between(session.createdAt(), Instant.now()));
		count(session, "ended", reason);
	}

}
