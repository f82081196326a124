package io.agentsocket.session;

import java.security.Principal;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Printable;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.util.ClassUtils;

/**
 * Writes one line at INFO for each step in the life of a session, with the id of the
 * session and the name of its principal in the MDC of SLF4J, where that is present.
 */
@Internal
public final class SessionLog implements AgentSessionListener {

	/** Key of the id of the session in the MDC. */
	public static final String SESSION = "agentsocket.session";

	/** Key of the name of the principal in the MDC. */
	public static final String PRINCIPAL = "agentsocket.principal";

	private static final Log logger = LogFactory.getLog(SessionLog.class);

	private static final boolean MDC_PRESENT = ClassUtils.isPresent("org.slf4j.MDC", SessionLog.class.getClassLoader());

	/** Characters of a name that an agent has given itself. */
	private static final int MAX_NAME = 64;

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
		return "agent '" + Printable.of(agent.name(), MAX_NAME) + "' " + Printable.of(agent.version(), MAX_NAME);
	}

	private static void log(AgentSession session, String text) {
		if (!logger.isInfoEnabled()) {
			return;
		}
		String id = Printable.of(session.id(), MAX_NAME);
		Principal present = session.principal();
		String name = (present != null) ? present.getName() : null;
		String principal = (name != null) ? Printable.of(name, MAX_NAME) : "";
		String line = "Session " + id + (principal.isEmpty() ? "" : " of '" + principal + "'") + text;
		if (MDC_PRESENT) {
			Marked.log(line, id, principal);
		}
		else {
			logger.info(line);
		}
	}

	/** Apart, so that SLF4J may be missing. */
	private static final class Marked {

		static void log(String line, String id, String principal) {
			String outerSession = MDC.get(SESSION);
			String outerPrincipal = MDC.get(PRINCIPAL);
			MDC.put(SESSION, id);
			MDC.put(PRINCIPAL, principal);
			try {
				logger.info(line);
			}
			finally {
				restore(SESSION, outerSession);
				restore(PRINCIPAL, outerPrincipal);
			}
		}

		private static void restore(String key, @Nullable String value) {
			if (value != null) {
				MDC.put(key, value);
			}
			else {
				MDC.remove(key);
			}
		}

	}

}
