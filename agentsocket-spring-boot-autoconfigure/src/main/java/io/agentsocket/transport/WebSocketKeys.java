package io.agentsocket.transport;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

import org.jspecify.annotations.Nullable;

/**
 * The keys of an upgrade, section 4.2.2 of RFC 6455.
 */
public final class WebSocketKeys {

	private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

	/** Bytes of a key. */
	private static final int LENGTH = 16;

	private WebSocketKeys() {
	}

	/**
	 * Whether a text is a key: 16 bytes in Base64, section 4.2.1 of RFC 6455.
	 * @param key the text, or {@code null}
	 * @return {@code false} for anything else
	 */
	public static boolean isKey(@Nullable String key) {
		// 16 bytes have 22 characters and 2 for padding.
		if (key == null || key.strip().length() != 24) {
			return false;
		}
		try {
			return Base64.getDecoder().decode(key.strip()).length == LENGTH;
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	/**
	 * The answer to a key.
	 * @param key the key of a request
	 * @return the value of {@code Sec-WebSocket-Accept}
	 */
	public static String accept(String key) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
			return Base64.getEncoder().encodeToString(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-1", ex);
		}
	}

}
