package io.agentsocket.codec;

import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Name and version of a side in HELLO ({@code client}) or WELCOME ({@code server}). For
 * logs and metrics; not verified.
 *
 * @param name name of the software, or empty
 * @param version its version, or empty
 */
@Internal
public record Software(String name, String version) {

	/** Bytes of a text that HELLO or WELCOME has room for. */
	private static final int MAX = 8 * 1024;

	/**
	 * Characters that are kept of a text: it stays as long as the session, in memory and
	 * in the store, and is only shown.
	 */
	private static final int KEPT = 128;

	static @Nullable Software read(@Nullable Fields fields) {
		if (fields == null) {
			return null;
		}
		String name = fields.text("name", MAX);
		String version = fields.text("version", MAX);
		return new Software(shown(name), shown(version));
	}

	private static String shown(@Nullable String text) {
		return (text != null) ? Utf8.cut(text, KEPT) : "";
	}

	Map<String, Object> toMap() {
		return new Fields.Writer().put("name", this.name.isEmpty() ? null : this.name)
			.put("version", this.version.isEmpty() ? null : this.version)
			.map();
	}

}
