package io.agentsocket.observation;

import io.micrometer.common.docs.KeyName;

/**
 * Keys with any number of values: attributes of spans only.
 */
public enum HighCardinalityKeys implements KeyName {

	/** Id of the session. */
	SESSION {

		@Override
		public String asString() {
			return "agentsocket.session.id";
		}

	},

	/** Number of a request in its invocation, of requests to functions only. */
	ATTEMPT {

		@Override
		public String asString() {
			return "agentsocket.function.attempt";
		}

	},

	/** Name of the action as it was asked for. */
	ORIGINAL_METHOD {

		@Override
		public String asString() {
			return "rpc.method_original";
		}

	},

	/** Always {@code execute_tool}; not for actions of the protocol. */
	GEN_AI_OPERATION {
		@Override
		public String asString() {
			return "gen_ai.operation.name";
		}
	},

	/** Name of the action as a tool of a model; not for actions of the protocol. */
	GEN_AI_TOOL {
		@Override
		public String asString() {
			return "gen_ai.tool.name";
		}
	},

	/** Always {@code websocket}. */
	PROTOCOL {

		@Override
		public String asString() {
			return "network.protocol.name";
		}

	}

}
