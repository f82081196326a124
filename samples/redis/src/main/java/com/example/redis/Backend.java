package com.example.redis;

import java.io.IOException;

/**
 * A Redis server. It runs when it is created.
 */
interface Backend {

	String host();

	int port();

	/**
	 * How a replica on the same rung finds this server.
	 * @return host and port, separated by a blank
	 */
	default String addressForReplicas() {
		return host() + " " + port();
	}

	/**
	 * Start again at the same address after {@link #kill()}.
	 * @throws IOException if it does not start
	 */
	default void start() throws IOException {
		throw unsupported();
	}

	/**
	 * End at once, without saving anything.
	 * @throws IOException if it does not end
	 */
	default void kill() throws IOException {
		throw unsupported();
	}

	default void pause() throws IOException {
		throw unsupported();
	}

	default void resume() throws IOException {
		throw unsupported();
	}

	/**
	 * Give everything back.
	 * @throws IOException if it does not end
	 */
	void close() throws IOException;

	private static UnsupportedOperationException unsupported() {
		return new UnsupportedOperationException("This Redis is somebody else's");
	}

}
