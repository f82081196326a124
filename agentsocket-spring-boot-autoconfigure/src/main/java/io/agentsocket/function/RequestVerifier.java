package io.agentsocket.function;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

import io.agentsocket.relay.WebhookSignature;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a request comes from a relay that knows a secret, and came for the first
 * time. Thread-safe. Implements section 3 of {@code docs/function-protocol.md}.
 */
final class RequestVerifier {

	private static final String ID = "webhook-id";

	private static final String AT = "webhook-timestamp";

	private static final String SIGNATURE = "webhook-signature";

	/** How far the clock of the relay may be away, in seconds. */
	private static final int MAX_SKEW = 300;

	/** A request is refused for its age when its id is forgotten. */
	private static final int MEMORY = 2 * MAX_SKEW;

	/** Ids that are remembered, about 2 MB: those of 16 requests a second. */
	private static final int MAX_IDS = 10_000;

	/** Longer than any relay makes one, and short enough to be remembered. */
	private static final int MAX_ID = 128;

	/** Seconds since 1970 have 10 digits until the year 2286. */
	private static final Pattern TIMESTAMP = Pattern.compile("[0-9]{1,12}");

	private final List<WebhookSignature> secrets = new ArrayList<>();

	private final LongSupplier clock;

	private final Set<String> seen = new HashSet<>();

	private final Queue<Seen> order = new ArrayDeque<>();

	/**
	 * Create a verifier.
	 * @param secrets the secrets, any of which is good; empty to let everything through
	 * @param clock seconds since 1970
	 */
	RequestVerifier(List<String> secrets, LongSupplier clock) {
		secrets.forEach((secret) -> this.secrets.add(new WebhookSignature(List.of(secret))));
		this.clock = clock;
	}

	/**
	 * Check a request.
	 * @return the rule that it breaks, or {@code null} when it is good
	 */
	@Nullable String verify(IncomingRequest request) {
		if (this.secrets.isEmpty()) {
			return null;
		}
		String id = request.single(ID);
		String timestamp = request.single(AT);
		String signatures = request.single(SIGNATURE);
		String broken = broken(id, timestamp, signatures);
		if (broken != null || id == null || timestamp == null || signatures == null) {
			return broken;
		}
		boolean right = false;
		for (WebhookSignature secret : this.secrets) {
			right |= secret.isSignature(id, timestamp, request.body(), signatures);
		}
		if (!right) {
			return "one v1 signature is right";
		}
		return isFirst(id) ? null : "webhook-id was not seen before";
	}

	/**
	 * Check the headers of a request whose body has not come yet.
	 * @return the rule that they break, or {@code null} when the body is worth reading
	 */
	@Nullable String verifyHead(IncomingRequest head) {
		return this.secrets.isEmpty() ? null : broken(head.single(ID), head.single(AT), head.single(SIGNATURE));
	}

	private @Nullable String broken(@Nullable String id, @Nullable String timestamp, @Nullable String signatures) {
		if (id == null || timestamp == null || signatures == null || id.isEmpty() || id.length() > MAX_ID) {
			return "webhook-id, webhook-timestamp and webhook-signature stand there once each";
		}
		if (!TIMESTAMP.matcher(timestamp).matches()
				|| Math.abs(this.clock.getAsLong() - Long.parseLong(timestamp)) > MAX_SKEW) {
			return "webhook-timestamp is at most " + MAX_SKEW + " s away from the clock";
		}
		return null;
	}

	private synchronized boolean isFirst(String id) {
		long now = this.clock.getAsLong();
		forget(now - MEMORY, MAX_IDS);
		if (!this.seen.add(id)) {
			return false;
		}
		forget(now - MEMORY, MAX_IDS - 1);
		this.order.add(new Seen(id, now));
		return true;
	}

	/** Forgets ids before a time, and the oldest ones of too many. */
	private void forget(long before, int most) {
		Seen oldest = this.order.peek();
		while (oldest != null && (oldest.at() < before || this.order.size() > most)) {
			this.order.remove();
			this.seen.remove(oldest.id());
			oldest = this.order.peek();
		}
	}

	private record Seen(String id, long at) {
	}

}
