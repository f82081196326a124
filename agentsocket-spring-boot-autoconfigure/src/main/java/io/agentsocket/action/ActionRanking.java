package io.agentsocket.action;

import java.util.List;

/**
 * Decides how well an action answers a search. Called for every action that the session
 * sees and whose tags match, on the event loop or, for a long search, on a thread that
 * all searches share: fast and without blocking.
 */
@FunctionalInterface
public interface ActionRanking {

	/**
	 * Rate an action.
	 * @param action the action
	 * @param query the whole query in lower case, not empty
	 * @param words the different words of the query in lower case, at least one and at
	 * most 32
	 * @return a finite number: the higher the better; an action with 0 or less is not
	 * found
	 */
	double score(Action action, String query, List<String> words);

	/**
	 * The ranking that the protocol documents: 8 if the query is the name; for every word
	 * of the query 4 if the name contains it, 3 if the title does, 2 if a tag does, 1 if
	 * the description does.
	 * @return the ranking of section 17.1 of {@code docs/protocol.md}
	 */
	static ActionRanking standard() {
		return WordRanking::score;
	}

}
