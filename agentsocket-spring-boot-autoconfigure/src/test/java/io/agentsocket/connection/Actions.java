package io.agentsocket.connection;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ActionView;
import io.agentsocket.action.ResultShape;
import org.jspecify.annotations.Nullable;

/**
 * The actions of one side of a test.
 */
final class Actions implements ActionView {

	private final Map<String, Action> byName = new ConcurrentHashMap<>();

	/** Thrown when an action is looked for, as by a predicate of the application. */
	@Nullable RuntimeException failing;

	Actions value(String name, ActionHandler handler) {
		return add(name, ResultShape.VALUE, false, handler);
	}

	Actions text(String name, ActionHandler handler) {
		return add(name, ResultShape.TEXT, false, handler);
	}

	Actions items(String name, ActionHandler handler) {
		return add(name, ResultShape.ITEMS, false, handler);
	}

	Actions bytes(String name, ActionHandler handler) {
		return add(name, ResultShape.BYTES, false, handler);
	}

	/** An action that takes items of its caller. */
	Actions taking(String name, ResultShape shape, ActionHandler handler) {
		return add(name, shape, true, handler);
	}

	Actions add(String name, ResultShape shape, boolean takesItems, ActionHandler handler) {
		return add(name, shape, takesItems, ActionHints.NONE, handler);
	}

	Actions add(String name, ResultShape shape, boolean takesItems, ActionHints hints, ActionHandler handler) {
		this.byName.put(name,
				Action.named(name)
					.result(shape)
					.hints(hints)
					.items(takesItems ? Map.of("type", List.of("string", "integer")) : null)
					.handler(handler));
		return this;
	}

	Actions add(Action action) {
		this.byName.put(action.name(), action);
		return this;
	}

	@Override
	public @Nullable Action find(String name) {
		if (this.failing != null) {
			throw this.failing;
		}
		return this.byName.get(name);
	}

	@Override
	public Collection<Action> actions() {
		return new ArrayList<>(new TreeMap<>(this.byName).values());
	}

}
