package io.agentsocket.client;

/**
 * Where a client stands with its connection.
 */
public enum ConnectionState {

	/** Nobody asked for a connection yet. */
	IDLE,

	/** Connecting, or waiting to try again. */
	CONNECTING,

	/** Connected: WELCOME has arrived. */
	CONNECTED,

	/**
	 * The server forbade to try again; {@link AgentSocketClient#connect()} tries once
	 * more.
	 */
	REFUSED,

	/** Closed by its owner. */
	CLOSED

}
