package io.agentsocket.mcp;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;

import io.agentsocket.protocol.Utf8;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * The headers of a request: which revision it is of, and whether they say the same as the
 * body.
 */
final class HeaderRules {

	static final String VERSION = "MCP-Protocol-Version";

	private static final String METHOD = "Mcp-Method";

	private static final String NAME = "Mcp-Name";

	private static final Set<String> NAMED = Set.of("tools/call", "resources/read", "prompts/get");

	private static final String ENCODED = "=?base64?";

	private HeaderRules() {
	}

	/**
	 * The revision of a request.
	 * @throws RpcError if its headers contradict it, or the revision is not spoken
	 */
	static Revision revision(HttpHeaders headers, RpcMessage message) {
		String told = single(headers, VERSION);
		String meta = message.meta.version;
		if (meta == null && (told == null || !told.equals(Revision.STATELESS.version()))) {
			return handshake(told, message);
		}
		if (meta == null) {
			throw new RpcError(400, RpcError.INVALID_PARAMS,
					"\"_meta\" has to have io.modelcontextprotocol/protocolVersion, clientInfo and clientCapabilities");
		}
		if (!meta.equals(told)) {
			throw mismatch(VERSION, told, meta);
		}
		Revision revision = Revision.of(meta);
		if (revision == null || !revision.isStateless()) {
			throw RpcError.unsupportedVersion(meta);
		}
		if (!message.isNotification() && !message.meta.hasCapabilities) {
			throw new RpcError(400, RpcError.INVALID_PARAMS,
					"\"_meta\" has to have io.modelcontextprotocol/clientCapabilities");
		}
		check(headers, message);
		return revision;
	}

	private static Revision handshake(@Nullable String told, RpcMessage message) {
		if (message.method.equals("initialize")) {
			String wanted = message.handshakeVersion;
			Revision revision = (wanted != null) ? Revision.of(wanted) : null;
			return (revision != null && !revision.isStateless()) ? revision : Revision.HANDSHAKE;
		}
		if (told == null) {
			return message.method.equals("server/discover") ? missing(VERSION) : Revision.HANDSHAKE_OF_MARCH;
		}
		Revision revision = Revision.of(told);
		if (revision == null) {
			throw RpcError.unsupportedVersion(told);
		}
		return revision;
	}

	private static void check(HttpHeaders headers, RpcMessage message) {
		String method = single(headers, METHOD);
		if (method == null) {
			missing(METHOD);
		}
		else if (!method.equals(message.method)) {
			throw mismatch(METHOD, method, message.method);
		}
		if (NAMED.contains(message.method)) {
			String name = decoded(single(headers, NAME));
			if (name == null) {
				missing(NAME);
			}
			String told = message.method.equals("resources/read") ? message.uri : message.name;
			if (name != null && !name.equals(told)) {
				throw mismatch(NAME, name, told);
			}
		}
	}

	private static @Nullable String single(HttpHeaders headers, String name) {
		List<String> values = headers.getOrEmpty(name);
		if (values.size() > 1) {
			throw new RpcError(400, RpcError.HEADER_MISMATCH, "Header mismatch: " + name + " is there more than once");
		}
		return values.isEmpty() ? null : values.get(0).strip();
	}

	private static @Nullable String decoded(@Nullable String value) {
		if (value == null || !value.startsWith(ENCODED) || !value.endsWith("?=")) {
			return value;
		}
		try {
			return new String(Base64.getDecoder().decode(value.substring(ENCODED.length(), value.length() - 2)),
					StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
			throw new RpcError(400, RpcError.HEADER_MISMATCH, "Header mismatch: " + NAME + " is no valid Base64");
		}
	}

	private static Revision missing(String name) {
		throw new RpcError(400, RpcError.HEADER_MISMATCH, "Header mismatch: " + name + " is missing");
	}

	private static RpcError mismatch(String name, @Nullable String header, @Nullable String body) {
		return new RpcError(400, RpcError.HEADER_MISMATCH, "Header mismatch: " + name + " header value '" + cut(header)
				+ "' does not match body value '" + cut(body) + "'");
	}

	private static @Nullable String cut(@Nullable String text) {
		return (text != null) ? Utf8.cut(text, 100) : null;
	}

	/** Whether a client reads a media type. */
	static boolean accepts(HttpHeaders headers, String type, String any) {
		List<String> values = headers.getOrEmpty(HttpHeaders.ACCEPT);
		if (values.isEmpty()) {
			return type.equals("application/json");
		}
		for (String value : values) {
			int begin = 0;
			while (begin <= value.length()) {
				int comma = value.indexOf(',', begin);
				int end = (comma >= 0) ? comma : value.length();
				if (isOne(value, begin, end, type) || isOne(value, begin, end, any)
						|| isOne(value, begin, end, "*/*")) {
					return true;
				}
				begin = end + 1;
			}
		}
		return false;
	}

	/** Whether a part of a header is a media type, whatever its parameters. */
	private static boolean isOne(String value, int begin, int end, String type) {
		int first = begin;
		while (first < end && value.charAt(first) <= ' ') {
			first++;
		}
		int last = first + type.length();
		if (last > end || !value.regionMatches(true, first, type, 0, type.length())) {
			return false;
		}
		while (last < end && value.charAt(last) <= ' ') {
			last++;
		}
		return last == end || value.charAt(last) == ';';
	}

	/** Whether a body is JSON, by its media type. */
	static boolean isJson(@Nullable String type) {
		return type != null && isOne(type, 0, type.length(), "application/json");
	}

}
