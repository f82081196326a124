package io.agentsocket.session;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.session.MapSession;
import org.springframework.session.ReactiveMapSessionRepository;
import org.springframework.session.ReactiveSessionRepository;
import org.springframework.session.Session;
import org.springframework.session.SessionIdGenerator;

/**
 * Identity and attributes as Spring Sessions, in a repository of their own: that of the
 * application's HTTP sessions has nothing to do with it.
 *
 * <p>
 * Spring's sessions are not thread-safe. Each session has one object here, and operations
 * on it run one after the other. Only changed values are saved. Names that begin with
 * {@value #RESERVED} are for what tooling may want to know of a session: the principal
 * ({@code principal}) and the agent ({@code agent.name}, {@code agent.version}).
 *
 * @param <S> type of the repository's sessions
 */
@Internal
public final class SpringSessionAttributes<S extends Session> implements SessionAttributes {

	/** Names of attributes that are not those of tools begin with this. */
	public static final String RESERVED = "io.agentsocket.";

	/**
	 * Changes an attribute in the repository's own form, although others may change it.
	 */
	@FunctionalInterface
	public interface Swap {

		/**
		 * Change an attribute.
		 * @param id id of the session
		 * @param name name of the attribute
		 * @param change as of {@link SessionAttributes#update}
		 * @return the new value, when stored; empty when removed. Fails with
		 * {@link SessionGoneException} when the session is gone
		 */
		Mono<Object> update(String id, String name, UnaryOperator<@Nullable Object> change);

	}

	private static final int SWEEP = 16;

	private final Ids ids = new Ids();

	private final ReactiveSessionRepository<S> repository;

	private final @Nullable Swap swap;

	private final Answers answers;

	private final Map<String, HeldSession<S>> held = new ConcurrentHashMap<>();

	private Iterator<HeldSession<S>> sweep = this.held.values().iterator();

	/** Whether the saved values are held, so that they need not be looked up. */
	private final boolean holding;

	private SpringSessionAttributes(Function<SessionIdGenerator, ReactiveSessionRepository<S>> repository,
			@Nullable Swap swap, Answers answers, boolean holding) {
		this.repository = repository.apply(this.ids);
		this.swap = swap;
		this.answers = answers;
		this.holding = holding;
	}

	/**
	 * Keep sessions in the memory of this process.
	 * @return the attributes
	 */
	public static SpringSessionAttributes<?> inMemory() {
		return new SpringSessionAttributes<MapSession>((ids) -> {
			ReactiveMapSessionRepository repository = new ReactiveMapSessionRepository(new ExpiringSessions());
			repository.setSessionIdGenerator(ids);
			return repository;
		}, null, new Answers(), false);
	}

	/**
	 * Keep sessions in a repository, which is not a bean.
	 * @param repository makes the repository, which has to use the given generator of ids
	 * @param swap changes attributes that other processes may change as well, or
	 * {@code null} when the repository belongs to this process alone
	 * @param answers for how long an answer of the repository is waited for
	 * @return the attributes
	 */
	public static SpringSessionAttributes<?> over(
			Function<SessionIdGenerator, ? extends ReactiveSessionRepository<?>> repository, @Nullable Swap swap,
			Answers answers) {
		return new SpringSessionAttributes<>((ids) -> captured(repository.apply(ids)), swap, answers, true);
	}

	@SuppressWarnings("unchecked")
	private static ReactiveSessionRepository<Session> captured(ReactiveSessionRepository<?> repository) {
		return (ReactiveSessionRepository<Session>) repository;
	}

	/**
	 * {@inheritDoc}
	 * @param ttl rounded up to seconds
	 */
	@Override
	public Mono<Void> create(SessionState state, Duration ttl) {
		return inTurn(state.id(), (entry) -> this.repository.createSession().flatMap((session) -> {
			this.ids.rename(session, state.id());
			session.setMaxInactiveInterval(Duration.ofSeconds(Math.max(1, ttl.plusNanos(999_999_999).toSeconds())));
			identity(session, "principal", state.principal());
			identity(session, "agent.name", state.agent().name());
			identity(session, "agent.version", state.agent().version());
			return save(entry, session);
		})).doOnSubscribe((subscription) -> sweep());
	}

	private static void identity(Session session, String name, @Nullable String value) {
		if (value != null && !value.isEmpty()) {
			session.setAttribute(RESERVED + name, value);
		}
	}

	@Override
	public Mono<Map<String, Object>> load(String id) {
		return inTurn(id, (entry) -> {
			entry.session = null;
			return read(id).doOnNext((session) -> hold(entry, session));
		}).map(SpringSessionAttributes::attributes).switchIfEmpty(Mono.fromSupplier(HashMap::new));
	}

	/** Every attempt has a session of its own, and only one of them comes out. */
	private Mono<S> read(String id) {
		return this.answers.again("the attributes of a session", () -> this.repository.findById(id));
	}

	private static Map<String, Object> attributes(Session session) {
		Map<String, Object> attributes = new HashMap<>();
		for (String name : session.getAttributeNames()) {
			Object value = session.getAttribute(name);
			if (value != null && !name.startsWith(RESERVED)) {
				attributes.put(name, value);
			}
		}
		return attributes;
	}

	/**
	 * {@inheritDoc} Fails with {@link IllegalStateException} when the session is gone,
	 * and with {@link IllegalArgumentException} when the name is reserved.
	 */
	@Override
	public Mono<Void> write(String id, String name, @Nullable Object value) {
		if (name.startsWith(RESERVED)) {
			return Mono.error(reserved(name));
		}
		return change(id, (session) -> set(session, name, value));
	}

	private static IllegalArgumentException reserved(String name) {
		return new IllegalArgumentException("Names that begin with '" + RESERVED + "' are reserved: " + name);
	}

	private static void set(Session session, String name, @Nullable Object value) {
		if (value != null) {
			session.setAttribute(name, value);
		}
		else {
			session.removeAttribute(name);
		}
	}

	/**
	 * {@inheritDoc} Fails with {@link SessionGoneException} when the session is gone,
	 * with {@link IllegalArgumentException} when the name is reserved, and with what the
	 * change throws.
	 */
	@Override
	public Mono<Object> update(String id, String name, UnaryOperator<@Nullable Object> change) {
		if (name.startsWith(RESERVED)) {
			return Mono.error(reserved(name));
		}
		Swap present = this.swap;
		return inTurn(id, (entry) -> (present != null) ? present.update(id, name, change)
				: present(entry, id).flatMap((session) -> Signalled.defer(() -> update(entry, session, name, change))));
	}

	/** Everything that is done with the session is done in turn. */
	private Mono<Object> update(HeldSession<S> entry, S session, String name, UnaryOperator<@Nullable Object> change) {
		Object updated = change.apply(session.getAttribute(name));
		set(session, name, updated);
		session.setLastAccessedTime(Instant.now());
		return save(entry, session).then(Mono.justOrEmpty(updated));
	}

	/**
	 * {@inheritDoc} Fails with {@link IllegalStateException} when the session is gone.
	 */
	@Override
	public Mono<Void> touch(String id) {
		return change(id, (session) -> {
		});
	}

	private Mono<Void> change(String id, java.util.function.Consumer<S> change) {
		return inTurn(id, (entry) -> present(entry, id).flatMap((session) -> Signalled.defer(() -> {
			change.accept(session);
			session.setLastAccessedTime(Instant.now());
			return save(entry, session);
		})));
	}

	private Mono<S> present(HeldSession<S> entry, String id) {
		S session = entry.session;
		// A session that looks expired here may have been used elsewhere.
		if (session != null && !session.isExpired()) {
			return Mono.just(session);
		}
		return read(id).switchIfEmpty(Mono.error(() -> new SessionGoneException(id)));
	}

	/**
	 * A session whose save failed is not kept: it would save the failed change with the
	 * next.
	 */
	private Mono<Void> save(HeldSession<S> entry, S session) {
		entry.session = null;
		return this.repository.save(session).doOnSuccess((nothing) -> hold(entry, session));
	}

	private void hold(HeldSession<S> entry, S session) {
		entry.session = this.holding ? session : null;
	}

	@Override
	public void release(String id) {
		submit(id, new HeldSession.Task<>((entry) -> {
			entry.session = null;
			return Mono.empty();
		}, null));
	}

	@Override
	public Mono<Void> delete(String id) {
		return inTurn(id, (entry) -> {
			entry.session = null;
			return this.repository.deleteById(id);
		});
	}

	private <T> Mono<T> inTurn(String id, Function<HeldSession<S>, Mono<T>> work) {
		return Mono.create((sink) -> submit(id, new HeldSession.Task<>(work, sink)));
	}

	private void submit(String id, HeldSession.Task<S, ?> task) {
		HeldSession<S> entry = this.held.compute(id,
				(key, present) -> ((present != null) ? present : new HeldSession<S>()).added());
		entry.submit(task, () -> this.held.computeIfPresent(id, (key, present) -> present.removed() ? null : present));
	}

	/** A few at a time, so that creating a session stays cheap. */
	private synchronized void sweep() {
		if (!this.sweep.hasNext()) {
			this.sweep = this.held.values().iterator();
		}
		for (int i = 0; i < SWEEP && this.sweep.hasNext(); i++) {
			HeldSession<S> entry = this.sweep.next();
			S session = entry.session;
			if (session != null && session.isExpired()) {
				release(session.getId());
			}
		}
	}

	/** Gives a new session the id that is wanted. */
	private static final class Ids implements SessionIdGenerator {

		private final ThreadLocal<String> wanted = new ThreadLocal<>();

		private void rename(Session session, String id) {
			this.wanted.set(id);
			try {
				session.changeSessionId();
			}
			finally {
				this.wanted.remove();
			}
		}

		@Override
		public String generate() {
			String id = this.wanted.get();
			return (id != null) ? id : UUID.randomUUID().toString();
		}

	}

}
