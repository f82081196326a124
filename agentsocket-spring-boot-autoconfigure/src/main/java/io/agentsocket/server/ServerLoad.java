package io.agentsocket.server;

import java.util.Collection;

import io.agentsocket.annotation.Internal;
import io.agentsocket.connection.PeerLoad;

/**
 * The work of a server at one moment, over all its sessions.
 *
 * @param attached sessions with a connection
 * @param detached sessions that wait for their agent
 * @param served actions that run here
 * @param invoked invocations of agents that are open
 * @param queued bytes that wait to be sent
 * @param unacknowledged bytes that were sent and that the agents have not acknowledged
 * @param full sessions whose window has less than a tenth left: their agents do not read
 * as fast as they are sent to
 */
@Internal
public record ServerLoad(int attached, int detached, int served, int invoked, long queued, long unacknowledged,
		int full) {

	static ServerLoad of(Collection<ServerSession> sessions) {
		int attached = 0;
		int detached = 0;
		int served = 0;
		int invoked = 0;
		long queued = 0;
		long unacknowledged = 0;
		int full = 0;
		for (ServerSession session : sessions) {
			PeerLoad load = session.peer().load();
			if (session.peer().isAttached()) {
				attached++;
			}
			else {
				detached++;
			}
			served += load.served();
			invoked += load.invoked();
			queued += load.queued();
			unacknowledged += load.unacknowledged();
			int window = session.peer().remote().window();
			full += (load.unacknowledged() > window - window / 10) ? 1 : 0;
		}
		return new ServerLoad(attached, detached, served, invoked, queued, unacknowledged, full);
	}

}
