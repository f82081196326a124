package com.example.conformance.run;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;

/**
 * Heads of HTTP, as far as an upgrade needs them.
 */
final class Upgrade {

	private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

	private Upgrade() {
	}

	/** A header of a head, or an empty text. */
	static String header(String head, String name) {
		return head.lines()
			.filter((line) -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
			.map((line) -> line.substring(name.length() + 1).trim())
			.findFirst()
			.orElse("");
	}

	/** The answer that accepts an upgrade. */
	static byte[] accept(String request, String protocol) {
		StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n");
		head.append("Connection: Upgrade\r\nSec-WebSocket-Accept: ")
			.append(key(header(request, "Sec-WebSocket-Key")))
			.append("\r\n");
		if (!protocol.isEmpty()) {
			head.append("Sec-WebSocket-Protocol: ").append(protocol).append("\r\n");
		}
		return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
	}

	/** The answer that refuses it. */
	static byte[] refuse(int status, Map<?, ?> headers) {
		StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Refused\r\nContent-Length: 0\r\n");
		headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
		return head.append("Connection: close\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
	}

	/** A time as HTTP writes it. */
	static String date(Instant time) {
		return DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC));
	}

	private static String key(String key) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
			return Base64.getEncoder().encodeToString(hash);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
