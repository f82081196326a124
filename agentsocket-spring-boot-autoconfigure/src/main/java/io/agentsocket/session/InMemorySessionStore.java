package io.agentsocket.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Keeps sessions in the memory of this process: a session survives the loss of its
 * socket, not that of the process.
 */
public final class InMemorySessionStore implements SessionStore {

	private static final class Entry {

		private SessionState state;

		private String token;

		private @Nullable String previousToken;

		private @Nullable Instant expiry;

		private final Map<String, Object> attributes = new ConcurrentHashMap<>();

		Entry(SessionState state, String token) {
			this.state = state;
			this.token = token;
		}

	}

	private final Map<String, Entry> entries = new ConcurrentHashMap<>();

	private final Clock clock;

	/**
	 * Create a store.
	 */
	public InMemorySessionStore() {
		this(Clock.systemUTC());
	}

	InMemorySessionStore(Clock clock) {
		this.clock = clock;
	}

	@Override
	public Mono<Void> open(SessionState state, String tokenHash) {
		return Mono.fromRunnable(() -> {
			removeExpired();
			this.entries.put(state.id(), new Entry(state, tokenHash));
		});
	}

	@Override
	public Mono<SessionState> attach(String id, String presentedHash, String nextHash, @Nullable String principal) {
		return Mono.fromSupplier(() -> {
			Entry entry = find(id);
			if (entry == null) {
				return null;
			}
			synchronized (entry) {
				boolean known = presentedHash.equals(entry.token) || presentedHash.equals(entry.previousToken);
				if (!known || !java.util.Objects.equals(principal, entry.state.principal())) {
					return null;
				}
				SessionState before = entry.state;
				entry.previousToken = presentedHash;
				entry.token = nextHash;
				entry.expiry = null;
				entry.state = new SessionState(id, before.log(), before.epoch() + 1, before.principal(), before.agent(),
						before.codec(), before.createdAt());
				return entry.state;
			}
		});
	}

	@Override
	public Mono<Void> confirm(String id, long epoch) {
		return change(id, (entry) -> {
			if (entry.state.epoch() == epoch) {
				entry.previousToken = null;
			}
		});
	}

	@Override
	public Mono<Void> newLog(String id, String log) {
		return change(id, (entry) -> {
			SessionState before = entry.state;
			entry.state = new SessionState(id, log, before.epoch(), before.principal(), before.agent(), before.codec(),
					before.createdAt());
		});
	}

	@Override
	public Mono<Void> detach(String id, long epoch, Duration ttl) {
		return change(id, (entry) -> {
			if (entry.state.epoch() == epoch) {
				entry.expiry = this.clock.instant().plus(ttl);
			}
		});
	}

	@Override
	public Mono<Void> end(String id) {
		return Mono.fromRunnable(() -> this.entries.remove(id));
	}

	@Override
	public Mono<Map<String, Object>> attributes(String id) {
		return Mono.fromSupplier(() -> {
			Entry entry = find(id);
			return (entry != null) ? Map.copyOf(entry.attributes) : Map.of();
		});
	}

	@Override
	public Mono<Void> writeAttribute(String id, String name, @Nullable Object value) {
		return change(id, (entry) -> {
			if (value != null) {
				entry.attributes.put(name, value);
			}
			else {
				entry.attributes.remove(name);
			}
		});
	}

	private Mono<Void> change(String id, java.util.function.Consumer<Entry> change) {
		return Mono.fromRunnable(() -> {
			Entry entry = find(id);
			if (entry != null) {
				synchronized (entry) {
					change.accept(entry);
				}
			}
		});
	}

	private @Nullable Entry find(String id) {
		Entry entry = this.entries.get(id);
		if (entry != null && isExpired(entry, this.clock.instant())) {
			this.entries.remove(id, entry);
			return null;
		}
		return entry;
	}

	private void removeExpired() {
		Instant now = this.clock.instant();
		Iterator<Entry> all = this.entries.values().iterator();
		int looked = 0;
		// A few at a time, so that opening a session stays cheap; expiry is checked on
		// access too.
		while (all.hasNext() && looked++ < 16) {
			if (isExpired(all.next(), now)) {
				all.remove();
			}
		}
	}

	private static boolean isExpired(Entry entry, Instant now) {
		synchronized (entry) {
			return entry.expiry != null && entry.expiry.isBefore(now);
		}
	}

}
