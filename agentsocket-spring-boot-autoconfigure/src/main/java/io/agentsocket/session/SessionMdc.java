package io.agentsocket.session;

import java.security.Principal;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Printable;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.util.ClassUtils;

/**
 * Tells the MDC of SLF4J which session the present thread works for. Does nothing where
 * SLF4J is not present.
 */
@Internal
public final class SessionMdc {

	/** Key of the id of the session in the MDC. */
	public static final String SESSION = "agentsocket.session";

	/** Key of the name of the principal in the MDC. */
	public static final String PRINCIPAL = "agentsocket.principal";

	private static final boolean PRESENT = ClassUtils.isPresent("org.slf4j.MDC", SessionMdc.class.getClassLoader());

	/** Characters of a name in a line of the log. */
	public static final int MAX_NAME = 64;

	private static final Runnable NOTHING = () -> {
	};

	private SessionMdc() {
	}

	/**
	 * Whether there is an MDC.
	 * @return {@code false} without SLF4J
	 */
	public static boolean isPresent() {
		return PRESENT;
	}

	/**
	 * Set the entries of the present thread.
	 * @param session the session
	 * @param principal its principal, or {@code null} for none
	 * @return puts back the entries that the thread had before; run it on the same thread
	 */
	public static Runnable put(AgentSession session, @Nullable Principal principal) {
		return PRESENT ? Entries.put(id(session), name(principal)) : NOTHING;
	}

	/** Remove the entries of the present thread. */
	public static void remove() {
		if (PRESENT) {
			Entries.set(SESSION, null);
			Entries.set(PRINCIPAL, null);
		}
	}

	/**
	 * The id of a session as it may stand in a line of the log.
	 * @param session the session
	 * @return its id without characters that are not printed
	 */
	public static String id(AgentSession session) {
		return printable(session.id());
	}

	/** A name as it may stand in a line of the log, or an empty text. */
	static String name(@Nullable Principal principal) {
		return (principal != null) ? printable(principal.getName()) : "";
	}

	/** A principal may have no name; a mock of a session has no id. */
	private static String printable(@Nullable String text) {
		return (text != null) ? Printable.of(text, MAX_NAME) : "";
	}

	/** Apart, so that SLF4J may be missing. */
	private static final class Entries {

		static Runnable put(String id, String principal) {
			String outerSession = MDC.get(SESSION);
			String outerPrincipal = MDC.get(PRINCIPAL);
			MDC.put(SESSION, id);
			MDC.put(PRINCIPAL, principal);
			return () -> {
				set(SESSION, outerSession);
				set(PRINCIPAL, outerPrincipal);
			};
		}

		static void set(String key, @Nullable String value) {
			if (value != null) {
				MDC.put(key, value);
			}
			else {
				MDC.remove(key);
			}
		}

	}

}
