package com.example.benchmark;

/**
 * A protocol with one way to set it up: its server and its client.
 */
public interface Contestant {

	/**
	 * Start the server.
	 * @return the server, ready for connections
	 */
	Server serve();

	/**
	 * Connect a client and wait until it is connected.
	 * @param port where the server listens
	 * @return the connection
	 */
	Connection connect(int port);

	/**
	 * Whether it can stream tokens.
	 * @return {@code false} to leave the streams out
	 */
	default boolean streams() {
		return true;
	}

	/**
	 * Whether it answers texts of any length.
	 * @return {@code false} to leave large results out
	 */
	default boolean texts() {
		return false;
	}

}
