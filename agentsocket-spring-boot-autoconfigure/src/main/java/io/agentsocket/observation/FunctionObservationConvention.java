package io.agentsocket.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names and keys of the observation of a request to a function. A bean of this type
 * replaces {@link DefaultFunctionObservationConvention}. Thread-safe; called on event
 * loops, must not block.
 */
public interface FunctionObservationConvention extends ObservationConvention<FunctionObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof FunctionObservationContext;
	}

}
