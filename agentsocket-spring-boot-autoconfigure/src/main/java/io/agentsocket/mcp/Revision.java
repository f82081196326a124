package io.agentsocket.mcp;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * The revisions of MCP that the endpoint speaks, the newest one first.
 */
enum Revision {

	/** Each request tells everything itself; questions end a request. */
	STATELESS("2026-07-28"),

	/** The first request is a handshake, which the endpoint forgets again. */
	HANDSHAKE("2025-11-25"),

	/** As {@link #HANDSHAKE}, before it had icons and defaults. */
	HANDSHAKE_OF_JUNE("2025-06-18"),

	/** As {@link #HANDSHAKE}, before it had structured content. */
	HANDSHAKE_OF_MARCH("2025-03-26");

	private static final Revision[] ALL = values();

	private final String version;

	Revision(String version) {
		this.version = version;
	}

	String version() {
		return this.version;
	}

	/** Whether each request stands for itself. */
	boolean isStateless() {
		return this == STATELESS;
	}

	/** Finds a revision; null when it is not spoken. */
	static @Nullable Revision of(String version) {
		for (Revision revision : ALL) {
			if (revision.version.equals(version)) {
				return revision;
			}
		}
		return null;
	}

	/** All versions as a JSON array. */
	static String list() {
		return Arrays.stream(ALL)
			.map((revision) -> '"' + revision.version + '"')
			.collect(java.util.stream.Collectors.joining(",", "[", "]"));
	}

}
