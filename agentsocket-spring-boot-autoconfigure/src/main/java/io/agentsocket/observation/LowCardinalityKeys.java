package io.agentsocket.observation;

import io.micrometer.common.docs.KeyName;

/**
 * Keys with few values: tags of meters and attributes of spans.
 */
public enum LowCardinalityKeys implements KeyName {

	/** Always {@code agentsocket}. */
	SYSTEM {

		@Override
		public String asString() {
			return "rpc.system.name";
		}

	},

	/** Name of the action, {@code _OTHER} for one that is not known. */
	METHOD {

		@Override
		public String asString() {
			return "rpc.method";
		}

	},

	/** Name of a function, of requests to functions only. */
	FUNCTION {

		@Override
		public String asString() {
			return "function";
		}

	},

	/** {@code OK}, the name of an error code, or {@code _OTHER}. */
	STATUS {

		@Override
		public String asString() {
			return "rpc.response.status_code";
		}

	},

	/** As the status, or the class of an exception; {@code none} without an error. */
	ERROR_TYPE {

		@Override
		public String asString() {
			return "error.type";
		}

	}

}
