package io.agentsocket.mcp;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A request or notification of JSON-RPC, as far as the endpoint needs it. Values that it
 * does not look into are slices of the body.
 */
final class RpcMessage {

	/** The literal, empty for a notification. */
	Bytes id = Bytes.EMPTY;

	String method = "";

	/** The name of a tool, or of a prompt. */
	@Nullable String name;

	/** The address of a resource. */
	@Nullable String uri;

	/** An object, or empty when there are none. */
	Bytes arguments = Bytes.EMPTY;

	@Nullable String cursor;

	/** The state that the server gave to the client with its questions. */
	@Nullable String requestState;

	/** Answers to the questions, one object, or empty. */
	Bytes inputResponses = Bytes.EMPTY;

	/** The version that a handshake asks for. */
	@Nullable String handshakeVersion;

	/** Whether the client wants to hear of changes of the catalog. */
	boolean toolsListChanged;

	/** The metadata of the request. */
	final Meta meta = new Meta();

	boolean isNotification() {
		return this.id.isEmpty();
	}

	/**
	 * Keeps no more than a call needs while it runs, and nothing of the request's body.
	 */
	void settle() {
		this.id = this.id.compact();
		this.arguments = this.arguments.compact();
		this.inputResponses = Bytes.EMPTY;
		this.uri = null;
		this.cursor = null;
		this.requestState = null;
		this.handshakeVersion = null;
		this.meta.progressToken = this.meta.progressToken.compact();
		this.meta.clientName = "";
		this.meta.clientVersion = "";
	}

	/** The members of {@code _meta}. */
	static final class Meta {

		@Nullable String version;

		boolean hasCapabilities;

		/** Whether the client shows forms to its user. */
		boolean forms;

		String clientName = "";

		String clientVersion = "";

		/** The literal, empty when no progress is wanted. */
		Bytes progressToken = Bytes.EMPTY;

		@Nullable String traceparent;

		@Nullable String callKey;

	}

}
