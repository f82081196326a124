package io.agentsocket.session;

import io.agentsocket.protocol.Utf8;

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
		name = Utf8.cut(name, 128);
		version = Utf8.cut(version, 64);
	}

}
