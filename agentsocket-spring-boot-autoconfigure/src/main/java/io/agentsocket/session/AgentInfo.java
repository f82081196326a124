package io.agentsocket.session;

/**
 * Name and version of the other side, from HELLO or WELCOME. Not verified.
 *
 * @param name name of the software, at most 128 characters, or empty
 * @param version its version, at most 64 characters, or empty
 */
public record AgentInfo(String name, String version) {

	/** Nothing was said. */
	public static final AgentInfo UNKNOWN = new AgentInfo("", "");

	public AgentInfo {
		name = cut(name, 128);
		version = cut(version, 64);
	}

	private static String cut(String text, int max) {
		return (text.length() <= max) ? text : text.substring(0, max);
	}

}
