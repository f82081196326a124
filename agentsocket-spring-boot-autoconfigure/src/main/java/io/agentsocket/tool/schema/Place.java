package io.agentsocket.tool.schema;

import java.util.ArrayDeque;
import java.util.Deque;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * The place of a value within another one. A name in it may be as long as a payload, and
 * a million values may be behind one name: no place holds a copy of it. Immutable.
 */
public final class Place {

	/** The place of a value as a whole. */
	public static final Place ROOT = new Place(null, "");

	private final @Nullable Place parent;

	private final Object step;

	private Place(@Nullable Place parent, Object step) {
		this.parent = parent;
		this.step = step;
	}

	/**
	 * A place in a value that is here.
	 * @param name name of a property, or an index
	 * @return that place
	 */
	public Place step(Object name) {
		return new Place(this, name);
	}

	/**
	 * The place of the value that holds the one here.
	 * @return that place, of a value as a whole the same
	 */
	public Place parent() {
		return (this.parent != null) ? this.parent : this;
	}

	/**
	 * The value that is here.
	 * @param root the value as a whole
	 * @return the value, a missing one when there is none
	 */
	public JsonNode in(JsonNode root) {
		if (this.parent == null) {
			return root;
		}
		JsonNode holder = this.parent.in(root);
		if (!holder.isArray()) {
			return holder.path(this.step.toString());
		}
		return (this.step instanceof Integer index) ? holder.path(index) : MissingNode.getInstance();
	}

	/**
	 * The place as a text.
	 * @return a JSON pointer, or the beginning of one that is longer than a violation
	 * tells
	 */
	public String pointer() {
		Deque<Object> steps = new ArrayDeque<>();
		for (Place place = this; place.parent != null; place = place.parent) {
			steps.push(place.step);
		}
		String pointer = "";
		for (Object step : steps) {
			pointer = Violations.step(pointer, step);
		}
		return pointer;
	}

}
