package io.agentsocket.client;

import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Software;
import io.agentsocket.codec.Welcome;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.AgentSessionListener.OpenReason;
import io.agentsocket.session.AgentSessionListener.ResetReason;
import io.agentsocket.session.AgentSessionListener.ResumePlace;
import io.agentsocket.session.SessionNotices;
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

	/** Tells the listeners of the application; used in the loop. */
	private final SessionNotices notices;

	/** Whether the server has closed the connection; used in the loop. */
	private boolean left;

	/** Whether the session of the latest connection goes on; used in the loop. */
	private boolean goesOn;

	ClientSession(Supplier<Mono<Void>> end, List<AgentSessionListener> listeners, Executor executor) {
		this.end = end;
		this.notices = new SessionNotices(listeners, this, executor);
	}

	void connected(Welcome welcome) {
		boolean same = welcome.session().equals(this.id);
		Software software = welcome.server();
		this.id = welcome.session();
		this.server = (software != null) ? new AgentInfo(software.name(), software.version()) : AgentInfo.UNKNOWN;
		this.connected = true;
		switch (welcome.status()) {
			case NEW -> begun();
			case RESUMED -> this.notices.resumed(ResumePlace.SAME_POD);
			case RESET -> this.notices.reset(same ? ResetReason.DECIDED_BY_SERVER : ResetReason.UNKNOWN_SESSION);
		}
		this.goesOn = true;
	}

	private void begun() {
		if (this.goesOn) {
			// The client has given the one before up: its numbers did not fit any more.
			this.notices.reset(ResetReason.FRAMES_LOST);
		}
		else {
			this.notices.opened(OpenReason.NEW);
		}
	}

	/** The session has ended; the next connection begins a new one. */
	void ended(EndReason reason, int closeCode) {
		this.goesOn = false;
		if (!this.id.isEmpty()) {
			this.notices.ended(reason, closeCode);
		}
	}

	/** The server has closed the connection, whose end is told next. */
	void left() {
		this.left = true;
	}

	void disconnected(int closeCode) {
		this.connected = false;
		this.lastUsedAt = Instant.now();
		if (this.left) {
			this.left = false;
			this.notices.leftByServer(closeCode);
		}
		else {
			this.notices.detached(closeCode);
		}
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
		return Optional.ofNullable(typed(name, this.attributes.get(name), type));
	}

	@Override
	public Mono<Void> setAttribute(String name, @Nullable Object value) {
		this.attributes.compute(name, (key, before) -> value);
		return Mono.empty();
	}

	@Override
	public <T> Mono<T> updateAttribute(String name, Class<T> type, UnaryOperator<@Nullable T> change) {
		try {
			Object updated = this.attributes.compute(name, (key, value) -> change.apply(typed(name, value, type)));
			return Mono.justOrEmpty(type.cast(updated));
		}
		catch (RuntimeException ex) {
			return Mono.error(ex);
		}
	}

	private static <T> @Nullable T typed(String name, @Nullable Object value, Class<T> type) {
		if (value != null && !type.isInstance(value)) {
			throw new IllegalArgumentException("The attribute " + name + " is not a " + type.getName());
		}
		return type.cast(value);
	}

	@Override
	public Mono<Void> end() {
		return Mono.defer(this.end);
	}

}
