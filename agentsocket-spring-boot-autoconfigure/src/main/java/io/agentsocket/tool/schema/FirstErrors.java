package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import com.networknt.schema.Error;
import com.networknt.schema.ExecutionContext;

/**
 * The first mistakes of a value, after which nobody looks for others: a value may have a
 * million of them, which take seconds to find and to word, and much memory.
 */
final class FirstErrors extends ExecutionContext {

	/** Many times as many as an answer has room for. */
	private static final int MOST = 1000;

	private final Full list = new Full();

	FirstErrors() {
		setErrors(this.list);
	}

	/** The mistakes that were found. */
	List<Error> list() {
		return this.list;
	}

	/** Whether there may be others. */
	boolean isFull() {
		return this.list.size() >= MOST;
	}

	/** Mistakes of one of several alternatives may not count: then nothing ends. */
	@Override
	public void addError(Error error) {
		boolean counts = getErrors() == this.list || getErrors().size() < MOST;
		if (counts && isAsserted(error)) {
			super.addError(error);
		}
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

		@Override
		public boolean add(Error error) {
			super.add(error);
			return endIfEnough();
		}

		@Override
		public boolean addAll(Collection<? extends Error> errors) {
			boolean changed = super.addAll(errors);
			endIfEnough();
			return changed;
		}

		private boolean endIfEnough() {
			if (size() >= MOST) {
				throw new FullException();
			}
			return true;
		}

	}

}
