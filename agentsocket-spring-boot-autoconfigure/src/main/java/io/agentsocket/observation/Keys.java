package io.agentsocket.observation;

import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

/**
 * The keys of observations of one action. Micrometer sorts keys when they are made and
 * asks for them at the begin and at the end of each observation, so all that is the same
 * for each invocation is made once. Immutable.
 */
final class Keys {

	private static final KeyValue SYSTEM = LowCardinalityKeys.SYSTEM.withValue("agentsocket");

	private static final KeyValue PROTOCOL = HighCardinalityKeys.PROTOCOL.withValue("websocket");

	private static final KeyValue EXECUTE_TOOL = HighCardinalityKeys.GEN_AI_OPERATION.withValue("execute_tool");

	private final String method;

	private final KeyValues succeeded;

	private final KeyValues named;

	/**
	 * Make the keys of an action.
	 * @param method its name as the value of a tag
	 * @param action its name
	 */
	Keys(String method, String action) {
		this.method = method;
		this.succeeded = low(method, Outcome.OK);
		KeyValues values = KeyValues.of(HighCardinalityKeys.ORIGINAL_METHOD.withValue(action), PROTOCOL);
		this.named = action.startsWith(Names.RESERVED_PREFIX) ? values
				: values.and(EXECUTE_TOOL, HighCardinalityKeys.GEN_AI_TOOL.withValue(action));
	}

	static KeyValues low(String method, Outcome outcome) {
		return KeyValues.of(SYSTEM, LowCardinalityKeys.METHOD.withValue(method),
				LowCardinalityKeys.STATUS.withValue(outcome.status()),
				LowCardinalityKeys.ERROR_TYPE.withValue(outcome.errorType()));
	}

	String method() {
		return this.method;
	}

	KeyValues low(Outcome outcome) {
		return (outcome == Outcome.OK) ? this.succeeded : low(this.method, outcome);
	}

	KeyValues high(AgentSession session) {
		return this.named.and(HighCardinalityKeys.SESSION.withValue(session.id()));
	}

}
