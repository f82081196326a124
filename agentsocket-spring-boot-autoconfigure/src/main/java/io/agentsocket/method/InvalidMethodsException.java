package io.agentsocket.method;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Annotated methods are declared wrongly. Holds all mistakes of all of them, so that they
 * can be corrected in one go.
 */
public abstract class InvalidMethodsException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String title;

	private final transient List<Problem> problems;

	/**
	 * Create an exception.
	 * @param title the fault as a whole, without punctuation
	 * @param problems all mistakes
	 */
	protected InvalidMethodsException(String title, List<Problem> problems) {
		super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n  ", title + ":\n  ", "")));
		this.title = title;
		this.problems = List.copyOf(problems);
	}

	/**
	 * Summary of the mistakes.
	 * @return a sentence without punctuation
	 */
	public String title() {
		return this.title;
	}

	/**
	 * The mistakes.
	 * @return all of them, in the order of beans and methods
	 */
	public List<Problem> problems() {
		return (this.problems != null) ? this.problems : List.of();
	}

	/**
	 * A mistake.
	 *
	 * @param bean name of the bean
	 * @param method the method, as in its source: class, name and simple parameter types
	 * @param problem the mistake
	 * @param action the mend
	 */
	public record Problem(String bean, String method, String problem, String action) {

		@Override
		public String toString() {
			return this.method + " (bean '" + this.bean + "'): " + this.problem + " " + this.action;
		}

	}

}
