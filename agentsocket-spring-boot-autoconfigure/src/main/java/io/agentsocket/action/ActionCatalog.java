package io.agentsocket.action;

import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The actions that one side offers. Can be changed at any time, from any thread; readers
 * never wait. The protocol's own actions ({@code as.*}) are not part of it. Implements
 * section 17 of {@code docs/protocol.md}.
 */
public final class ActionCatalog {

	private static final Log logger = PrintableLog.of(ActionCatalog.class);

	private final Object monitor = new Object();

	private volatile CatalogState state = CatalogState.EMPTY;

	private final List<Consumer<ActionChange>> listeners = new CopyOnWriteArrayList<>();

	private final Queue<ActionChange> changes = new ConcurrentLinkedQueue<>();

	private final AtomicInteger announcing = new AtomicInteger();

	private volatile @Nullable ActionRestorer restorer;

	/** Actions that there may be at most. */
	private final int most;

	/**
	 * Create a catalog without a bound.
	 */
	public ActionCatalog() {
		this(Integer.MAX_VALUE);
	}

	/**
	 * Create a catalog.
	 * @param most the number of actions that there may be at most
	 */
	public ActionCatalog(int most) {
		this.most = most;
	}

	/**
	 * Add an action.
	 * @param action the action
	 * @throws IllegalArgumentException if the name is reserved
	 * @throws IllegalStateException if the name is taken
	 */
	public void add(Action action) {
		addAll(List.of(action));
	}

	/**
	 * Add actions, all or none.
	 * @param actions the actions
	 * @throws IllegalArgumentException if a name is reserved
	 * @throws IllegalStateException if a name is taken or occurs twice
	 */
	public void addAll(Collection<Action> actions) {
		actions.forEach(ActionCatalog::checkName);
		synchronized (this.monitor) {
			this.state = bounded(this.state.with(actions));
			actions.forEach((action) -> this.changes.add(new ActionChange(action.name(), null, action)));
		}
		announce();
	}

	/**
	 * Add an action, or put it in the place of the one with its name.
	 * @param action the action
	 * @return the action that had the name before, or {@code null}
	 * @throws IllegalArgumentException if the name is reserved
	 */
	public @Nullable Action replace(Action action) {
		checkName(action);
		Action before;
		synchronized (this.monitor) {
			before = this.state.find(action.name());
			CatalogState rest = (before != null) ? this.state.without(action.name()) : this.state;
			this.state = bounded(rest.with(List.of(action)));
			this.changes.add(new ActionChange(action.name(), before, action));
		}
		announce();
		return before;
	}

	private CatalogState bounded(CatalogState next) {
		if (next.actions().size() > this.most) {
			throw new IllegalStateException("There are at most " + this.most + " actions");
		}
		return next;
	}

	/**
	 * Remove an action. Invocations that run go on.
	 * @param name its name
	 * @return the removed action, or {@code null} when there was none
	 */
	public @Nullable Action remove(String name) {
		Action before;
		synchronized (this.monitor) {
			before = this.state.find(name);
			if (before != null) {
				this.state = this.state.without(name);
				this.changes.add(new ActionChange(name, before, null));
			}
		}
		announce();
		return before;
	}

	private static void checkName(Action action) {
		if (action.name().startsWith(Names.RESERVED_PREFIX)) {
			throw new IllegalArgumentException(
					"Names that start with '" + Names.RESERVED_PREFIX + "' are reserved: " + action.name());
		}
	}

	/**
	 * Find an action, visible or not.
	 * @param name its name
	 * @return the action, or {@code null}
	 */
	public @Nullable Action find(String name) {
		return this.state.find(name);
	}

	/**
	 * All actions, visible or not.
	 * @return a snapshot in the order of names
	 */
	public List<Action> actions() {
		return this.state.actions();
	}

	/**
	 * The actions that a session sees.
	 * @param session the session
	 * @return a snapshot in the order of names
	 */
	public List<Action> visibleTo(AgentSession session) {
		return this.state.visibleTo(session, null);
	}

	/**
	 * The hash of the actions that a session sees. Costs nothing while the catalog stays
	 * as it is and no action is restricted.
	 * @param session the session
	 * @return an opaque text of at most 32 bytes
	 */
	public String hash(AgentSession session) {
		return this.state.hash(session, null);
	}

	/**
	 * Actions that a session sees, now and after changes.
	 * @param session the session
	 * @return a view
	 */
	@Internal
	public ActionView viewFor(AgentSession session) {
		return new SessionView(this, session, null);
	}

	/**
	 * Actions that a session sees, now and after changes.
	 * @param session the session
	 * @param filter decides beside the rules of the actions themselves
	 * @return a view
	 */
	@Internal
	public ActionView viewFor(AgentSession session, Predicate<Action> filter) {
		return new SessionView(this, session, filter);
	}

	/**
	 * Listen to changes. The listener is called once for each change, in their order and
	 * never by two threads at once, after the change has taken effect; it must not block.
	 * @param listener the listener
	 * @return dispose it to stop listening
	 */
	public Disposable onChange(Consumer<ActionChange> listener) {
		// Listeners are told apart by identity: the same one may be there twice.
		Consumer<ActionChange> registration = listener::accept;
		this.listeners.add(registration);
		return () -> this.listeners.remove(registration);
	}

	/**
	 * Set the restorer, which offers actions of single sessions anew whose pods are gone.
	 * @param offering offers them, or {@code null}: nobody does
	 */
	@Internal
	public void restorer(@Nullable ActionRestorer offering) {
		this.restorer = offering;
	}

	/**
	 * Offer an action of a single session anew whose pod is gone.
	 * @param offer the action
	 * @return {@code false} when this pod cannot offer it
	 */
	@Internal
	public boolean restore(ActionRestorer.Offer offer) {
		ActionRestorer present = this.restorer;
		return present != null && present.restore(offer);
	}

	private void announce() {
		if (this.announcing.getAndIncrement() != 0) {
			return;
		}
		int missed = 1;
		do {
			ActionChange change;
			while ((change = this.changes.poll()) != null) {
				announce(change);
			}
			missed = this.announcing.addAndGet(-missed);
		}
		while (missed != 0);
	}

	private void announce(ActionChange change) {
		for (Consumer<ActionChange> listener : this.listeners) {
			LoggedTask.run(logger, "A listener failed on the change of action '" + change.name() + "'",
					() -> listener.accept(change));
		}
	}

	private record SessionView(ActionCatalog catalog, AgentSession session,
			@Nullable Predicate<Action> filter) implements ActionView {

		@Override
		public @Nullable Action find(String name) {
			Action action = this.catalog.find(name);
			return (action != null && CatalogState.isVisible(action, this.session, this.filter)) ? action : null;
		}

		@Override
		public Collection<Action> actions() {
			return this.catalog.state.visibleTo(this.session, this.filter);
		}

		@Override
		public String hash() {
			return this.catalog.state.hash(this.session, this.filter);
		}

	}

}
