package io.agentsocket.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Starts observations that belong to another one than the thread has at the moment.
 */
final class ParentScope {

	private ParentScope() {
	}

	/**
	 * Start an observation as a part of another one. A tracer takes the span of the
	 * thread for the parent, where there is one, and conventions and handlers of the
	 * application that log or send requests belong to the trace, too.
	 * @param observation the observation
	 * @param parent the other one, or {@code null} when there is none
	 * @param registry takes the observations
	 */
	static void start(Observation observation, @Nullable Observation parent, ObservationRegistry registry) {
		if (parent == null) {
			observation.start();
			return;
		}
		observation.parentObservation(parent);
		if (registry.getCurrentObservation() == parent) {
			observation.start();
			return;
		}
		Observation.Scope scope = parent.openScope();
		try {
			observation.start();
		}
		finally {
			scope.close();
		}
	}

}
