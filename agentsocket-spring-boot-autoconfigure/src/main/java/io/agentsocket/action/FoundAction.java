package io.agentsocket.action;

/**
 * An action that was found.
 *
 * @param action the action
 * @param score how well it fits
 */
record FoundAction(Action action, double score) {

	boolean isAfter(double score, String name) {
		return this.score < score || this.score == score && this.action.name().compareTo(name) > 0;
	}

}
