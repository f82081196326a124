package io.agentsocket.session;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import reactor.core.publisher.Mono;

/**
 * Values of this process. Thread-safe.
 */
@Internal
public final class InMemoryOneTimeValues implements OneTimeValues {

	/** Values at once: as many callers may be about to use theirs. */
	private static final int MAX = 10_000;

	private final Map<String, Kept> values = new ConcurrentHashMap<>();

	@Override
	public Mono<Void> put(String key, Bytes value, Duration ttl) {
		return Mono.fromRunnable(() -> {
			if (this.values.size() >= MAX) {
				this.values.values().removeIf(Kept::isOver);
			}
			if (this.values.size() >= MAX) {
				throw new IllegalStateException("More than " + MAX + " values wait to be taken");
			}
			this.values.put(key, new Kept(value, System.nanoTime() + ttl.toNanos()));
		});
	}

	@Override
	public Mono<Bytes> take(String key) {
		return Mono.fromSupplier(() -> {
			Kept kept = this.values.remove(key);
			return (kept != null && !kept.isOver()) ? kept.value : null;
		});
	}

	private record Kept(Bytes value, long end) {

		boolean isOver() {
			return System.nanoTime() - this.end >= 0;
		}

	}

}
