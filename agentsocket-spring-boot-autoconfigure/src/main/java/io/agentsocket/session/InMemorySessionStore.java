package io.agentsocket.session;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.StoredSession.LogEntry;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps sessions in the memory of this process: a session survives the loss of its
 * socket, not that of the process. Several servers of one process may share a store, as
 * tests do.
 */
@Internal
public final class InMemorySessionStore implements SessionStore {

	private static final int MAX_INBOX = 1024;

	/** Owners before the present one that are known. */
	private static final int MAX_FORMER = 8;

	/** Sessions that are looked at when another one is opened. */
	private static final int SWEPT = 16;

	private interface Step<T> {

		@Nullable T apply(Entry entry);

	}

	private static final class Entry {

		private SessionState state;

		private String owner;

		/**
		 * The latest owners before, each with the number of its latest commit; most
		 * sessions never have any.
		 */
		private Map<String, Long> former = Map.of();

		private String token;

		private @Nullable String previousToken;

		/** The attempt that was granted with the previous token. */
		private long attempt;

		private Instant expiry;

		private @Nullable Kept kept;

		Entry(SessionState state, String owner, String token, Instant expiry) {
			this.state = state;
			this.owner = owner;
			this.token = token;
			this.expiry = expiry;
		}

		private void state(String log, long epoch) {
			SessionState before = this.state;
			this.state = new SessionState(before.id(), log, epoch, before.principal(), before.agent(), before.codec(),
					before.createdAt());
		}

		/** Whether a claim was granted already, and its reply has got lost. */
		private boolean hasGranted(ClaimRequest request, String known, String candidate) {
			return request.nextHash().equals(this.token) && request.presentedHash().equals(this.previousToken)
					&& (this.owner.equals(known) || this.owner.equals(candidate));
		}

		private boolean accepts(ClaimRequest request) {
			if (request.presentedHash().equals(this.token)) {
				return true;
			}
			boolean late = request.attempt() > 0 && request.attempt() <= this.attempt;
			return request.presentedHash().equals(this.previousToken) && !late;
		}

		/** Another owner: the one before is known for a while. */
		private void move(String candidate) {
			if (this.former.isEmpty()) {
				this.former = new LinkedHashMap<>();
			}
			this.former.put(this.owner, kept().commit);
			if (this.former.size() > MAX_FORMER) {
				this.former.remove(this.former.keySet().iterator().next());
			}
			this.owner = candidate;
		}

		private List<String> formerOwners() {
			List<String> owners = new ArrayList<>(this.former.keySet());
			Collections.reverse(owners);
			return owners;
		}

		private void checkOwner(String candidate) {
			if (!candidate.equals(this.owner)) {
				throw new FencedException(this.state.epoch());
			}
		}

		/** A store that is not shared is told nothing of this. */
		private Kept kept() {
			Kept present = (this.kept != null) ? this.kept : new Kept();
			this.kept = present;
			return present;
		}

		private void apply(Commit step) {
			Kept present = kept();
			if (step.number() <= present.commit) {
				return;
			}
			if (step.number() != present.commit + 1) {
				throw new FencedException(this.state.epoch());
			}
			if (step.newLog() != null) {
				state(step.newLog(), this.state.epoch());
				present.log.clear();
			}
			present.apply(step);
		}

	}

	/** Committed state of a session, and its inbox. */
	private static final class Kept {

		private final ArrayDeque<LogEntry> log = new ArrayDeque<>();

		private final Map<String, Bytes> records = new HashMap<>();

		private final List<Bytes> inbox = new ArrayList<>();

		private long taken;

		private long commit;

		private long received;

		private long sent;

		private long acknowledged;

		private void apply(Commit step) {
			this.commit = step.number();
			this.received = step.received();
			this.sent = step.sent();
			this.acknowledged = step.acknowledged();
			this.log.addAll(step.appended());
			while (!this.log.isEmpty() && this.log.getFirst().last() <= this.acknowledged) {
				this.log.removeFirst();
			}
			this.records.keySet().removeAll(step.removed());
			this.records.putAll(step.records());
			int newlyTaken = (int) Math.min(step.taken() - this.taken, this.inbox.size());
			this.inbox.subList(0, newlyTaken).clear();
			this.taken = step.taken();
		}

		private StoredSession stored() {
			return new StoredSession(this.commit, this.received, this.sent, this.acknowledged, List.copyOf(this.log),
					this.records, this.taken);
		}

	}

	private final Map<String, Entry> entries = new ConcurrentHashMap<>();

	/** Goes on where it has stopped; tolerates that sessions come and go. */
	private Iterator<Entry> sweep = Collections.emptyIterator();

	private final boolean shared;

	private final Clock clock;

	/**
	 * Create a store for one server.
	 */
	public InMemorySessionStore() {
		this(false, Clock.systemUTC());
	}

	private InMemorySessionStore(boolean shared, Clock clock) {
		this.shared = shared;
		this.clock = clock;
	}

	/**
	 * Create a store for several servers of this process.
	 * @param clock tells when sessions expire
	 * @return a store
	 */
	public static InMemorySessionStore shared(Clock clock) {
		return new InMemorySessionStore(true, clock);
	}

	@Override
	public boolean isShared() {
		return this.shared;
	}

	@Override
	public Mono<Void> open(SessionState state, String owner, String tokenHash, Duration ttl) {
		return Mono.fromRunnable(() -> {
			removeExpired();
			this.entries.put(state.id(), new Entry(state, owner, tokenHash, expiry(ttl)));
		});
	}

	@Override
	public Mono<Claim> claim(String id, ClaimRequest request, String owner, String candidate, Duration ttl) {
		return Mono.fromSupplier(() -> with(id, (entry) -> {
			boolean again = entry.hasGranted(request, owner, candidate);
			if (!(again || entry.accepts(request)) || !Objects.equals(request.principal(), entry.state.principal())) {
				return null;
			}
			entry.expiry = expiry(ttl);
			if (!again) {
				entry.previousToken = request.presentedHash();
				entry.attempt = request.attempt();
				entry.token = request.nextHash();
				entry.state(entry.state.log(), entry.state.epoch() + 1);
			}
			if (entry.owner.equals(owner)) {
				return new Claim(entry.state, entry.formerOwners(), null);
			}
			if (!entry.owner.equals(candidate)) {
				entry.move(candidate);
			}
			return new Claim(entry.state, entry.formerOwners(), entry.kept().stored());
		}));
	}

	@Override
	public Mono<Void> invalidatePreviousToken(String id, long epoch) {
		return Mono.fromRunnable(() -> with(id, (entry) -> {
			if (entry.state.epoch() == epoch) {
				entry.previousToken = null;
			}
			return null;
		}));
	}

	@Override
	public Mono<Void> commit(String id, String owner, Commit commit) {
		return stored(id, (entry) -> {
			if (commit.number() > entry.former.getOrDefault(owner, 0L)) {
				entry.checkOwner(owner);
				entry.apply(commit);
			}
			return null;
		});
	}

	@Override
	public Mono<Void> keep(String id, String owner, Duration ttl) {
		return owned(id, owner, (entry) -> {
			entry.expiry = expiry(ttl);
			return null;
		});
	}

	@Override
	public Mono<SessionState> find(String id) {
		return Mono.fromSupplier(() -> with(id, (entry) -> entry.state));
	}

	@Override
	public Mono<String> owner(String id) {
		return Mono.fromSupplier(() -> with(id, (entry) -> entry.owner));
	}

	@Override
	public Mono<Bytes> record(String id, String key) {
		return Mono.fromSupplier(() -> with(id, (entry) -> (entry.kept != null) ? entry.kept.records.get(key) : null));
	}

	@Override
	public Flux<String> sessions(String principal) {
		return Flux.fromIterable(this.entries.keySet())
			.filter((id) -> with(id, (entry) -> principal.equals(entry.state.principal()) ? id : null) != null);
	}

	@Override
	public Mono<Void> end(String id) {
		return Mono.fromRunnable(() -> this.entries.remove(id));
	}

	@Override
	public Mono<Void> end(String id, String owner, long epoch) {
		return Mono.fromRunnable(() -> with(id, (entry) -> {
			entry.checkOwner(owner);
			if (epoch != 0 && epoch != entry.state.epoch()) {
				throw new FencedException(entry.state.epoch());
			}
			this.entries.remove(id, entry);
			return null;
		}));
	}

	@Override
	public Mono<String> push(String id, Bytes message) {
		return Mono.fromSupplier(() -> with(id, (entry) -> {
			if (entry.kept().inbox.size() >= MAX_INBOX) {
				throw new InboxFullException();
			}
			entry.kept().inbox.add(message);
			return entry.owner;
		}));
	}

	@Override
	public Mono<Inbox> pull(String id, String owner, long read) {
		return owned(id, owner, (entry) -> {
			Kept kept = entry.kept();
			int skipped = (int) Math.min(Math.max(0, read - kept.taken), kept.inbox.size());
			return new Inbox(kept.taken + skipped, kept.inbox.subList(skipped, kept.inbox.size()));
		});
	}

	private Instant expiry(Duration ttl) {
		return this.clock.instant().plus(ttl);
	}

	private <T> Mono<T> owned(String id, String owner, Step<T> action) {
		return stored(id, (entry) -> {
			entry.checkOwner(owner);
			return action.apply(entry);
		});
	}

	private <T> Mono<T> stored(String id, Step<T> action) {
		return Mono.fromSupplier(() -> {
			if (find(id, this.clock.instant()) == null) {
				throw new FencedException(0);
			}
			return with(id, action);
		});
	}

	private <T> @Nullable T with(String id, Step<T> action) {
		Entry entry = find(id, this.clock.instant());
		if (entry == null) {
			return null;
		}
		synchronized (entry) {
			return action.apply(entry);
		}
	}

	private @Nullable Entry find(String id, Instant now) {
		Entry entry = this.entries.get(id);
		if (entry != null && isExpired(entry, now)) {
			this.entries.remove(id, entry);
			return null;
		}
		return entry;
	}

	/**
	 * A few at a time, so that opening a session stays cheap, and in turn; expiry is
	 * checked on access too.
	 */
	private void removeExpired() {
		Instant now = this.clock.instant();
		synchronized (this.entries) {
			if (!this.sweep.hasNext()) {
				this.sweep = this.entries.values().iterator();
			}
			for (int i = 0; i < SWEPT && this.sweep.hasNext(); i++) {
				if (isExpired(this.sweep.next(), now)) {
					this.sweep.remove();
				}
			}
		}
	}

	private static boolean isExpired(Entry entry, Instant now) {
		synchronized (entry) {
			return entry.expiry.isBefore(now);
		}
	}

}
