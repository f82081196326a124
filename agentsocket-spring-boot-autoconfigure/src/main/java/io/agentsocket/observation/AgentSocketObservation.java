package io.agentsocket.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observations of invocations. Names and keys are those of OpenTelemetry's
 * conventions for RPC; one observation covers all results of an invocation.
 */
public enum AgentSocketObservation implements ObservationDocumentation {

	/** An action runs on this side. */
	ACTION {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultActionObservationConvention.class;
		}

	},

	/** This side invokes an action of the other side. */
	INVOCATION {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultInvocationObservationConvention.class;
		}

	};

	@Override
	public KeyName[] getLowCardinalityKeyNames() {
		return LowCardinalityKeys.values();
	}

	@Override
	public KeyName[] getHighCardinalityKeyNames() {
		return HighCardinalityKeys.values();
	}

}
