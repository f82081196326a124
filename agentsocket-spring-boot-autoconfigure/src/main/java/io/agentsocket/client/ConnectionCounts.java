package io.agentsocket.client;

import io.agentsocket.annotation.Internal;

/**
 * Connections that a client has made and lost so far. Immutable; counts only grow.
 *
 * @param attempts attempts to connect
 * @param failures attempts that have failed
 * @param connections attempts that have led to a connection
 * @param outages times without a connection that are over, between two connections
 * @param outageNanos nanoseconds of all of them
 */
@Internal
public record ConnectionCounts(long attempts, long failures, long connections, long outages, long outageNanos) {

	static final ConnectionCounts NONE = new ConnectionCounts(0, 0, 0, 0, 0);

	ConnectionCounts attempt() {
		return new ConnectionCounts(this.attempts + 1, this.failures, this.connections, this.outages, this.outageNanos);
	}

	ConnectionCounts failure() {
		return new ConnectionCounts(this.attempts, this.failures + 1, this.connections, this.outages, this.outageNanos);
	}

	ConnectionCounts connected() {
		return new ConnectionCounts(this.attempts, this.failures, this.connections + 1, this.outages, this.outageNanos);
	}

	ConnectionCounts connectedAgain(long nanos) {
		return new ConnectionCounts(this.attempts, this.failures, this.connections + 1, this.outages + 1,
				this.outageNanos + nanos);
	}

}
