package io.agentsocket.action;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Searches a view. Describes only the actions of the page that it returns. A search that
 * takes more than a moment runs on a thread of its own, so that no session can hold up an
 * event loop; as many as wait for it are bounded, and so are those of one session.
 * Thread-safe.
 */
final class Finder {

	private static final Comparator<FoundAction> ORDER = Comparator.comparingDouble(FoundAction::score)
		.reversed()
		.thenComparing((match) -> match.action().name());

	/** Words of a query that count: people search with less, and sentences with more. */
	static final int MAX_WORDS = 32;

	/**
	 * Ratings of one word in one action that are done where the search arrives: about a
	 * tenth of a millisecond.
	 */
	private static final int AT_ONCE = 1_000;

	/** Searches that wait for their turn, beyond which others are refused. */
	private static final int MAX_WAITING = 1_000;

	/** A single thread: the other processors are left to the event loops. */
	private static final Scheduler SEARCHES = Schedulers.newBoundedElastic(1, MAX_WAITING, "agentsocket-find", 60,
			true);

	/** The thread serves all finders of the process, and so do its places. */
	private static final SearchQuota QUOTA = new SearchQuota(MAX_WAITING);

	private final ActionRanking ranking;

	Finder(ActionRanking ranking) {
		this.ranking = ranking;
	}

	/**
	 * Search.
	 * @param view the actions that the session sees
	 * @param query the search
	 * @param exchange the invocation that searches
	 * @return the page; fails with RESOURCE_EXHAUSTED when too many searches wait
	 */
	Mono<ActionPage> search(ActionView view, ActionQuery query, AgentExchange exchange) {
		Mono<ActionPage> search = Mono.fromSupplier(() -> find(view, query));
		if ((long) view.actions().size() * words(text(query)).size() <= AT_ONCE) {
			return search;
		}
		return Mono.defer(() -> {
			Runnable giveBack = QUOTA.take(exchange);
			// Given back before the page is sent, as the next search may come at once.
			return (giveBack != null)
					? Mono.using(() -> giveBack, (taken) -> search.subscribeOn(SEARCHES), Runnable::run)
					: Mono.error(tooMany());
		}).onErrorMap(RejectedExecutionException.class, (ex) -> tooMany().withCause(ex));
	}

	private static ActionException tooMany() {
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many searches wait").retryable().notRun();
	}

	private static String text(ActionQuery query) {
		return query.query().strip().toLowerCase(Locale.ROOT);
	}

	/** The different words of a query, as many as count. */
	private static List<String> words(String text) {
		return text.isEmpty() ? List.of() : Arrays.stream(text.split("\\s+")).distinct().limit(MAX_WORDS).toList();
	}

	ActionPage find(ActionView view, ActionQuery query) {
		Cursor after = (query.cursor() != null) ? Cursor.decode(query, query.cursor()) : null;
		List<FoundAction> matches = matches(view, query);
		int from = (after != null) ? after.position(matches) : 0;
		int to = Math.min(from + query.limit(), matches.size());
		List<ActionDescriptor> page = new ArrayList<>(to - from);
		for (FoundAction match : matches.subList(from, to)) {
			page.add(ActionDescriptor.of(match.action()));
		}
		String next = (to < matches.size()) ? Cursor.encode(query, matches.get(to - 1)) : null;
		return new ActionPage(page, matches.size(), next);
	}

	private List<FoundAction> matches(ActionView view, ActionQuery query) {
		String text = text(query);
		List<String> words = words(text);
		List<FoundAction> matches = new ArrayList<>();
		for (Action action : view.actions()) {
			if (!action.tags().containsAll(query.tags())) {
				continue;
			}
			double score = words.isEmpty() ? 1 : this.ranking.score(action, text, words);
			if (score > 0) {
				matches.add(new FoundAction(action, score));
			}
		}
		matches.sort(ORDER);
		return matches;
	}

}
