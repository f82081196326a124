package io.agentsocket.session;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Attributes in the memory of this process.
 */
public final class InMemoryAttributes implements SessionAttributes {

	private final Map<String, Map<String, Object>> sessions = new ConcurrentHashMap<>();

	@Override
	public Mono<Void> create(SessionState state, Duration ttl) {
		return Mono.fromRunnable(() -> this.sessions.put(state.id(), new ConcurrentHashMap<>()));
	}

	@Override
	public Mono<Map<String, Object>> load(String id) {
		return Mono.fromSupplier(() -> Map.copyOf(this.sessions.getOrDefault(id, Map.of())));
	}

	@Override
	public Mono<Void> write(String id, String name, @Nullable Object value) {
		return Mono.fromRunnable(() -> {
			Map<String, Object> attributes = this.sessions.get(id);
			if (attributes == null) {
				throw new IllegalStateException("The session has ended");
			}
			if (value != null) {
				attributes.put(name, value);
			}
			else {
				attributes.remove(name);
			}
		});
	}

	@Override
	public Mono<Void> touch(String id) {
		return Mono.empty();
	}

	@Override
	public void release(String id) {
		// Others may still use the session.
	}

	@Override
	public Mono<Void> delete(String id) {
		return Mono.fromRunnable(() -> this.sessions.remove(id));
	}

}
