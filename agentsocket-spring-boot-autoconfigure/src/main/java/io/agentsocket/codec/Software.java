package io.agentsocket.codec;

import java.util.Map;

import io.agentsocket.annotation.Internal;
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

	private static final int MAX = 8 * 1024;

	static @Nullable Software read(@Nullable Fields fields) {
		if (fields == null) {
			return null;
		}
		String name = fields.text("name", MAX);
		String version = fields.text("version", MAX);
		return new Software((name != null) ? name : "", (version != null) ? version : "");
	}

	Map<String, Object> toMap() {
		return new Fields.Writer().put("name", this.name.isEmpty() ? null : this.name)
			.put("version", this.version.isEmpty() ? null : this.version)
			.map();
	}

}
