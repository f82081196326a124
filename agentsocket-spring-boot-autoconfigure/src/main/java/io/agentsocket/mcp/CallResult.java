package io.agentsocket.mcp;

import java.util.Map;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;

/**
 * Writes results of actions as results of tools: the members of the {@code result} of a
 * response that do not depend on the caller.
 */
final class CallResult {

	/** Media types by the first bytes of a content. */
	private static final Map<String, String> MAGIC = Map.of("89504e47", "image/png", "ffd8ff", "image/jpeg", "47494638",
			"image/gif", "52494646....57454250", "image/webp", "52494646....57415645", "audio/wav", "4f676753",
			"audio/ogg", "494433", "audio/mpeg", "664c6143", "audio/flac");

	private CallResult() {
	}

	/** An action that gives nothing back. */
	static Bytes nothing() {
		return Bytes.utf8("\"content\":[]");
	}

	/**
	 * The result for a value.
	 * @param json the encoded value
	 * @param structured whether the client knows a schema of it
	 */
	static Bytes value(Bytes json, boolean structured) {
		JsonBytes out = new JsonBytes(json.length() * 2 + 96);
		out.raw("\"content\":[{\"type\":\"text\",\"text\":");
		boolean text = !json.isEmpty() && json.array()[json.offset()] == '"';
		if (text) {
			out.raw(json);
		}
		else {
			out.text(json);
		}
		out.raw("}]");
		if (structured) {
			out.raw(",\"structuredContent\":").raw(json);
		}
		return out.bytes();
	}

	/** The text of an action that writes one. */
	static Bytes text(Bytes utf8) {
		return new JsonBytes(utf8.length() + 64).raw("\"content\":[{\"type\":\"text\",\"text\":")
			.text(utf8)
			.raw("}]")
			.bytes();
	}

	/** The bytes of an action, as the kind of content that they look like. */
	static Bytes binary(String action, Bytes bytes) {
		String type = mediaType(bytes);
		JsonBytes out = new JsonBytes(bytes.length() * 4 / 3 + 160);
		if (type == null) {
			out.raw("\"content\":[{\"type\":\"resource\",\"resource\":{\"uri\":")
				.text("agentsocket:" + action)
				.raw(",\"mimeType\":\"application/octet-stream\",\"blob\":")
				.base64(bytes)
				.raw("}}]");
		}
		else {
			out.raw("\"content\":[{\"type\":\"" + type.substring(0, type.indexOf('/')) + "\",\"mimeType\":\"" + type
					+ "\",\"data\":")
				.base64(bytes)
				.raw("}]");
		}
		return out.bytes();
	}

	private static @org.jspecify.annotations.Nullable String mediaType(Bytes bytes) {
		String begin = bytes.slice(0, Math.min(12, bytes.length())).toString();
		for (Map.Entry<String, String> entry : MAGIC.entrySet()) {
			String magic = entry.getKey();
			int dots = magic.indexOf("....");
			boolean found = (dots < 0) ? begin.startsWith(magic)
					: begin.startsWith(magic.substring(0, dots)) && begin.endsWith(magic.substring(dots + 4));
			if (found) {
				return entry.getValue();
			}
		}
		return null;
	}

	/** An error of an action, in words that a model can act on, and for programs. */
	static Bytes failure(ActionException error) {
		ErrorCode known = error.errorCode();
		String name = (known != null) ? known.name() : String.valueOf(error.code());
		StringBuilder text = new StringBuilder(name).append(": ")
			.append(error.text().isEmpty() ? "The action has failed." : error.text());
		for (Violation violation : error.violations()) {
			text.append('\n').append(violation.pointer().isEmpty() ? "/" : violation.pointer());
			text.append(": ").append(violation.message());
		}
		if (error.hasMaybeRun()) {
			text.append("\nThe action may have run, at least in part.");
		}
		if (error.isRetryable()) {
			text.append("\nThe same call may succeed later.");
		}
		if (error.correlation() != null) {
			text.append("\nCorrelation id: ").append(error.correlation());
		}
		JsonBytes out = new JsonBytes(text.length() + 256);
		out.raw("\"content\":[{\"type\":\"text\",\"text\":").text(text.toString());
		out.raw("}],\"isError\":true,\"_meta\":{\"io.agentsocket/error\":{\"code\":" + error.code() + ",\"name\":\""
				+ name + "\",\"retryable\":" + error.isRetryable() + ",\"mayHaveRun\":" + error.hasMaybeRun());
		error.retryAfter().ifPresent((after) -> out.raw(",\"retryAfterMs\":" + after.toMillis()));
		return out.raw("}}").bytes();
	}

}
