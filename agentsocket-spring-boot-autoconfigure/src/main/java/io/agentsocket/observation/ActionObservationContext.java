package io.agentsocket.observation;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.session.AgentSession;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import org.jspecify.annotations.Nullable;

/**
 * An action that runs on this side, as it is observed. Its parent is what the caller has
 * sent as {@code traceparent}.
 */
public final class ActionObservationContext extends ReceiverContext<AgentExchange> {

	private final AgentExchange exchange;

	private final Keys keys;

	private @Nullable KeyValues high;

	private volatile Outcome outcome = Outcome.OK;

	ActionObservationContext(AgentExchange exchange, Keys keys) {
		super((carrier, key) -> key.equalsIgnoreCase(InvocationObservationContext.TRACEPARENT) ? carrier.traceparent()
				: null, Kind.SERVER);
		setCarrier(exchange);
		this.exchange = exchange;
		this.keys = keys;
	}

	/**
	 * The invocation.
	 * @return the invocation as the action sees it
	 */
	public AgentExchange exchange() {
		return this.exchange;
	}

	/**
	 * The session of the invocation.
	 * @return the session
	 */
	public AgentSession session() {
		return this.exchange.session();
	}

	/**
	 * Name of the action.
	 * @return the name
	 */
	public String action() {
		return this.exchange.action().name();
	}

	/**
	 * Name of the action as the value of a tag.
	 * @return one of a bounded number of names, or {@code _OTHER}
	 */
	public String method() {
		return this.keys.method();
	}

	/**
	 * How the action ended.
	 * @return the outcome, {@link Outcome#OK} until it ends
	 */
	public Outcome outcome() {
		return this.outcome;
	}

	KeyValues lowCardinality() {
		return this.keys.low(this.outcome);
	}

	/** Micrometer asks twice. */
	KeyValues highCardinality() {
		KeyValues known = this.high;
		if (known == null) {
			known = this.keys.high(session());
			this.high = known;
		}
		return known;
	}

	void ended(Outcome how) {
		this.outcome = how;
	}

}
