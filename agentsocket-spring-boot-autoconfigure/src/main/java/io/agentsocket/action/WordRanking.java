package io.agentsocket.action;

import java.util.List;

/**
 * Counts where the words of a query occur. Implements section 17.1 of
 * {@code docs/protocol.md}.
 */
final class WordRanking {

	private static final int EXACT = 8;

	private static final int NAME = 4;

	private static final int TITLE = 3;

	private static final int TAG = 2;

	private static final int DESCRIPTION = 1;

	private WordRanking() {
	}

	/**
	 * Rate an action as an {@code ActionRanking}.
	 * @param action the action
	 * @param query the whole query
	 * @param words its words
	 * @return the score
	 */
	static double score(Action action, String query, List<String> words) {
		SearchText text = action.searchText();
		String name = text.name();
		String title = text.title();
		String description = text.description();
		int score = name.equals(query) ? EXACT : 0;
		for (String word : words) {
			score += name.contains(word) ? NAME : 0;
			score += title.contains(word) ? TITLE : 0;
			score += tagged(text, word) ? TAG : 0;
			score += description.contains(word) ? DESCRIPTION : 0;
		}
		return score;
	}

	private static boolean tagged(SearchText text, String word) {
		for (String tag : text.tags()) {
			if (tag.contains(word)) {
				return true;
			}
		}
		return false;
	}

}
