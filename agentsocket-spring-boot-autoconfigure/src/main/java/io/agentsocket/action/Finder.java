package io.agentsocket.action;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Searches a view. Describes only the actions of the page that it returns.
 */
final class Finder {

	private static final Comparator<Match> ORDER = Comparator.comparingDouble(Match::score)
		.reversed()
		.thenComparing((match) -> match.action().name());

	private final ActionRanking ranking;

	Finder(ActionRanking ranking) {
		this.ranking = ranking;
	}

	ActionPage find(ActionView view, ActionQuery query) {
		Cursor after = (query.cursor() != null) ? Cursor.decode(query, query.cursor()) : null;
		List<Match> matches = matches(view, query);
		int from = (after != null) ? after.position(matches) : 0;
		int to = Math.min(from + query.limit(), matches.size());
		List<ActionDescriptor> page = new ArrayList<>(to - from);
		for (Match match : matches.subList(from, to)) {
			page.add(ActionDescriptor.of(match.action()));
		}
		String next = (to < matches.size()) ? Cursor.encode(query, matches.get(to - 1)) : null;
		return new ActionPage(page, matches.size(), next);
	}

	private List<Match> matches(ActionView view, ActionQuery query) {
		String text = query.query().strip().toLowerCase(Locale.ROOT);
		List<String> words = text.isEmpty() ? List.of() : Arrays.asList(text.split("\\s+"));
		List<Match> matches = new ArrayList<>();
		for (Action action : view.actions()) {
			if (!action.tags().containsAll(query.tags())) {
				continue;
			}
			double score = words.isEmpty() ? 1 : this.ranking.score(action, text, words);
			if (score > 0) {
				matches.add(new Match(action, score));
			}
		}
		matches.sort(ORDER);
		return matches;
	}

	/**
	 * An action that was found.
	 *
	 * @param action the action
	 * @param score how well it fits
	 */
	record Match(Action action, double score) {

		boolean isAfter(double score, String name) {
			return this.score < score || this.score == score && this.action.name().compareTo(name) > 0;
		}

	}

}
