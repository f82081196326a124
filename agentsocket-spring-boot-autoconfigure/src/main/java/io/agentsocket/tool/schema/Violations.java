package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;

/**
 * Collects violations, as many as fit into the metadata of an ERROR frame.
 */
public final class Violations {

	private static final int MAX_CHARS = 3000;

	/** Characters of a text that an answer tells. */
	static final int MAX_TEXT = 300;

	/** Left out ones that are counted. */
	private static final int MAX_OMITTED = 1000;

	private final List<Violation> list = new ArrayList<>();

	private int chars;

	private boolean more;

	private final Set<String> omitted = new HashSet<>();

	/**
	 * Add a violation, unless one of the same rule is there for the same value.
	 * @param pointer JSON pointer
	 * @param rule the broken rule
	 * @param message the mend
	 */
	public void add(String pointer, String rule, String message) {
		add(pointer, rule, () -> message);
	}

	/**
	 * Add a violation, unless one of the same rule is there for the same value.
	 * @param pointer JSON pointer
	 * @param rule the broken rule
	 * @param message gives the mend, if there is room for it: some are as long as the
	 * value
	 */
	void add(String pointer, String rule, Supplier<String> message) {
		String at = cut(pointer);
		if (this.list.stream().anyMatch((other) -> other.pointer().equals(at) && other.rule().equals(cut(rule)))) {
			return;
		}
		int size = at.length() + rule.length() + 40;
		if (this.chars + size > MAX_CHARS) {
			omit(at);
			return;
		}
		Violation violation = new Violation(at, cut(rule), cut(message.get()));
		for (Violation other : this.list) {
			if (other.pointer().equals(at) && other.message().equals(violation.message())) {
				return;
			}
		}
		size += violation.message().length();
		if (this.chars + size > MAX_CHARS) {
			omit(at);
			return;
		}
		this.chars += size;
		this.list.add(violation);
	}

	private void omit(String pointer) {
		if (!isFull()) {
			this.omitted.add(pointer);
		}
	}

	/**
	 * Whether a value or something in it is already reported.
	 * @param pointer pointer to the value
	 * @return {@code true} when a violation points to it, into it or to its container
	 */
	public boolean covers(String pointer) {
		return isCovered(cut(pointer));
	}

	private boolean isCovered(String pointer) {
		if (this.omitted.contains(pointer)) {
			return true;
		}
		for (Violation violation : this.list) {
			String other = violation.pointer();
			if (other.equals(pointer) || other.startsWith(pointer + "/") || pointer.startsWith(other + "/")) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Add these violations to others, except those of values that are already reported.
	 * @param others gets them
	 */
	public void addTo(Violations others) {
		for (Violation violation : this.list) {
			if (!others.covers(violation.pointer())) {
				others.add(violation.pointer(), violation.rule(), violation.message());
			}
		}
	}

	public boolean isEmpty() {
		return this.list.isEmpty();
	}

	/** There are more of them, which nobody has looked for. */
	void more() {
		this.more = true;
	}

	/** Whether so many are left out that nobody asks for their number. */
	public boolean isFull() {
		return this.more || this.omitted.size() >= MAX_OMITTED;
	}

	/**
	 * The collected violations.
	 * @return the violations in their order
	 */
	public List<Violation> list() {
		return List.copyOf(this.list);
	}

	public ActionException toException() {
		int count = this.list.size() + this.omitted.size();
		String message = this.omitted.isEmpty() ? "The arguments do not fit"
				: "The arguments do not fit, with " + (isFull() ? "more than " : "") + count + " violations";
		// Arguments are bound before the method is entered.
		return new ActionException(ErrorCode.INVALID_ARGUMENT, message).withViolations(this.list).notRun();
	}

	private static String cut(String text) {
		if (text.length() <= MAX_TEXT) {
			return text;
		}
		boolean pair = Character.isHighSurrogate(text.charAt(MAX_TEXT - 1));
		return text.substring(0, pair ? MAX_TEXT - 1 : MAX_TEXT) + "...";
	}

	/**
	 * Appends a step to a JSON pointer. A name may be as long as a payload, and each
	 * mistake behind it has a pointer of its own: so nothing is appended to a pointer
	 * that is longer than a violation tells, nor more of a name.
	 * @param pointer the pointer so far
	 * @param name name of a property, or an index
	 * @return the pointer
	 */
	public static String step(String pointer, Object name) {
		if (pointer.length() > MAX_TEXT) {
			return pointer;
		}
		String step = name.toString();
		// With one more character it is seen to be cut.
		String told = (step.length() > MAX_TEXT) ? step.substring(0, MAX_TEXT + 1) : step;
		return pointer + "/" + told.replace("~", "~0").replace("/", "~1");
	}

}
