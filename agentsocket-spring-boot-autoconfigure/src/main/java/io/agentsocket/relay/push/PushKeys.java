package io.agentsocket.relay.push;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Remembers the idempotency keys of pushes with their outcomes, in an attribute of the
 * session, so that all pods know them. The key of a push that is under way is taken by
 * its pod, which renews that: a pod that dies leaves nothing behind. Thread-safe.
 * Implements section 10 of {@code docs/function-protocol.md}.
 */
public final class PushKeys {

	/** The push with this key was accepted before. */
	public static final int ACCEPTED = -1;

	/** A push with this key is under way. */
	public static final int UNDER_WAY = -2;

	/** The attribute with the keys, as JSON: of each an {@link Entry}. */
	private static final String KEYS = "agentsocket.functions.pushes";

	/**
	 * Keys that are kept: of more the oldest are forgotten, unless their pushes are under
	 * way. So many of these are no room for another one.
	 */
	private static final int MAX_KEYS = 256;

	private static final Duration TTL = Duration.ofMinutes(15);

	/**
	 * How long a key stays taken by a pod that is not heard of, unless it is known to be
	 * dead: more than the clocks of pods differ.
	 */
	private static final Duration LEASE = Duration.ofSeconds(10);

	/** Two renewals may fail. */
	private static final Duration RENEWAL = Duration.ofSeconds(3);

	/** A push takes less: its pod, another one and the store have 5 s each. */
	private static final int MAX_RENEWALS = 10;

	private final Codec json;

	private final PodChannel pods;

	private final Scheduler timer;

	private final InstantSource clock;

	/** Keys of pushes that are under way in this pod. */
	private final Set<String> working = ConcurrentHashMap.newKeySet();

	PushKeys(Codec json, PodChannel pods, Scheduler timer) {
		this(json, pods, timer, InstantSource.system());
	}

	public PushKeys(Codec json, PodChannel pods, Scheduler timer, InstantSource clock) {
		this.json = json;
		this.pods = pods;
		this.timer = timer;
		this.clock = clock;
	}

	/**
	 * Take a key. Whoever gets a number of operations has to {@link #hold} it.
	 * @return number of operations that were applied before, {@link #ACCEPTED} or
	 * {@link #UNDER_WAY}, which is also said where too many others are
	 */
	public Mono<Integer> take(AgentSession session, String key) {
		return Mono.defer(() -> {
			if (!this.working.add(key)) {
				return Mono.just(UNDER_WAY);
			}
			AtomicInteger found = new AtomicInteger();
			return change(session, (keys) -> {
				Entry before = Entry.of(keys.get(key));
				found.set((before == null) ? (isFull(keys) ? UNDER_WAY : 0)
						: isTaken(before) ? UNDER_WAY : before.applied());
				if (found.get() >= 0) {
					keys.put(key, taken(found.get()));
				}
			}).then(Mono.fromSupplier(found::get)).doOnNext((result) -> {
				if (result < 0) {
					this.working.remove(key);
				}
			}).doOnError((error) -> this.working.remove(key));
		});
	}

	/**
	 * Keep a key that was taken for as long as work takes.
	 * @param work the push, which tells how it ended before it completes
	 */
	public <T> Mono<T> hold(AgentSession session, String key, Mono<T> work) {
		return Mono.using(() -> renew(session, key), (renewal) -> work, (renewal) -> {
			renewal.dispose();
			this.working.remove(key);
		});
	}

	private Disposable renew(AgentSession session, String key) {
		return Flux.interval(RENEWAL, this.timer)
			.take(MAX_RENEWALS)
			.onBackpressureDrop()
			.concatMap((tick) -> change(session, (keys) -> {
				Entry present = Entry.of(keys.get(key));
				// A renewal may come behind the end of the push.
				if (present != null && present.applied() >= 0 && present.takenUntil() > 0) {
					keys.put(key, taken(present.applied()));
				}
			}).onErrorComplete(), 0)
			.subscribe();
	}

	/** A key that this pod took and does not work on is one of an earlier life. */
	private boolean isTaken(Entry entry) {
		return entry.takenUntil() > now() && !entry.pod().equals(this.pods.pod()) && !this.pods.isGone(entry.pod());
	}

	private List<Object> taken(int applied) {
		return new Entry(expiry(), applied, now() + LEASE.toSeconds(), this.pods.pod()).packed();
	}

	private long now() {
		return this.clock.instant().getEpochSecond();
	}

	/** The push was accepted. */
	public Mono<Void> accepted(AgentSession session, String key) {
		return change(session, (keys) -> putLatest(keys, key, ACCEPTED));
	}

	/**
	 * The push was refused, or has failed: it may be repeated.
	 * @param applied number of its operations that were applied
	 */
	public Mono<Void> failed(AgentSession session, String key, int applied) {
		return change(session, (keys) -> {
			if (applied > 0) {
				putLatest(keys, key, applied);
			}
			else {
				keys.remove(key);
			}
		});
	}

	/** A push that took long is not the first to be forgotten. */
	private void putLatest(Map<String, Object> keys, String key, int applied) {
		keys.remove(key);
		keys.put(key, new Entry(expiry(), applied, 0, "").packed());
	}

	private long expiry() {
		return now() + TTL.toSeconds();
	}

	private Mono<Void> change(AgentSession session, Consumer<Map<String, Object>> change) {
		UnaryOperator<@Nullable String> update = (present) -> {
			Map<String, Object> keys = new LinkedHashMap<>();
			long now = now();
			if (present != null) {
				this.json.decodeMap(Bytes.utf8(present)).forEach((key, value) -> {
					Entry entry = Entry.of(value);
					if (entry != null && entry.expiry() > now) {
						keys.put(key, value);
					}
				});
			}
			change.accept(keys);
			forgetOldest(keys, now);
			return this.json.encodeMap(keys).toUtf8();
		};
		return Mono.defer(() -> session.updateAttribute(KEYS, String.class, update)).then();
	}

	private boolean isFull(Map<String, Object> keys) {
		long now = now();
		return keys.size() >= MAX_KEYS && keys.values().stream().allMatch((packed) -> isUnderWay(packed, now));
	}

	/** Leaves the keys of pushes that are under way, in whichever pod. */
	private static void forgetOldest(Map<String, Object> keys, long now) {
		Iterator<Object> oldest = keys.values().iterator();
		while (keys.size() > MAX_KEYS && oldest.hasNext()) {
			if (!isUnderWay(oldest.next(), now)) {
				oldest.remove();
			}
		}
	}

	private static boolean isUnderWay(Object packed, long now) {
		Entry entry = Entry.of(packed);
		return entry != null && entry.takenUntil() > now;
	}

	/**
	 * The fate of a key.
	 *
	 * @param expiry when it is forgotten, in seconds since 1970
	 * @param applied number of operations that were applied, or {@link #ACCEPTED}
	 * @param takenUntil until when a push is under way, in seconds since 1970
	 * @param pod the pod in which it is under way, or an empty text
	 */
	private record Entry(long expiry, int applied, long takenUntil, String pod) {

		private static final int MEMBERS = 4;

		static @Nullable Entry of(@Nullable Object packed) {
			return (packed instanceof List<?> list && list.size() == MEMBERS)
					? new Entry(Payloads.integer(list.get(0), 0), (int) Payloads.integer(list.get(1), 0),
							Payloads.integer(list.get(2), 0), String.valueOf(list.get(3)))
					: null;
		}

		List<Object> packed() {
			return List.of(this.expiry, this.applied, this.takenUntil, this.pod);
		}

	}

}
