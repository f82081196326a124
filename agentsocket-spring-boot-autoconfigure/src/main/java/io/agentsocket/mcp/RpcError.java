package io.agentsocket.mcp;

import java.util.function.Consumer;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A request is answered with an error of JSON-RPC, since it is wrong itself. Errors of
 * tools are results.
 */
final class RpcError extends RuntimeException {

	private static final long serialVersionUID = 1L;

	/** The body is not JSON. */
	static final int PARSE = -32700;

	/** The body is not a request. */
	static final int INVALID_REQUEST = -32600;

	static final int METHOD_NOT_FOUND = -32601;

	static final int INVALID_PARAMS = -32602;

	static final int INTERNAL = -32603;

	/** Headers are missing, or contradict the body. */
	static final int HEADER_MISMATCH = -32020;

	/** The client has not declared a capability that the tool needs. */
	static final int MISSING_CAPABILITY = -32021;

	static final int UNSUPPORTED_VERSION = -32022;

	/** The server takes no call now. */
	static final int UNAVAILABLE = -32000;

	private final int status;

	private final int code;

	private final transient @Nullable Bytes data;

	/**
	 * Create an error.
	 * @param status status of the answer
	 * @param code code of the error
	 * @param message sentence that names the rule
	 */
	RpcError(int status, int code, String message) {
		this(status, code, message, (Bytes) null);
	}

	/**
	 * Create an error with data.
	 * @param status status of the answer
	 * @param code code of the error
	 * @param message sentence that names the rule
	 * @param data writes the data
	 */
	RpcError(int status, int code, String message, Consumer<JsonBytes> data) {
		this(status, code, message, written(data));
	}

	/**
	 * Create an error with data that is written already.
	 * @param status status of the answer
	 * @param code code of the error
	 * @param message sentence that names the rule
	 * @param data the data, or {@code null}
	 */
	RpcError(int status, int code, String message, @Nullable Bytes data) {
		super(message, null, false, false);
		this.status = status;
		this.code = code;
		this.data = data;
	}

	private static Bytes written(Consumer<JsonBytes> data) {
		JsonBytes json = new JsonBytes(128);
		data.accept(json);
		return json.bytes();
	}

	/** A parameter is wrong. */
	static RpcError invalidParams(String message) {
		return new RpcError(200, INVALID_PARAMS, message);
	}

	/** The body is no request of JSON-RPC. */
	static RpcError invalidRequest(String message) {
		return new RpcError(400, INVALID_REQUEST, message);
	}

	/** The call needs a client that shows forms. */
	static RpcError missesForms(String message) {
		return new RpcError(400, MISSING_CAPABILITY, message,
				(json) -> json.raw("{\"requiredCapabilities\":{\"elicitation\":{}}}"));
	}

	/** The revision is not spoken. */
	static RpcError unsupportedVersion(String requested) {
		return new RpcError(400, UNSUPPORTED_VERSION, "Unsupported protocol version",
				(json) -> json.raw("{\"supported\":" + Revision.list() + ",\"requested\":").text(requested).raw("}"));
	}

	int status() {
		return this.status;
	}

	int code() {
		return this.code;
	}

	@Nullable Bytes data() {
		return this.data;
	}

	/** The whole response. */
	Bytes toBytes(Bytes id) {
		JsonBytes json = new JsonBytes(256).raw("{\"jsonrpc\":\"2.0\",");
		if (!id.isEmpty()) {
			json.raw("\"id\":").raw(id).raw(",");
		}
		json.raw("\"error\":{\"code\":" + this.code + ",\"message\":").text(String.valueOf(getMessage()));
		if (this.data != null) {
			json.raw(",\"data\":").raw(this.data);
		}
		return json.raw("}}").bytes();
	}

}
