package io.agentsocket.test;

import java.net.URI;
import java.util.Optional;

import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.transport.SocketConnector;

/**
 * The way of one agent to its pods, which a test can cut and turn elsewhere.
 */
interface Link extends SocketConnector {

	/** The address that the agent is given, and that messages name. */
	URI uri();

	/** Break the connection that there is, without a close frame. */
	void cut();

	/**
	 * Refuse further connections, or accept them again.
	 * @param isShut whether they are refused
	 */
	void shut(boolean isShut);

	/**
	 * Have further connections made with another pod.
	 * @throws IllegalStateException if there is no other one
	 */
	void nextPod();

	/** The server of the present pod, if it is in this process. */
	Optional<AgentSocketServer> server();

}
