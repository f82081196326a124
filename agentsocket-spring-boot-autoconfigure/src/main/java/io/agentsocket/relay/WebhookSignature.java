package io.agentsocket.relay;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.StringJoiner;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.agentsocket.protocol.Bytes;

/**
 * Signs requests to a function as Standard Webhooks says, with each of its secrets.
 * Thread-safe. Implements section 3 of {@code docs/function-protocol.md}.
 */
public final class WebhookSignature {

	/** Begins each secret as it is written. */
	public static final String PREFIX = "whsec_";

	private static final String ALGORITHM = "HmacSHA256";

	/** 22 characters of base64, as the specification wants at least. */
	private static final int ID_BYTES = 17;

	private static final int MIN_SECRET = 24;

	private static final int MAX_SECRET = 64;

	private static final SecureRandom RANDOM = new SecureRandom();

	private final List<SecretKeySpec> keys = new ArrayList<>();

	/**
	 * Create a signature.
	 * @param secrets secrets in the form of {@link #PREFIX}, the present one first; empty
	 * to sign nothing
	 * @throws IllegalArgumentException if a secret has another form
	 */
	public WebhookSignature(List<String> secrets) {
		secrets.forEach((secret) -> this.keys.add(new SecretKeySpec(decode(secret), ALGORITHM)));
	}

	/**
	 * Whether a text is a secret.
	 * @param secret the text
	 * @return {@code true} for the prefix and base64 of 24 to 64 bytes
	 */
	public static boolean isSecret(String secret) {
		try {
			return decode(secret).length > 0;
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	private static byte[] decode(String secret) {
		byte[] bytes = secret.startsWith(PREFIX) ? Base64.getDecoder().decode(secret.substring(PREFIX.length()))
				: new byte[0];
		if (bytes.length < MIN_SECRET || bytes.length > MAX_SECRET) {
			throw new IllegalArgumentException("A secret is " + PREFIX + " and base64 of 24 to 64 bytes");
		}
		return bytes;
	}

	/**
	 * A new id of a message.
	 * @return an id that was never used
	 */
	public static String newId() {
		byte[] bytes = new byte[ID_BYTES];
		RANDOM.nextBytes(bytes);
		return "msg_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	/** Whether there is a secret to sign with. */
	boolean isPresent() {
		return !this.keys.isEmpty();
	}

	/**
	 * Sign a message.
	 * @param id id of the message
	 * @param timestamp seconds since 1970
	 * @param body the body as it is sent
	 * @return the value of the header {@code webhook-signature}
	 */
	public String sign(String id, long timestamp, Bytes body) {
		return sign(id, String.valueOf(timestamp), body);
	}

	/**
	 * Whether one of the signatures of a message is right. Takes the same time wherever
	 * one is wrong.
	 * @param id id of the message
	 * @param timestamp the timestamp as it came
	 * @param body the body as it came
	 * @param signatures the value of the header {@code webhook-signature}
	 * @return {@code true} if it was signed with the first secret
	 */
	public boolean isSignature(String id, String timestamp, Bytes body, String signatures) {
		byte[] expected = sign(id, timestamp, body).split(" ", 2)[0].getBytes(StandardCharsets.US_ASCII);
		boolean right = false;
		for (String given : signatures.split(" ")) {
			right |= MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
		}
		return right;
	}

	private String sign(String id, String timestamp, Bytes body) {
		StringJoiner signatures = new StringJoiner(" ");
		byte[] head = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
		for (SecretKeySpec key : this.keys) {
			try {
				Mac mac = Mac.getInstance(ALGORITHM);
				mac.init(key);
				mac.update(head);
				mac.update(body.array(), body.offset(), body.length());
				signatures.add("v1," + Base64.getEncoder().encodeToString(mac.doFinal()));
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("HmacSHA256 is part of every Java platform", ex);
			}
		}
		return signatures.toString();
	}

}
