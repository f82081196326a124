package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.agentsocket.protocol.Bytes;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer whose session has another owner, and that cannot bring its messages there.
 */
class InboxRetriesTests {

	private static final Duration TICK = Duration.ofMillis(10);

	private static final class Store extends QuietStorage {

		private final List<Bytes> messages = new ArrayList<>();

		private int attempts;

		private boolean away = true;

		@Override
		public Mono<Void> push(Bytes message, Bytes wake) {
			this.attempts++;
			if (this.away) {
				return Mono.error(new IllegalStateException("away"));
			}
			this.messages.add(message);
			return Mono.empty();
		}

	}

	/** Ticks at which a peer has tried, in 20 s. */
	private static List<Integer> attempts(Store store, RawPeer raw) {
		List<Integer> ticks = new ArrayList<>();
		raw.peer.otherPods().moved(2);
		raw.peer.events().send("later", "b");
		raw.settle();
		int before = 0;
		for (int i = 0; i < 2000; i++) {
			if (store.attempts > before) {
				before = store.attempts;
				ticks.add(i);
			}
			raw.advance(TICK);
		}
		return ticks;
	}

	@Test
	void messageIsBroughtLessAndLessOftenAndOnceInTheEnd() {
		Store store = new Store();
		RawPeer raw = RawPeer.ofServer(store);
		List<Integer> ticks = attempts(store, raw);
		// After 0.2, 0.4, 0.8, 1.6 and then each 2 s, or half of that.
		assertThat(ticks).hasSizeBetween(11, 23);
		assertThat(ticks.get(1) - ticks.get(0)).isBetween(10, 21);
		for (int i = 6; i < ticks.size(); i++) {
			assertThat(ticks.get(i) - ticks.get(i - 1)).isBetween(100, 201);
		}
		store.away = false;
		raw.advance(Duration.ofSeconds(2));
		assertThat(store.messages).hasSize(1);
	}

	@Test
	void sessionsThatMetTheSameOutageDoNotComeBackTogether() {
		Set<List<Integer>> courses = new HashSet<>();
		for (int i = 0; i < 10; i++) {
			Store store = new Store();
			courses.add(attempts(store, RawPeer.ofServer(store)));
		}
		assertThat(courses).hasSizeGreaterThan(5);
	}

}
