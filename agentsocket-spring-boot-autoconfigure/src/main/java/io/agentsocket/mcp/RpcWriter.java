package io.agentsocket.mcp;

import io.agentsocket.protocol.Bytes;

/**
 * Writes messages of JSON-RPC, and events of streams that carry them.
 */
final class RpcWriter {

	private RpcWriter() {
	}

	/** A notification as a message. */
	static Bytes notification(String method, Bytes params) {
		return new JsonBytes(params.length() + 80).raw("{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":")
			.raw(params)
			.raw("}")
			.bytes();
	}

	/** A message as an event of a stream: it has no line ends. */
	static Bytes event(Bytes message) {
		return new JsonBytes(message.length() + 24).raw("event: message\ndata: ").raw(message).raw("\n\n").bytes();
	}

	/** A response with a result. */
	static Bytes response(Bytes id, Revision revision, Bytes members) {
		return response(id, revision.isStateless() ? "\"resultType\":\"complete\"," : "", members);
	}

	/** A response with questions. */
	static Bytes questions(Bytes id, Bytes members) {
		return response(id, "\"resultType\":\"input_required\",", members);
	}

	private static Bytes response(Bytes id, String type, Bytes members) {
		return new JsonBytes(members.length() + id.length() + 80).raw("{\"jsonrpc\":\"2.0\",\"id\":")
			.raw(id)
			.raw(",\"result\":{" + type)
			.raw(members)
			.raw("}}")
			.bytes();
	}

}
