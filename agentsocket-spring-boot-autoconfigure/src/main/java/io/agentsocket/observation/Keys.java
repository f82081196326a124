package io.agentsocket.observation;

import io.agentsocket.session.AgentSession;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

/**
 * The keys of both observations.
 */
final class Keys {

	private static final KeyValue SYSTEM = LowCardinalityKeys.SYSTEM.withValue("agentsocket");

	private static final KeyValue PROTOCOL = HighCardinalityKeys.PROTOCOL.withValue("websocket");

	private Keys() {
	}

	static KeyValues low(String method, Outcome outcome) {
		return KeyValues.of(SYSTEM, LowCardinalityKeys.METHOD.withValue(method),
				LowCardinalityKeys.STATUS.withValue(outcome.status()),
				LowCardinalityKeys.ERROR_TYPE.withValue(outcome.errorType()));
	}

	static KeyValues high(AgentSession session, String action) {
		return KeyValues.of(HighCardinalityKeys.SESSION.withValue(session.id()),
				HighCardinalityKeys.ORIGINAL_METHOD.withValue(action), PROTOCOL);
	}

}
