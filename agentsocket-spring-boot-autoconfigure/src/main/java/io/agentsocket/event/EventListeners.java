package io.agentsocket.event;

import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.protocol.Expect;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.Ordered;
import org.springframework.core.ReactiveAdapterRegistry;

/**
 * Listeners for the events of the other side: {@link AgentEvent} methods of beans, and
 * functions. The same for server and client. The {@link #sinkFor sink} of its session
 * decides the fate of an event. Immutable but for its counters, and thread-safe.
 * Implements the receiver's half of section 19 of {@code docs/protocol.md}.
 *
 * <p>
 * The listeners of one event are called one after the other: by the {@code @Order} of
 * their method or of the class of their bean, those without it last, and then as they
 * were added.
 */
public final class EventListeners {

	/** Events of a session that may wait, unless another number is set. */
	public static final int DEFAULT_QUEUE_SIZE = 256;

	/** Bytes of payload of a session that may wait, unless another number is set. */
	public static final int DEFAULT_QUEUE_BYTES = 4 * 1024 * 1024;

	private final Map<String, List<Listener>> listeners;

	private final Function<AgentSession, Executor> executors;

	private final int queueSize;

	private final int queueBytes;

	private final Counters counters = new Counters(null);

	private EventListeners(Map<String, List<Listener>> listeners, Function<AgentSession, Executor> executors,
			int queueSize, int queueBytes) {
		this.listeners = listeners;
		this.executors = executors;
		this.queueSize = queueSize;
		this.queueBytes = queueBytes;
	}

	/**
	 * Start to configure.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Make the sink of one session, to be closed when the session has ended. It outlives
	 * the connections of the session.
	 * @param session the session
	 * @param codec the codec of the session
	 * @param loop runs reactive listeners: the event loop of the session's present
	 * connection
	 * @return a sink without events
	 */
	@Internal
	public SessionEvents sinkFor(AgentSession session, Codec codec, Executor loop) {
		return new SessionEvents(this.listeners, session, codec, loop, this.executors.apply(session),
				new EventQueue(this.queueSize, this.queueBytes), new Counters(this.counters));
	}

	/**
	 * Names of the events that are listened to.
	 * @return the names in no order
	 */
	public Set<String> names() {
		return this.listeners.keySet();
	}

	/**
	 * Counts of the outcomes of events of all sessions so far.
	 * @return a snapshot
	 */
	@Internal
	public EventCounts counts() {
		return this.counters.snapshot();
	}

	/**
	 * Configures {@link EventListeners}. Every setting has a default. Names of events are
	 * those of actions: at most 128 letters, digits and {@code _ . - /}.
	 */
	public static final class Builder {

		private final List<Source> sources = new ArrayList<>();

		private List<Codec> codecs = List.of();

		private Function<AgentSession, Executor> executors = (session) -> Schedulers.boundedElastic()::schedule;

		private ReactiveAdapterRegistry registry = ReactiveAdapterRegistry.getSharedInstance();

		private int queueSize = DEFAULT_QUEUE_SIZE;

		private int queueBytes = DEFAULT_QUEUE_BYTES;

		private Builder() {
		}

		/**
		 * Add the {@link AgentEvent} methods of all beans, those behind proxies included.
		 * Beans that are lazy or of another scope are not created: they are asked for at
		 * their first or at each event.
		 * @param beanFactory has the beans
		 * @return this
		 */
		public Builder scan(ListableBeanFactory beanFactory) {
			Expect.present("beanFactory", beanFactory);
			return methods(() -> AnnotatedBean.in(beanFactory, AgentEvent.class));
		}

		/**
		 * Add the {@link AgentEvent} methods of single objects, without a container.
		 * @param objects the objects
		 * @return this
		 */
		public Builder listenersOf(Object... objects) {
			List<Object> list = List.of(Expect.present("objects", objects));
			return methods(() -> list.stream().map(AnnotatedBean::of).flatMap(List::stream).toList());
		}

		private Builder methods(Supplier<List<AnnotatedBean>> beans) {
			this.sources.add((reader, problems, consumer) -> {
				for (AnnotatedBean bean : beans.get()) {
					bean.methods(AgentEvent.class).forEach((method, annotation) -> {
						Listener listener = reader.read(bean, method, annotation, problems);
						if (listener != null) {
							consumer.accept(listener);
						}
					});
				}
			});
			return this;
		}

		/**
		 * Listen to an event whose payload does not matter. Runs on the executor and may
		 * block.
		 * @param name name of the event
		 * @param listener gets the session
		 * @return this
		 * @throws IllegalArgumentException if that is no name for an event
		 */
		public Builder on(String name, Consumer<AgentSession> listener) {
			Expect.present("listener", listener);
			return add(name, Listener.Payload.NONE, false, (session, payload) -> {
				listener.accept(session);
				return null;
			});
		}

		/**
		 * Listen to an event. Runs on the executor and may block.
		 * @param name name of the event
		 * @param payload type of the payload; an event without one does not fit
		 * @param listener gets the session and the payload
		 * @param <T> type of the payload
		 * @return this
		 * @throws IllegalArgumentException if that is no name for an event
		 */
		public <T> Builder on(String name, Class<T> payload, BiConsumer<AgentSession, T> listener) {
			Expect.present("listener", listener);
			return add(name, required(payload), false, (session, value) -> {
				listener.accept(session, cast(value));
				return null;
			});
		}

		/**
		 * Listen to an event on the event loop.
		 * @param name name of the event
		 * @param payload type of the payload; an event without one does not fit
		 * @param listener gets the session and the payload, must not block, and returns
		 * what completes when the event is dealt with; it is cancelled when the session
		 * ends
		 * @param <T> type of the payload
		 * @return this
		 * @throws IllegalArgumentException if that is no name for an event
		 */
		public <T> Builder onReactive(String name, Class<T> payload,
				BiFunction<AgentSession, T, ? extends Mono<?>> listener) {
			Expect.present("listener", listener);
			return add(name, required(payload), true, (session, value) -> listener.apply(session, cast(value)));
		}

		private static Listener.Payload required(Type type) {
			return new Listener.Payload(Expect.present("payload", type), true, null);
		}

		/** The value was decoded into the type, primitive or not, and is required. */
		@SuppressWarnings({ "unchecked", "NullAway" })
		private static <T> T cast(@Nullable Object value) {
			return (T) value;
		}

		private Builder add(String name, Listener.Payload payload, boolean reactive, Listener.Call call) {
			String wrong = ListenerReader.wrongName(Expect.present("name", name));
			if (wrong != null) {
				throw new IllegalArgumentException(wrong);
			}
			Type type = payload.type();
			String description = "on(\"" + name + "\"" + ((type != null) ? ", " + type.getTypeName() : "") + ")";
			Listener listener = new Listener(name, description, Ordered.LOWEST_PRECEDENCE, reactive, payload, call);
			this.sources.add((reader, problems, consumer) -> {
				if (type != null && !reader.isReadable(type)) {
					problems.add("none", description, "No payload can be read into the type.",
							"Take a record, or give the type a creator that Jackson knows.");
				}
				consumer.accept(listener);
			});
			return this;
		}

		/**
		 * Set the codecs of the sessions, so that types which they cannot read are
		 * reported by {@link #build()}; otherwise their events are dropped when they
		 * come.
		 * @param codecs the codecs
		 * @return this
		 */
		public Builder codecs(Collection<? extends Codec> codecs) {
			this.codecs = List.copyOf(Expect.present("codecs", codecs));
			return this;
		}

		/**
		 * Set the scheduler of blocking listeners; Reactor's bounded elastic scheduler by
		 * default.
		 * @param executor the executor
		 * @return this
		 */
		public Builder executor(Executor executor) {
			Expect.present("executor", executor);
			this.executors = (session) -> executor;
			return this;
		}

		/**
		 * Set the scheduler of blocking listeners of each session, so that sessions share
		 * threads fairly.
		 * @param executors gives the executor of a session
		 * @return this
		 */
		@Internal
		public Builder executors(Function<AgentSession, Executor> executors) {
			this.executors = Expect.present("executors", executors);
			return this;
		}

		/**
		 * Set the known reactive types; the shared registry by default.
		 * @param registry the registry
		 * @return this
		 */
		public Builder reactiveAdapterRegistry(ReactiveAdapterRegistry registry) {
			this.registry = Expect.present("registry", registry);
			return this;
		}

		/**
		 * Set how many events of a session may wait, {@value #DEFAULT_QUEUE_SIZE} by
		 * default. The event that is dealt with does not wait.
		 * @param events the number, at least 1
		 * @return this
		 */
		public Builder queueSize(int events) {
			if (events < 1) {
				throw new IllegalArgumentException("The queue must hold 1 event or more");
			}
			this.queueSize = events;
			return this;
		}

		/**
		 * Set how many bytes of payload the waiting events of a session may have, 4 MiB
		 * by default. A single event may always wait.
		 * @param bytes the number, at least 1
		 * @return this
		 */
		public Builder queueBytes(int bytes) {
			if (bytes < 1) {
				throw new IllegalArgumentException("The queue must hold 1 byte or more");
			}
			this.queueBytes = bytes;
			return this;
		}

		/**
		 * Find and check all listeners.
		 * @return the listeners
		 * @throws InvalidListenersException if any listener is declared wrongly
		 */
		public EventListeners build() {
			DeclarationErrors problems = new DeclarationErrors();
			List<Listener> found = new ArrayList<>();
			ListenerReader reader = new ListenerReader(this.registry, this.codecs);
			for (Source source : this.sources) {
				source.read(reader, problems, found::add);
			}
			problems.throwIfAny(InvalidListenersException::new);
			found.sort(Comparator.comparingInt(Listener::order));
			Map<String, List<Listener>> byName = new LinkedHashMap<>();
			for (Listener listener : found) {
				byName.computeIfAbsent(listener.event(), (name) -> new ArrayList<>()).add(listener);
			}
			byName.replaceAll((name, list) -> List.copyOf(list));
			return new EventListeners(Map.copyOf(byName), this.executors, this.queueSize, this.queueBytes);
		}

	}

	@FunctionalInterface
	private interface Source {

		void read(ListenerReader reader, DeclarationErrors problems, Consumer<Listener> found);

	}

}
