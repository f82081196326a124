package io.agentsocket.session;

import java.security.Principal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A session with its attributes at hand. Reads come from this process's copy; each write
 * goes to the store by itself, so that writers of different attributes do not disturb
 * each other, and updates are made there, so that none is lost.
 */
@Internal
public final class StoredAgentSession implements AgentSession {

	private final SessionState state;

	private volatile @Nullable Principal principal;

	private final SessionAttributes store;

	private final Supplier<Mono<Void>> end;

	private final Map<String, Object> attributes = new ConcurrentHashMap<>();

	/** How many writes of an attribute are on their way. */
	private final Map<String, Integer> writing = new HashMap<>(0);

	private volatile boolean connected;

	private volatile Instant lastUsedAt;

	/**
	 * Create a session.
	 * @param state the state in the store
	 * @param principal the principal that opened it, or {@code null}
	 * @param attributes its attributes
	 * @param store where writes go
	 * @param end ends the session
	 */
	public StoredAgentSession(SessionState state, @Nullable Principal principal, Map<String, Object> attributes,
			SessionAttributes store, Supplier<Mono<Void>> end) {
		this.state = state;
		this.principal = principal;
		this.attributes.putAll(attributes);
		this.store = store;
		this.end = end;
		this.lastUsedAt = Instant.now();
	}

	/**
	 * Take note that the agent is connected, or is not.
	 * @param connected whether it is
	 */
	public void connected(boolean connected) {
		this.connected = connected;
		this.lastUsedAt = Instant.now();
	}

	@Override
	public String id() {
		return this.state.id();
	}

	/**
	 * The agent was authenticated anew.
	 * @param authenticated the principal, with the same name as before, or {@code null}
	 */
	public void identify(@Nullable Principal authenticated) {
		this.principal = authenticated;
	}

	@Override
	public @Nullable Principal principal() {
		return this.principal;
	}

	@Override
	public AgentInfo agent() {
		return this.state.agent();
	}

	@Override
	public Instant createdAt() {
		return this.state.createdAt();
	}

	@Override
	public Instant lastUsedAt() {
		return this.connected ? Instant.now() : this.lastUsedAt;
	}

	@Override
	public boolean isConnected() {
		return this.connected;
	}

	@Override
	public Set<String> attributeNames() {
		return Set.copyOf(this.attributes.keySet());
	}

	@Override
	public <T> Optional<T> attribute(String name, Class<T> type) {
		Object value = this.attributes.get(name);
		T typed = cast(name, value, type);
		if (typed != null && value instanceof StoredValue) {
			// From now on everybody here sees the same object.
			this.attributes.replace(name, value, typed);
		}
		return Optional.ofNullable(typed);
	}

	private static <T> @Nullable T cast(String name, @Nullable Object value, Class<T> type) {
		if (value instanceof StoredValue stored) {
			return stored.as(type);
		}
		if (value != null && !type.isInstance(value)) {
			throw new IllegalArgumentException("The attribute " + name + " is not a " + type.getName());
		}
		return type.cast(value);
	}

	/**
	 * All attributes as this process knows them.
	 * @return a copy
	 */
	public Map<String, Object> attributes() {
		return Map.copyOf(this.attributes);
	}

	/**
	 * Attributes were written elsewhere: take the present ones.
	 * @param loaded all attributes
	 */
	public void refresh(Map<String, Object> loaded) {
		this.attributes.keySet().retainAll(loaded.keySet());
		this.attributes.putAll(loaded);
	}

	@Override
	public Mono<Void> setAttribute(String name, @Nullable Object value) {
		synchronized (this.writing) {
			this.writing.merge(name, 1, Integer::sum);
			put(name, value);
		}
		Sinks.Empty<Void> done = Sinks.empty();
		// The sink owns the outcome, so that a write happens without a subscriber too.
		Signalled.defer(() -> this.store.write(id(), name, value))
			.doOnTerminate(() -> written(name))
			.subscribe(null, done::tryEmitError, done::tryEmitEmpty);
		return done.asMono();
	}

	private void put(String name, @Nullable Object value) {
		if (value != null) {
			this.attributes.put(name, value);
		}
		else {
			this.attributes.remove(name);
		}
	}

	private void written(String name) {
		synchronized (this.writing) {
			this.writing.computeIfPresent(name, (key, count) -> (count > 1) ? count - 1 : null);
		}
	}

	@Override
	public <T> Mono<T> updateAttribute(String name, Class<T> type, UnaryOperator<@Nullable T> change) {
		Sinks.One<T> done = Sinks.one();
		Signalled.defer(() -> this.store.update(id(), name, (value) -> change.apply(cast(name, value, type))))
			.map(type::cast)
			.doOnNext((value) -> updated(name, value))
			.switchIfEmpty(Mono.fromRunnable(() -> updated(name, null)))
			.subscribe(done::tryEmitValue, done::tryEmitError, done::tryEmitEmpty);
		return done.asMono();
	}

	/** A later write of this pod counts, and is seen already. */
	private void updated(String name, @Nullable Object value) {
		synchronized (this.writing) {
			if (!this.writing.containsKey(name)) {
				put(name, value);
			}
		}
	}

	@Override
	public Mono<Void> end() {
		return Mono.defer(this.end);
	}

	@Override
	public String toString() {
		return "AgentSession " + id();
	}

}
