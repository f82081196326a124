package io.agentsocket.client;

import java.util.Collection;
import java.util.TreeMap;

import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.DescriptorSize;

/**
 * Summaries of the actions of a server by their names, bounded in number and in bytes
 * whatever the server sends. Not thread-safe.
 */
final class KnownActions {

	/** Actions that are kept. */
	static final int MAX = 10_000;

	/** Bytes of the heap that they take: 1,600 for each of so many. */
	static final int MAX_BYTES = 16 * 1024 * 1024;

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
		long size = DescriptorSize.of(summary.name(), summary);
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
			this.bytes -= DescriptorSize.of(name, removed);
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

}
