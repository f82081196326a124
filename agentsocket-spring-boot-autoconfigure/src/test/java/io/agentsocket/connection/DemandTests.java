package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.Commit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A socket is handed no more messages than it asked for, also when they wait for the
 * store; and the time that finding a session takes is a part of the time of a call.
 */
class DemandTests {

	/** Commits when the test says so. */
	private static final class SlowStore extends QuietStorage {

		private final ArrayDeque<MonoSink<Void>> commits = new ArrayDeque<>();

		@Override
		public Mono<Void> commit(Commit commit) {
			return Mono.create(this.commits::add);
		}

	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void durableMessagesWaitUntilTheSocketAsksForThem(boolean slow) {
		SlowStore store = new SlowStore();
		RawPeer raw = RawPeer.ofServer(slow ? store : new QuietStorage());
		// Each item fills more than half of a message.
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 10).map((n) -> {
			byte[] item = new byte[10_000];
			item[0] = n.byteValue();
			return item;
		}));
		raw.transport.demand = 1;
		raw.send(RawPeer.invoke(1, "flood"));
		List<Integer> seen = new ArrayList<>();
		for (int i = 0; i < 60 && seen.size() < 10; i++) {
			if (!store.commits.isEmpty()) {
				store.commits.poll().success();
			}
			raw.settle();
			assertThat(raw.transport.demand).isBetween(0, 1);
			raw.allFrames()
				.stream()
				.filter((frame) -> frame instanceof Frame.Item item && !item.body().isEmpty())
				.forEach((frame) -> seen.add((int) ((Frame.Item) frame).body().toArray()[0]));
			if (raw.transport.demand == 0) {
				raw.transport.demand = 1;
				raw.peer.writable();
				raw.settle();
			}
		}
		assertThat(seen).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
	}

	@Test
	void endOfTheSessionWritesNoMoreThanTheSocketAskedFor() {
		RawPeer raw = RawPeer.ofServer(new SlowStore());
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 10).map((n) -> new byte[10_000]));
		raw.transport.demand = 2;
		raw.send(RawPeer.invoke(1, "flood"));
		raw.peer.end(4503, new ActionException(ErrorCode.CANCELLED, "over"));
		raw.settle();
		assertThat(raw.transport.demand).isNotNegative();
		raw.assertClosed(4503);
	}

	@Test
	void timeToFindTheSessionIsTakenOffTheTimeout() {
		RawPeer raw = RawPeer.ofClient();
		Sinks.One<Peer> route = Sinks.one();
		Peer.invoke(route.asMono(), "a").timeout(Duration.ofSeconds(30)).toMono(String.class).subscribe();
		Await.pass(Duration.ofMillis(60), "what is left of the timeout is measured by the clock of the machine");
		route.tryEmitValue(raw.peer);
		raw.settle();
		Metadata metadata = raw.codec.decodeMetadata(raw.only(Frame.Invoke.class).metadata());
		assertThat(metadata.deadline()).isBetween(1L, 30_000L - 59L);
	}

	@Test
	void timeThatIsUsedUpByFindingTheSessionEndsTheCall() {
		List<Throwable> errors = new ArrayList<>();
		ActionException error = org.assertj.core.api.Assertions.catchThrowableOfType(ActionException.class,
				() -> Peer.invoke(Mono.<Peer>never(), "a")
					.timeout(Duration.ofMillis(20))
					.toMono(String.class)
					.doOnError(errors::add)
					.block(Await.LONG));
		assertThat(error.errorCode()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
		assertThat(error.hasMaybeRun()).isFalse();
		assertThat(errors).hasSize(1);
	}

}
