package io.agentsocket.client;

import java.time.Duration;

import io.agentsocket.annotation.Internal;

/**
 * A client at one moment, as an operator sees it.
 *
 * @param state where it stands with its connection
 * @param counts its connections so far
 * @param outage how long a client that wants a connection has had none
 * @param maxWait how long calls wait for a connection
 * @param invoked its open invocations of the server
 * @param served its actions that run
 * @param queued bytes that wait to be sent
 * @param unacknowledged bytes that were sent and are not acknowledged
 */
@Internal
public record ClientReport(ConnectionState state, ConnectionCounts counts, Duration outage, Duration maxWait,
		int invoked, int served, long queued, int unacknowledged) {
}
