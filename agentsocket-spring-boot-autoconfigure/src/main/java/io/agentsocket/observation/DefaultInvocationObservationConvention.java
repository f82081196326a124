package io.agentsocket.observation;

import io.micrometer.common.KeyValues;

/**
 * Names and keys of the observation of an action of the other side that this side
 * invokes, by OpenTelemetry's conventions for RPC. Meant to be extended. Thread-safe.
 */
public class DefaultInvocationObservationConvention implements InvocationObservationConvention {

	/** Name of the observation, and with that of its timer. */
	public static final String NAME = "rpc.client.call.duration";

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(InvocationObservationContext context) {
		return context.method();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(InvocationObservationContext context) {
		return context.lowCardinality();
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(InvocationObservationContext context) {
		return context.highCardinality();
	}

}
