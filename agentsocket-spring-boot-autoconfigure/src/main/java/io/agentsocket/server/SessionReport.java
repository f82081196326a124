package io.agentsocket.server;

import java.security.Principal;
import java.time.Instant;

import io.agentsocket.annotation.Internal;
import io.agentsocket.connection.PeerLoad;
import io.agentsocket.protocol.Printable;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener.DetachReason;
import org.jspecify.annotations.Nullable;

/**
 * A session as an operator sees it. No token, argument or attribute is part of it.
 *
 * @param id its id
 * @param principal name of the agent's principal, or {@code null}
 * @param agent name of the agent's software
 * @param version its version
 * @param codec codec of the session
 * @param createdAt when it was opened
 * @param lastUsedAt when a frame was last seen
 * @param connected whether it has a connection to this pod
 * @param connections connections that the session has had, in all pods
 * @param lastDetach why this pod has lost its latest connection before, or {@code null}
 * @param served its actions that run here
 * @param invoked open invocations of the agent
 * @param queued bytes that wait to be sent
 * @param unacknowledged bytes that were sent and are not acknowledged
 * @param window bytes that the agent lets be unacknowledged
 * @param memory bytes that it holds of the memory of the pod, in steps of some KiB
 * @param oldest its invocation that has been open for the longest time, or {@code null}
 */
@Internal
public record SessionReport(String id, @Nullable String principal, String agent, String version, String codec,
		Instant createdAt, Instant lastUsedAt, boolean connected, long connections, @Nullable DetachReason lastDetach,
		int served, int invoked, long queued, int unacknowledged, int window, long memory,
		@Nullable StreamReport oldest) {

	/** Characters of a name: those of principals are long at some issuers. */
	private static final int MAX_NAME = 256;

	static SessionReport of(ServerSession served) {
		AgentSession session = served.session();
		Principal principal = session.principal();
		PeerLoad load = served.peer().load();
		return new SessionReport(session.id(), (principal != null) ? printable(principal.getName()) : null,
				printable(session.agent().name()), printable(session.agent().version()), served.peer().codec().name(),
				session.createdAt(), session.lastUsedAt(), served.peer().isAttached(), served.state().epoch(),
				served.notices().lastDetach(), load.served(), load.invoked(), load.queued(), load.unacknowledged(),
				served.peer().remote().window(), served.bounds().charged(),
				StreamReport.of(served).findFirst().orElse(null));
	}

	/** As in the log: an operator may look at it in a terminal. */
	private static String printable(String name) {
		return Printable.of(name, MAX_NAME);
	}

}
