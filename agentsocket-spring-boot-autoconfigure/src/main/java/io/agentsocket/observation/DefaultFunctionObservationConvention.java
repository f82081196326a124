package io.agentsocket.observation;

import io.micrometer.common.KeyValues;

/**
 * Names and keys of the observation of a request to a function. Meant to be extended.
 * Thread-safe.
 */
public class DefaultFunctionObservationConvention implements FunctionObservationConvention {

	/** Name of the observation, and with that of its timer. */
	public static final String NAME = "agentsocket.function.request";

	private static final String OK = "OK";

	private static final String NO_ERROR = "none";

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(FunctionObservationContext context) {
		return "function " + context.function();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(FunctionObservationContext context) {
		String outcome = context.outcome();
		return KeyValues.of(LowCardinalityKeys.FUNCTION.withValue(context.function()),
				LowCardinalityKeys.ERROR_TYPE.withValue(outcome.equals(OK) ? NO_ERROR : outcome));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(FunctionObservationContext context) {
		return KeyValues.of(HighCardinalityKeys.SESSION.withValue(context.exchange().session().id()),
				HighCardinalityKeys.ORIGINAL_METHOD.withValue(context.exchange().action().name()),
				HighCardinalityKeys.ATTEMPT.withValue(String.valueOf(context.attempt())));
	}

}
