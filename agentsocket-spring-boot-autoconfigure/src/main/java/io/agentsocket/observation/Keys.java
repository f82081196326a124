package io.agentsocket.observation;

import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

/**
 * The keys of both observations.
 */
final class Keys {

	private static final KeyValue SYSTEM = LowCardinalityKeys.SYSTEM.withValue("agentsocket");

	private static final KeyValue PROTOCOL = HighCardinalityKeys.PROTOCOL.withValue("websocket");

	private static final KeyValue EXECUTE_TOOL = HighCardinalityKeys.GEN_AI_OPERATION.withValue("execute_tool");

	private Keys() {
	}

	static KeyValues low(String method, Outcome outcome) {
		return KeyValues.of(SYSTEM, LowCardinalityKeys.METHOD.withValue(method),
				LowCardinalityKeys.STATUS.withValue(outcome.status()),
				LowCardinalityKeys.ERROR_TYPE.withValue(outcome.errorType()));
	}

	static KeyValues high(AgentSession session, String action) {
		KeyValues values = KeyValues.of(HighCardinalityKeys.SESSION.withValue(session.id()),
				HighCardinalityKeys.ORIGINAL_METHOD.withValue(action), PROTOCOL);
		return action.startsWith(Names.RESERVED_PREFIX) ? values
				: values.and(EXECUTE_TOOL, HighCardinalityKeys.GEN_AI_TOOL.withValue(action));
	}

}
