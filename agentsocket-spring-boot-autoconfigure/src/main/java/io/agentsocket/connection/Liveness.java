package io.agentsocket.connection;

import java.time.Duration;

import io.agentsocket.protocol.Expect;

/**
 * When a connection counts as dead. Implements section 14 of {@code docs/protocol.md}.
 *
 * @param keepAliveTimeout how long a sign of life may take after it was asked for
 * @param stallTimeout how long a full send queue may take nothing
 */
public record Liveness(Duration keepAliveTimeout, Duration stallTimeout) {

	/** Time without sending after which a server asks for a sign of life by default. */
	public static final Duration KEEP_ALIVE = Duration.ofSeconds(25);

	/** The values of the specification. */
	public static final Liveness DEFAULT = new Liveness(Duration.ofSeconds(10), Duration.ofSeconds(60));

	public Liveness {
		keepAliveTimeout = Expect.positive("keepAliveTimeout", keepAliveTimeout);
		stallTimeout = Expect.positive("stallTimeout", stallTimeout);
	}

}
