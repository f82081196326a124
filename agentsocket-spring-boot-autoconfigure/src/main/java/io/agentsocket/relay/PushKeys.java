package io.agentsocket.relay;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Remembers the idempotency keys of pushes with their outcomes, in an attribute of the
 * session, so that all pods know them. A key whose push is under way is taken for a
 * while: a pod that dies meanwhile leaves nothing behind. Thread-safe. Implements section
 * 10 of {@code docs/function-protocol.md}.
 */
final class PushKeys {

	/** The push with this key was accepted before. */
	static final int ACCEPTED = -1;

	/** A push with this key is under way. */
	static final int UNDER_WAY = -2;

	/** The attribute with the keys, as JSON: of each its expiry, and how far it came. */
	private static final String KEYS = "agentsocket.functions.pushes";

	/** Keys that are kept: of more the oldest are forgotten. */
	private static final int MAX_KEYS = 256;

	private static final Duration TTL = Duration.ofMinutes(15);

	/** A push takes less: its pod, another one and the store have 5 s each. */
	private static final Duration LONGEST = Duration.ofSeconds(30);

	private final Codec json;

	PushKeys(Codec json) {
		this.json = json;
	}

	/**
	 * Take a key.
	 * @return number of operations that were applied before, {@link #ACCEPTED} or
	 * {@link #UNDER_WAY}
	 */
	Mono<Integer> take(AgentSession session, String key) {
		AtomicInteger found = new AtomicInteger();
		return change(session, (keys) -> {
			Entry before = Entry.of(keys.get(key));
			found.set((before == null) ? 0 : before.isTaken() ? UNDER_WAY : before.applied());
			if (found.get() >= 0) {
				keys.put(key, new Entry(expiry(), found.get(), Instant.now().plus(LONGEST).getEpochSecond()).packed());
			}
		}).then(Mono.fromSupplier(found::get));
	}

	/** The push was accepted. */
	Mono<Void> accepted(AgentSession session, String key) {
		return change(session, (keys) -> keys.put(key, new Entry(expiry(), ACCEPTED, 0).packed()));
	}

	/**
	 * The push was refused, or has failed: it may be repeated.
	 * @param applied number of its operations that were applied
	 */
	Mono<Void> failed(AgentSession session, String key, int applied) {
		return change(session, (keys) -> {
			if (applied > 0) {
				keys.put(key, new Entry(expiry(), applied, 0).packed());
			}
			else {
				keys.remove(key);
			}
		});
	}

	private static long expiry() {
		return Instant.now().plus(TTL).getEpochSecond();
	}

	private Mono<Void> change(AgentSession session, Consumer<Map<String, Object>> change) {
		UnaryOperator<@Nullable String> update = (present) -> {
			Map<String, Object> keys = new LinkedHashMap<>();
			long now = Instant.now().getEpochSecond();
			if (present != null) {
				this.json.decodeMap(Bytes.utf8(present)).forEach((key, value) -> {
					Entry entry = Entry.of(value);
					if (entry != null && entry.expiry() > now) {
						keys.put(key, value);
					}
				});
			}
			change.accept(keys);
			while (keys.size() > MAX_KEYS) {
				keys.remove(keys.keySet().iterator().next());
			}
			return this.json.encodeMap(keys).toUtf8();
		};
		return Mono.defer(() -> session.updateAttribute(KEYS, String.class, update)).then();
	}

	/**
	 * The fate of a key.
	 *
	 * @param expiry when it is forgotten, in seconds since 1970
	 * @param applied number of operations that were applied, or {@link #ACCEPTED}
	 * @param takenUntil until when a push is under way, in seconds since 1970
	 */
	private record Entry(long expiry, int applied, long takenUntil) {

		static @Nullable Entry of(@Nullable Object packed) {
			return (packed instanceof List<?> list && list.size() == 3) ? new Entry(Payloads.integer(list.get(0), 0),
					(int) Payloads.integer(list.get(1), 0), Payloads.integer(list.get(2), 0)) : null;
		}

		List<Object> packed() {
			return List.of(this.expiry, this.applied, this.takenUntil);
		}

		boolean isTaken() {
			return this.takenUntil > Instant.now().getEpochSecond();
		}

	}

}
