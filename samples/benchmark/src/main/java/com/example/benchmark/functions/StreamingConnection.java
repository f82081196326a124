package com.example.benchmark.functions;

import java.util.function.Consumer;

import com.example.benchmark.Connection;
import com.example.benchmark.Reply;

/**
 * A connection that can also ask for tokens with a pace.
 */
public interface StreamingConnection extends Connection {

	/**
	 * Ask for tokens that come one by one.
	 * @param count how many
	 * @param everyMicros time between two of them
	 * @param token takes each; its text is the time at which it was emitted
	 * @param reply told at the end
	 */
	void paced(int count, int everyMicros, Consumer<String> token, Reply reply);

	/**
	 * Ask for tokens without end and take one of them, and no more.
	 */
	void stall();

}
