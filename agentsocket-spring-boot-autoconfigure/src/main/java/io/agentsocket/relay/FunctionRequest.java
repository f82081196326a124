package io.agentsocket.relay;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

import io.agentsocket.protocol.Bytes;

/**
 * A request to a function.
 *
 * @param url where to
 * @param headers all headers
 * @param body the body
 * @param firstByte how long the answer may take to begin
 * @param idle how long it may be silent
 * @param total how long the request may take in all
 */
record FunctionRequest(URI url, Map<String, String> headers, Bytes body, Duration firstByte, Duration idle,
		Duration total) {

}
