package io.agentsocket.action;

import java.security.Principal;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A session of somebody, without attributes.
 *
 * @param id the id
 */
public record StubSession(String id) implements AgentSession {

	@Override
	public Principal principal() {
		return this::id;
	}

	@Override
	public AgentInfo agent() {
		return AgentInfo.UNKNOWN;
	}

	@Override
	public Instant createdAt() {
		return Instant.EPOCH;
	}

	@Override
	public Instant lastUsedAt() {
		return Instant.EPOCH;
	}

	@Override
	public boolean isConnected() {
		return true;
	}

	@Override
	public Set<String> attributeNames() {
		return Set.of();
	}

	@Override
	public <T> Optional<T> attribute(String name, Class<T> type) {
		return Optional.empty();
	}

	@Override
	public Mono<Void> setAttribute(String name, @Nullable Object value) {
		throw new UnsupportedOperationException();
	}

	@Override
	public <T> Mono<T> updateAttribute(String name, Class<T> type, UnaryOperator<@Nullable T> change) {
		throw new UnsupportedOperationException();
	}

	@Override
	public Mono<Void> end() {
		throw new UnsupportedOperationException();
	}

}
