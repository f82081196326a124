package com.example.benchmark;

/**
 * A running server of a contestant.
 */
public interface Server extends AutoCloseable {

	/**
	 * Where it listens.
	 * @return the port on the loopback address
	 */
	int port();

	@Override
	void close();

}
