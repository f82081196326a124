package io.agentsocket.action;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Searches whose work a peer could make large.
 */
class LongSearchTests {

	private static final ActionView ACTIONS = view(1000);

	private static ActionView view(int size) {
		List<Action> actions = IntStream.range(0, size)
			.mapToObj((n) -> Action.named("a" + n).description("Does n" + n).handler((exchange) -> Mono.empty()))
			.toList();
		return new ActionView() {

			@Override
			public Action find(String name) {
				return null;
			}

			@Override
			public List<Action> actions() {
				return actions;
			}

		};
	}

	private static ActionQuery query(int words) {
		String text = IntStream.range(0, words).mapToObj((n) -> "n" + n).collect(Collectors.joining(" "));
		return new ActionQuery(text, List.of(), 20, null);
	}

	@Test
	@Timeout(30)
	void longSearchLeavesTheThreadThatItArrivesOn() {
		Set<Thread> threads = ConcurrentHashMap.newKeySet();
		AtomicInteger most = new AtomicInteger();
		Finder finder = new Finder((action, query, words) -> {
			threads.add(Thread.currentThread());
			most.accumulateAndGet(words.size(), Math::max);
			return ActionRanking.standard().score(action, query, words);
		});
		ActionPage page = finder.search(ACTIONS, query(300)).block();
		assertThat(page.total()).isPositive();
		assertThat(threads).hasSize(1).doesNotContain(Thread.currentThread());
		assertThat(most).hasValue(Finder.MAX_WORDS);
	}

	@Test
	void shortSearchIsAnsweredAtOnce() {
		Set<Thread> threads = ConcurrentHashMap.newKeySet();
		Finder finder = new Finder((action, query, words) -> {
			threads.add(Thread.currentThread());
			return 1;
		});
		assertThat(finder.search(view(10), query(3)).block().total()).isEqualTo(10);
		assertThat(threads).containsExactly(Thread.currentThread());
	}

	@Test
	void wordThatIsRepeatedCountsOnce() {
		AtomicInteger most = new AtomicInteger();
		Finder finder = new Finder((action, query, words) -> {
			most.set(words.size());
			return 1;
		});
		finder.find(view(1), new ActionQuery("a  b a B\tb", List.of(), 20, null));
		assertThat(most).hasValue(2);
	}

}
