package io.agentsocket.server;

import java.time.Duration;

import io.agentsocket.connection.PeerSettings;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.Durability;

/**
 * How a server treats its connections. Implements sections 14, 15 and 23 of
 * {@code docs/protocol.md}.
 *
 * @param limits what the server accepts
 * @param helloTimeout time within which HELLO has to come
 * @param keepAlive time without sending after which the server asks for a sign of life
 * @param keepAliveTimeout time within which it has to come
 * @param stallTimeout time after which a connection that takes nothing is closed
 * @param idleTimeout how long a session is kept without a connection
 * @param maxSessionAge age at which a session can no longer be resumed
 * @param maxConnectionAge age at which a connection is drained, plus or minus a tenth
 * @param drainTimeout how long a draining connection may finish its invocations
 * @param drainSpread time over which drained clients spread their reconnects
 * @param maxSessions number of sessions, detached ones included, beyond which upgrades
 * are refused with 503
 * @param durability when what is sent becomes durable, if the store is shared
 */
public record ServerSettings(Limits limits, Duration helloTimeout, Duration keepAlive, Duration keepAliveTimeout,
		Duration stallTimeout, Duration idleTimeout, Duration maxSessionAge, Duration maxConnectionAge,
		Duration drainTimeout, Duration drainSpread, int maxSessions, Durability durability) {

	/** The values of the specification. */
	public static final ServerSettings DEFAULTS = new ServerSettings(Limits.SERVER, Duration.ofSeconds(5),
			PeerSettings.KEEP_ALIVE, PeerSettings.KEEP_ALIVE_TIMEOUT, PeerSettings.STALL_TIMEOUT, Duration.ofSeconds(120),
			Duration.ofHours(24), Duration.ofHours(2), Duration.ofSeconds(10), Duration.ofSeconds(5), 50_000,
			Durability.STRICT);

}
