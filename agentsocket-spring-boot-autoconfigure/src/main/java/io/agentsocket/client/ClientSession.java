package io.agentsocket.client;

import java.security.Principal;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Software;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The session as the actions of an agent see it. Attributes live in this process.
 */
final class ClientSession implements AgentSession {

	private final Supplier<Mono<Void>> end;

	private final Map<String, Object> attributes = new ConcurrentHashMap<>();

	private final Instant createdAt = Instant.now();

	private volatile String id = "";

	private volatile AgentInfo server = AgentInfo.UNKNOWN;

	private volatile Instant lastUsedAt = this.createdAt;

	private volatile boolean connected;

	ClientSession(Supplier<Mono<Void>> end) {
		this.end = end;
	}

	void connected(String sessionId, @Nullable Software software) {
		this.id = sessionId;
		this.server = (software != null) ? new AgentInfo(software.name(), software.version()) : AgentInfo.UNKNOWN;
		this.connected = true;
	}

	void disconnected() {
		this.connected = false;
		this.lastUsedAt = Instant.now();
	}

	@Override
	public String id() {
		return this.id;
	}

	@Override
	public @Nullable Principal principal() {
		return null;
	}

	@Override
	public AgentInfo agent() {
		return this.server;
	}

	@Override
	public Instant createdAt() {
		return this.createdAt;
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
		return Optional.ofNullable(type.cast(this.attributes.get(name)));
	}

	@Override
	public Mono<Void> setAttribute(String name, @Nullable Object value) {
		this.attributes.compute(name, (key, before) -> value);
		return Mono.empty();
	}

	@Override
	public <T> Mono<T> updateAttribute(String name, Class<T> type, UnaryOperator<@Nullable T> change) {
		Object updated = this.attributes.compute(name, (key, value) -> change.apply(type.cast(value)));
		return Mono.justOrEmpty(type.cast(updated));
	}

	@Override
	public Mono<Void> end() {
		return Mono.defer(this.end);
	}

}
