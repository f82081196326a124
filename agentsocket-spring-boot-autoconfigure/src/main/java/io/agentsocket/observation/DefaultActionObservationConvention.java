package io.agentsocket.observation;

import io.micrometer.common.KeyValues;

/**
 * Names and keys of the observation of an action that runs on this side, by
 * OpenTelemetry's conventions for RPC. Meant to be extended. Thread-safe.
 */
public class DefaultActionObservationConvention implements ActionObservationConvention {

	/** Name of the observation, and with that of its timer. */
	public static final String NAME = "rpc.server.call.duration";

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(ActionObservationContext context) {
		return context.method();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(ActionObservationContext context) {
		return context.lowCardinality();
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(ActionObservationContext context) {
		return context.highCardinality();
	}

}
