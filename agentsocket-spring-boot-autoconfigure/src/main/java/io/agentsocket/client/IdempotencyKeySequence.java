package io.agentsocket.client;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Idempotency keys that no other client makes, so that actions may hand them on: 12
 * random bytes of this client and a number. Thread-safe.
 */
final class IdempotencyKeySequence implements Supplier<String> {

	private static final int RANDOM_BYTES = 12;

	private final AtomicLong last = new AtomicLong();

	private final String prefix;

	IdempotencyKeySequence() {
		byte[] random = new byte[RANDOM_BYTES];
		new SecureRandom().nextBytes(random);
		this.prefix = Base64.getUrlEncoder().withoutPadding().encodeToString(random) + ".";
	}

	@Override
	public String get() {
		return this.prefix + Long.toString(this.last.incrementAndGet(), Character.MAX_RADIX);
	}

}
