package io.agentsocket.mcp;

import java.security.Principal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.CallSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The session of one call, which MCP has none for: it begins and ends with the call, and
 * its attributes are kept nowhere. Thread-safe.
 */
final class McpSession extends CallSession {

	/**
	 * Tells the calls of this process from those of others, in logs and traces. Nothing
	 * is reached by the id, so that the rest may be counted.
	 */
	private static final String PREFIX = "mcp-" + UUID.randomUUID() + "-";

	private static final AtomicLong NUMBERS = new AtomicLong();

	private final @Nullable String address;

	private @Nullable String id;

	private @Nullable Map<String, Object> attributes;

	private volatile Runnable ending = () -> {
	};

	private volatile boolean ended;

	/**
	 * Create a session.
	 * @param principal the caller, or {@code null}
	 * @param address the address of the client, as it is counted, or {@code null}
	 * @param agent name and version that the client gives
	 */
	McpSession(@Nullable Principal principal, @Nullable String address, AgentInfo agent) {
		super(principal, agent);
		this.address = address;
	}

	/** The address of the client, as it is counted. */
	@Nullable String address() {
		return this.address;
	}

	/**
	 * The caller as it is counted: its principal, else its address, else {@code null}.
	 */
	@Nullable String caller() {
		String name = principalName();
		if (name != null) {
			return "principal " + name;
		}
		return (this.address != null) ? "address " + this.address : null;
	}

	/** The name of the caller, {@code null} for nobody. */
	@Nullable String principalName() {
		Principal principal = principal();
		return (principal != null) ? String.valueOf(principal.getName()) : null;
	}

	/** Sets the task that ends the call. */
	void onEnd(Runnable ending) {
		this.ending = ending;
	}

	/** The caller comes back with a request that was authenticated by itself. */
	void resumedBy(McpSession caller) {
		authenticated(caller.principal());
	}

	/** The call is over. */
	void ended() {
		this.ended = true;
	}

	/** All calls of a caller have one share, as those of a session have. */
	@Override
	protected Object turnKey() {
		return new Caller(caller());
	}

	@Override
	public synchronized String id() {
		String present = this.id;
		if (present == null) {
			present = PREFIX + Long.toString(NUMBERS.incrementAndGet(), Character.MAX_RADIX);
			this.id = present;
		}
		return present;
	}

	@Override
	public boolean isConnected() {
		return !this.ended;
	}

	private synchronized Map<String, Object> values() {
		Map<String, Object> present = this.attributes;
		if (present == null) {
			present = new ConcurrentHashMap<>();
			this.attributes = present;
		}
		return present;
	}

	@Override
	public Set<String> attributeNames() {
		return Set.copyOf(values().keySet());
	}

	@Override
	public <T> Optional<T> attribute(String name, Class<T> type) {
		return Optional.ofNullable(typed(name, values().get(name), type));
	}

	private static <T> @Nullable T typed(String name, @Nullable Object value, Class<T> type) {
		if (value != null && !type.isInstance(value)) {
			throw new IllegalArgumentException("The attribute " + name + " is not a " + type.getName());
		}
		return type.cast(value);
	}

	@Override
	public Mono<Void> setAttribute(String name, @Nullable Object value) {
		if (value != null) {
			values().put(name, value);
		}
		else {
			values().remove(name);
		}
		return Mono.empty();
	}

	@Override
	public <T> Mono<T> updateAttribute(String name, Class<T> type, UnaryOperator<@Nullable T> change) {
		try {
			Object changed = values().compute(name, (key, value) -> change.apply(typed(name, value, type)));
			return Mono.justOrEmpty(type.cast(changed));
		}
		catch (RuntimeException ex) {
			return Mono.error(ex);
		}
	}

	@Override
	public Mono<Void> end() {
		return Mono.fromRunnable(this.ending);
	}

	/** An unnamed caller, which is no session with such an id. */
	private record Caller(@Nullable String name) {
	}

}
