package io.agentsocket.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * Ids and resume tokens that cannot be guessed. Implements section 11 of
 * {@code docs/protocol.md}.
 */
final class Secrets {

	private static final SecureRandom RANDOM = new SecureRandom();

	private static final int TOKEN_BYTES = 24;

	private static final int ID_BYTES = 16;

	private static final int LOG_BYTES = 8;

	private Secrets() {
	}

	static String sessionId() {
		return random(ID_BYTES);
	}

	static String logId() {
		return random(LOG_BYTES);
	}

	/** Tells apart the owners of sessions in one pod. */
	static String nonce() {
		return random(LOG_BYTES);
	}

	static String token() {
		return random(TOKEN_BYTES);
	}

	/** The form in which a token is stored. */
	static String hash(String token) {
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			return encode(digest.digest(token.getBytes(StandardCharsets.UTF_8)));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("SHA-256 is part of every Java platform", ex);
		}
	}

	private static String random(int size) {
		byte[] bytes = new byte[size];
		RANDOM.nextBytes(bytes);
		return encode(bytes);
	}

	private static String encode(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

}
