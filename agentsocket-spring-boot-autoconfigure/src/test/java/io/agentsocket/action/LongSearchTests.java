package io.agentsocket.action;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.session.AgentSession;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

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
	void longSearchLeavesTheThreadThatItArrivesOn() {
		Set<Thread> threads = ConcurrentHashMap.newKeySet();
		AtomicInteger most = new AtomicInteger();
		Finder finder = new Finder((action, query, words) -> {
			threads.add(Thread.currentThread());
			most.accumulateAndGet(words.size(), Math::max);
			return ActionRanking.standard().score(action, query, words);
		});
		ActionPage page = finder.search(ACTIONS, query(300), exchange("s", "p")).block();
		assertThat(page.total()).isPositive();
		assertThat(threads).hasSize(1).doesNotContain(Thread.currentThread());
		assertThat(most).hasValue(Finder.MAX_WORDS);
	}

	private static AgentExchange exchange(String session, String principal) {
		AgentExchange exchange = mock(AgentExchange.class);
		AgentSession agent = mock(AgentSession.class);
		given(agent.id()).willReturn(session);
		given(exchange.session()).willReturn(agent);
		given(exchange.principal()).willReturn(() -> principal);
		return exchange;
	}

	@Test
	void sessionThatSearchesWithoutEndLeavesPlacesToOthers() throws InterruptedException {
		CountDownLatch release = new CountDownLatch(1);
		Finder slow = new Finder((action, query, words) -> {
			Await.until(release);
			return 1;
		});
		AtomicInteger refused = new AtomicInteger();
		CountDownLatch ended = new CountDownLatch(2000);
		// Two thousand of one session, and of another session of the same principal.
		for (int i = 0; i < 2000; i++) {
			slow.search(ACTIONS, query(2), exchange((i < 1000) ? "a" : "b", "alice"))
				.doFinally((signal) -> ended.countDown())
				.subscribe((page) -> {
				}, (error) -> {
					assertThat(((ActionException) error).isNotRun()).isTrue();
					refused.incrementAndGet();
				});
		}
		assertThat(refused).hasValue(2000 - 2 * SearchQuota.OF_SESSION);
		Mono<ActionPage> other = slow.search(ACTIONS, query(2), exchange("c", "bob"));
		release.countDown();
		assertThat(other.block(Await.LONG).total()).isEqualTo(1000);
		Await.until(ended);
	}

	@Test
	void principalHasAQuarterOfThePlaces() {
		SearchQuota quota = new SearchQuota(100);
		List<Runnable> taken = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			Runnable place = quota.take(exchange("s" + i, "alice"));
			if (place != null) {
				taken.add(place);
			}
		}
		assertThat(taken).hasSize(25);
		assertThat(quota.take(exchange("other", "bob"))).isNotNull();
		taken.forEach(Runnable::run);
		assertThat(quota.size()).isOne();
		assertThat(quota.take(exchange("s", "alice"))).isNotNull();
	}

	@Test
	void shortSearchIsAnsweredAtOnce() {
		Set<Thread> threads = ConcurrentHashMap.newKeySet();
		Finder finder = new Finder((action, query, words) -> {
			threads.add(Thread.currentThread());
			return 1;
		});
		assertThat(finder.search(view(10), query(3), exchange("s", "p")).block().total()).isEqualTo(10);
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
