package io.agentsocket.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names and keys of the observation of an action that runs on this side. A bean of this
 * type replaces {@link DefaultActionObservationConvention}. Thread-safe; called on event
 * loops, must not block.
 */
public interface ActionObservationConvention extends ObservationConvention<ActionObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof ActionObservationContext;
	}

}
