package com.example.conformance.run;

import java.io.IOException;
import java.util.Map;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;

/**
 * A run of a case: an address for the client, commands, and a verdict. Commands come from
 * one driver, one after another.
 */
interface Run {

	/** Port at which the client finds its server. */
	int port();

	/**
	 * Do what a step says.
	 * @param command the command
	 * @return its answer
	 */
	Map<String, ?> command(Map<String, ?> command) throws IOException, InterruptedException;

	/** The client is closed: judge what was seen, and close everything. */
	Verdict end(boolean passed) throws InterruptedException;

	static Codec codec(String name) {
		return name.equals("json") ? JacksonCodec.json() : JacksonCodec.cbor();
	}

	/**
	 * The judgement of the server about a run.
	 *
	 * @param passed whether it found nothing wrong
	 * @param detail what it found
	 * @param more whether there is another round
	 */
	record Verdict(boolean passed, String detail, boolean more) {

	}

}
