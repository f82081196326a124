package io.agentsocket.tool;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Tools are declared wrongly. Holds all mistakes of all tools, so that they can be
 * corrected in one go.
 */
public final class InvalidToolsException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final transient List<Problem> problems;

	/**
	 * Create an exception.
	 * @param problems all mistakes
	 */
	public InvalidToolsException(List<Problem> problems) {
		super(problems.stream()
			.map(Problem::toString)
			.collect(Collectors.joining("\n  ", "Tools are declared wrongly:\n  ", "")));
		this.problems = List.copyOf(problems);
	}

	/**
	 * The mistakes.
	 * @return all of them, in the order of beans and methods
	 */
	public List<Problem> problems() {
		return (this.problems != null) ? this.problems : List.of();
	}

	/**
	 * One mistake.
	 *
	 * @param bean name of the bean
	 * @param method the method, as in its source: class, name and simple parameter types
	 * @param problem what is wrong
	 * @param action what to do about it
	 */
	public record Problem(String bean, String method, String problem, String action) {

		@Override
		public String toString() {
			return this.method + " (bean '" + this.bean + "'): " + this.problem + " " + this.action;
		}

	}

}
