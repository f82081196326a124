package io.agentsocket.session;

import java.security.Principal;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Printable;
import org.apache.commons.logging.Log;

/**
 * Writes one line at INFO for each step in the life of a session, with the id of the
 * session and the name of its principal in the MDC of SLF4J, where that is present.
 */
@Internal
public final class SessionLog implements AgentSessionListener {

	private static final Log logger = PrintableLog.of(SessionLog.class);

	@Override
	public void opened(AgentSession session, OpenReason reason) {
		log(session, " is opened by " + agent(session)
				+ ((reason == OpenReason.UNKNOWN_SESSION) ? ", whose earlier session is not known" : ""));
	}

	@Override
	public void resumed(AgentSession session, ResumePlace place) {
		log(session, " is resumed by " + agent(session)
				+ ((place == ResumePlace.OTHER_POD) ? ", taken over from another pod" : ""));
	}

	@Override
	public void reset(AgentSession session, ResetReason reason) {
		log(session, " is reset for " + agent(session) + ": " + reason);
	}

	@Override
	public void detached(AgentSession session, DetachReason reason, int closeCode) {
		log(session, " has no connection any more: " + reason + " (" + closeCode + ")");
	}

	@Override
	public void ended(AgentSession session, EndReason reason) {
		log(session, " has ended: " + reason);
	}

	private static String agent(AgentSession session) {
		AgentInfo agent = session.agent();
		return "agent '" + Printable.of(agent.name(), SessionMdc.MAX_NAME) + "' "
				+ Printable.of(agent.version(), SessionMdc.MAX_NAME);
	}

	private static void log(AgentSession session, String text) {
		if (!logger.isInfoEnabled()) {
			return;
		}
		Principal principal = session.principal();
		String name = SessionMdc.name(principal);
		Runnable before = SessionMdc.put(session, principal);
		try {
			logger.info("Session " + SessionMdc.id(session) + (name.isEmpty() ? "" : " of '" + name + "'") + text);
		}
		finally {
			before.run();
		}
	}

}
