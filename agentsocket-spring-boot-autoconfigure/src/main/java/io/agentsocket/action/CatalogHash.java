package io.agentsocket.action;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Hash of a list of actions: over the digests of their descriptors, so that an action's
 * descriptor is looked at once in its life.
 */
final class CatalogHash {

	private static final int BYTES = 12;

	private final MessageDigest digest = sha256();

	static byte[] digest(Action action) {
		StringBuilder text = new StringBuilder(512);
		canonical(text, ActionDescriptor.of(action).toMap());
		return sha256().digest(text.toString().getBytes(StandardCharsets.UTF_8));
	}

	void add(byte[] action) {
		this.digest.update(action);
	}

	/** Hash of two lists by their hashes. */
	static String combine(String first, String second) {
		CatalogHash hash = new CatalogHash();
		hash.add((first + ' ' + second).getBytes(StandardCharsets.UTF_8));
		return hash.text();
	}

	String text() {
		byte[] start = Arrays.copyOf(this.digest.digest(), BYTES);
		return Base64.getUrlEncoder().withoutPadding().encodeToString(start);
	}

	/** The same text for equal values, whatever the order of keys. */
	private static void canonical(StringBuilder text, @Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			Map<String, @Nullable Object> sorted = new TreeMap<>();
			map.forEach((key, member) -> sorted.put(String.valueOf(key), member));
			text.append('{');
			sorted.forEach((key, member) -> {
				scalar(text, 'k', key);
				canonical(text, member);
			});
			text.append('}');
		}
		else if (value instanceof Iterable<?> list) {
			text.append('[');
			list.forEach((member) -> canonical(text, member));
			text.append(']');
		}
		else if (value instanceof Object[] array) {
			canonical(text, Arrays.asList(array));
		}
		else if (value instanceof CharSequence) {
			scalar(text, 's', value);
		}
		else {
			scalar(text, 'v', value);
		}
	}

	private static void scalar(StringBuilder text, char kind, @Nullable Object value) {
		String content = String.valueOf(value);
		text.append(kind).append(content.length()).append(':').append(content);
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

}
