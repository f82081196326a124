package io.agentsocket.observation;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observations of invocations, and of requests to functions. Names and keys of
 * invocations are those of OpenTelemetry's conventions for RPC; one observation covers
 * all results of an invocation.
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

	},

	/** This side makes a request to a function that serves an action. */
	FUNCTION {

		@Override
		public Class<? extends ObservationConvention<? extends Observation.Context>> getDefaultConvention() {
			return DefaultFunctionObservationConvention.class;
		}

		@Override
		public KeyName[] getLowCardinalityKeyNames() {
			return new KeyName[] { LowCardinalityKeys.FUNCTION, LowCardinalityKeys.ERROR_TYPE };
		}

		@Override
		public KeyName[] getHighCardinalityKeyNames() {
			return new KeyName[] { HighCardinalityKeys.SESSION, HighCardinalityKeys.ORIGINAL_METHOD,
					HighCardinalityKeys.ATTEMPT };
		}

	};

	@Override
	public KeyName[] getLowCardinalityKeyNames() {
		return new KeyName[] { LowCardinalityKeys.SYSTEM, LowCardinalityKeys.METHOD, LowCardinalityKeys.STATUS,
				LowCardinalityKeys.ERROR_TYPE };
	}

	@Override
	public KeyName[] getHighCardinalityKeyNames() {
		return new KeyName[] { HighCardinalityKeys.SESSION, HighCardinalityKeys.ORIGINAL_METHOD,
				HighCardinalityKeys.GEN_AI_OPERATION, HighCardinalityKeys.GEN_AI_TOOL, HighCardinalityKeys.PROTOCOL };
	}

}
