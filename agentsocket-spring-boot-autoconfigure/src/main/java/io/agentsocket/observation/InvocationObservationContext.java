package io.agentsocket.observation;

import io.agentsocket.action.Invocation;
import io.agentsocket.session.AgentSession;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import org.jspecify.annotations.Nullable;

/**
 * An action of the other side that this side invokes, as it is observed. The invocation
 * gets the {@code traceparent} of its span, unless the application has set one.
 */
public final class InvocationObservationContext extends SenderContext<Invocation.Builder> {

	static final String TRACEPARENT = "traceparent";

	private final Invocation invocation;

	private volatile Keys keys;

	private @Nullable KeyValues high;

	private volatile Outcome outcome = Outcome.OK;

	InvocationObservationContext(Invocation invocation, Invocation.Builder carrier, Keys keys) {
		super((builder, key, value) -> {
			if (builder != null && key.equalsIgnoreCase(TRACEPARENT) && invocation.traceparent() == null) {
				builder.traceparent(value);
			}
		}, Kind.CLIENT);
		setCarrier(carrier);
		this.invocation = invocation;
		this.keys = keys;
	}

	/**
	 * The invocation.
	 * @return the invocation as the application makes it
	 */
	public Invocation invocation() {
		return this.invocation;
	}

	/**
	 * The session of the invocation.
	 * @return the session
	 */
	public AgentSession session() {
		return this.invocation.session();
	}

	/**
	 * Name of the action.
	 * @return the name that was asked for
	 */
	public String action() {
		return this.invocation.action();
	}

	/**
	 * Name of the action as the value of a tag.
	 * @return one of a bounded number of names that the other side has answered to, or
	 * {@code _OTHER}
	 */
	public String method() {
		return this.keys.method();
	}

	/**
	 * How the invocation ended.
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

	void ended(Outcome how, Keys known) {
		this.keys = known;
		this.outcome = how;
	}

	void ended(Outcome how) {
		this.outcome = how;
	}

}
