package io.agentsocket.mcp;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How the endpoint treats its callers.
 *
 * @param name name of the server
 * @param version its version, or empty
 * @param instructions how a model best uses the tools, or {@code null}
 * @param maxRequest bytes of a request, beyond which it is refused with 413
 * @param maxResult bytes of a result, beyond which the call fails
 * @param depth how deep arguments may nest
 * @param callTimeout time after which a call is ended, the waits for answers included
 * @param parkedTimeout time within which a client has to come back with answers
 * @param keepAlive time after which an open stream gets a comment
 * @param maxParked calls that wait for answers at a time
 * @param maxStreams open subscriptions at a time
 */
public record McpSettings(String name, String version, @Nullable String instructions, int maxRequest, int maxResult,
		int depth, Duration callTimeout, Duration parkedTimeout, Duration keepAlive, int maxParked, int maxStreams) {
}
