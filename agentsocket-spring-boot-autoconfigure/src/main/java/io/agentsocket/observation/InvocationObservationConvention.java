package io.agentsocket.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names and keys of the observation of an action of the other side that this side
 * invokes. A bean of this type replaces {@link DefaultInvocationObservationConvention}.
 * Thread-safe; called on event loops, must not block.
 */
public interface InvocationObservationConvention extends ObservationConvention<InvocationObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof InvocationObservationContext;
	}

}
