package io.agentsocket.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

import io.agentsocket.action.ActionDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Summaries of the actions of a server by their names, bounded in number and in bytes
 * whatever the server sends. Not thread-safe.
 */
final class KnownActions {

	/** Actions that are kept. */
	static final int MAX = 10_000;

	/** Bytes of the heap that they take: 1,600 for each of so many. */
	static final int MAX_BYTES = 16 * 1024 * 1024;

	/** An action beside its texts: four objects and a place in the map. */
	private static final int ACTION = 256;

	/** A text beside its characters: two objects and a place in a list. */
	private static final int TEXT = 64;

	private final TreeMap<String, ActionDescriptor> actions = new TreeMap<>();

	private long bytes;

	private boolean toldFull;

	/**
	 * Keep the summary of an action, in place of the one of the same name.
	 * @param action the action
	 * @return {@code false} when there is no room; then none of that name is kept
	 */
	boolean put(ActionDescriptor action) {
		remove(action.name());
		ActionDescriptor summary = summary(action);
		long size = size(summary);
		if (this.actions.size() >= MAX || size > MAX_BYTES - this.bytes) {
			return false;
		}
		this.actions.put(summary.name(), summary);
		this.bytes += size;
		return true;
	}

	/**
	 * Whether nobody was told yet that an action has no room: a server may announce one
	 * after the other.
	 */
	boolean tellFull() {
		boolean first = !this.toldFull;
		this.toldFull = true;
		return first;
	}

	void remove(String name) {
		ActionDescriptor removed = this.actions.remove(name);
		if (removed != null) {
			this.bytes -= size(removed);
		}
	}

	Collection<ActionDescriptor> all() {
		return this.actions.values();
	}

	/** Schemas, which a server may send with a summary, are not kept. */
	private static ActionDescriptor summary(ActionDescriptor action) {
		return new ActionDescriptor(action.name(), action.title(), action.description(), action.tags(), action.hints(),
				action.streaming(), null, null, null, action.result());
	}

	private static long size(ActionDescriptor action) {
		List<@Nullable String> texts = new ArrayList<>(action.tags());
		texts.add(action.name());
		texts.add(action.title());
		texts.add(action.description());
		// Two bytes for each character: one that is not Latin makes all of them so wide.
		return ACTION + texts.stream().mapToLong((text) -> (text != null) ? TEXT + 2L * text.length() : 0).sum();
	}

}
