package io.agentsocket.action;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

/**
 * State of a catalog between two changes. Immutable but for cached results.
 */
final class CatalogState {

	private static final Log logger = PrintableLog.of(CatalogState.class);

	private static final SeldomWarning HIDDEN = new SeldomWarning(logger);

	static final CatalogState EMPTY = new CatalogState(new HashMap<>(), new ArrayList<>());

	/** Different sets of visible actions whose hashes are remembered. */
	private static final int REMEMBERED = 256;

	private final Map<String, Entry> byName;

	private final List<Entry> entries;

	private final List<Action> actions;

	private final boolean restricted;

	private final Map<BitSet, String> hashes = new ConcurrentHashMap<>();

	private CatalogState(Map<String, Entry> byName, List<Entry> entries) {
		this.byName = byName;
		this.entries = entries;
		List<Action> actions = new ArrayList<>(entries.size());
		boolean restricted = false;
		for (Entry entry : entries) {
			actions.add(entry.action);
			restricted |= entry.action.isRestricted();
		}
		this.actions = Collections.unmodifiableList(actions);
		this.restricted = restricted;
	}

	CatalogState with(Collection<Action> added) {
		Map<String, Entry> byName = new HashMap<>(this.byName);
		for (Action action : added) {
			if (byName.putIfAbsent(action.name(), new Entry(action)) != null) {
				throw new IllegalStateException("There is an action with the name '" + action.name() + "' already");
			}
		}
		return of(byName);
	}

	CatalogState without(String name) {
		Map<String, Entry> byName = new HashMap<>(this.byName);
		byName.remove(name);
		return of(byName);
	}

	private static CatalogState of(Map<String, Entry> byName) {
		List<Entry> entries = new ArrayList<>(byName.values());
		entries.sort(Comparator.comparing((entry) -> entry.action.name()));
		return new CatalogState(byName, entries);
	}

	@Nullable Action find(String name) {
		Entry entry = this.byName.get(name);
		return (entry != null) ? entry.action : null;
	}

	List<Action> actions() {
		return this.actions;
	}

	List<Action> visibleTo(AgentSession session, @Nullable Predicate<Action> filter) {
		if (!this.restricted && filter == null) {
			return this.actions;
		}
		List<Action> visible = new ArrayList<>(this.actions.size());
		for (Action action : this.actions) {
			if (isVisible(action, session, filter)) {
				visible.add(action);
			}
		}
		return visible;
	}

	String hash(AgentSession session, @Nullable Predicate<Action> filter) {
		BitSet visible = new BitSet();
		boolean restricted = this.restricted || filter != null;
		if (restricted) {
			for (int i = 0; i < this.entries.size(); i++) {
				visible.set(i, isVisible(this.entries.get(i).action, session, filter));
			}
		}
		String known = this.hashes.get(visible);
		if (known != null) {
			return known;
		}
		CatalogHash hash = new CatalogHash();
		for (int i = 0; i < this.entries.size(); i++) {
			if (!restricted || visible.get(i)) {
				hash.add(this.entries.get(i).digest());
			}
		}
		String text = hash.text();
		if (this.hashes.size() < REMEMBERED) {
			this.hashes.put(visible, text);
		}
		return text;
	}

	/** An action of which it cannot be said who sees it hides itself and no other one. */
	static boolean isVisible(Action action, AgentSession session, @Nullable Predicate<Action> filter) {
		try {
			return action.isVisibleTo(session) && (filter == null || filter.test(action));
		}
		catch (RuntimeException ex) {
			HIDDEN.error(action.name(),
					"It cannot be said whether session " + session.id() + " sees action " + action.name(), ex);
			return false;
		}
	}

	/** An action and its digest, which outlives the changes of other actions. */
	private static final class Entry {

		private final Action action;

		private volatile byte @Nullable [] digest;

		Entry(Action action) {
			this.action = action;
		}

		byte[] digest() {
			byte[] known = this.digest;
			if (known == null) {
				known = CatalogHash.digest(this.action);
				this.digest = known;
			}
			return known;
		}

	}

}
