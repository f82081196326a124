package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import com.networknt.schema.Error;
import com.networknt.schema.ExecutionContext;
import com.networknt.schema.path.NodePath;

/**
 * The first mistakes of a value, after which nobody looks for others: a value may have a
 * million of them, which take seconds to find and to word, and much memory.
 */
final class FirstErrors extends ExecutionContext {

	/** Many times as many as an answer has room for. */
	private static final int MOST = 1000;

	/**
	 * Characters of places that are longer than an answer tells. The library words whole
	 * places, and remembers what it has worded.
	 */
	private static final long MOST_CHARACTERS = 1_000_000;

	/** It words mistakes of the names in an object, too, whether these count or not. */
	private static final long MOST_UNCOUNTED = 16 * MOST_CHARACTERS;

	private final Full list = new Full();

	private long uncounted;

	FirstErrors() {
		setErrors(this.list);
	}

	/** The mistakes that were found. */
	List<Error> list() {
		return this.list;
	}

	/** Whether there may be others. */
	boolean isFull() {
		return this.list.isFull();
	}

	/** Mistakes of one of several alternatives may not count: then nothing ends. */
	@Override
	public void addError(Error error) {
		if (!isAsserted(error)) {
			return;
		}
		if (getErrors() != this.list) {
			this.uncounted += excess(error);
			if (this.uncounted > MOST_UNCOUNTED) {
				throw new TooMuchWorkException("type");
			}
			if (getErrors().size() >= MOST) {
				return;
			}
		}
		super.addError(error);
	}

	/** Characters of a place, if it is long. */
	private static long excess(Error error) {
		long length = 0;
		for (NodePath path = error.getInstanceLocation(); path != null; path = path.getParent()) {
			length += (path.getElement(-1) instanceof String name) ? name.length() : 0;
		}
		return (length > Violations.MAX_TEXT) ? length : 0;
	}

	/** The binding takes more addresses of mail than the library does. */
	private static boolean isAsserted(Error error) {
		return !error.getKeyword().equals("format") || error.getSchemaNode() == null
				|| !error.getSchemaNode().asString("").equals("email");
	}

	/** Nobody looks for more. */
	static final class FullException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		FullException() {
			super("There are mistakes enough", null, false, false);
		}

	}

	/** Ends the check when it has enough. */
	private static final class Full extends ArrayList<Error> {

		private static final long serialVersionUID = 1L;

		private long characters;

		@Override
		public boolean add(Error error) {
			super.add(error);
			this.characters += excess(error);
			return endIfEnough();
		}

		@Override
		public boolean addAll(Collection<? extends Error> errors) {
			boolean changed = super.addAll(errors);
			errors.forEach((error) -> this.characters += excess(error));
			endIfEnough();
			return changed;
		}

		private boolean endIfEnough() {
			if (isFull()) {
				throw new FullException();
			}
			return true;
		}

		boolean isFull() {
			return size() >= MOST || this.characters >= MOST_CHARACTERS;
		}

	}

}
