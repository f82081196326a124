package io.agentsocket.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.session.Durability;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A session that moves while its agent takes nothing: a message of a follower may have
 * left its owner in part.
 */
class SlowAgentMoveTests {

	private static final int ITEMS = 12_000;

	/**
	 * Twelve of them are not all, however long the agent may read; more than a window.
	 */
	private static final int PART = 900;

	private static final Duration TIMEOUT = Await.LONG;

	private Action[] actions() {
		return new Action[] { Action.named("lines")
			.result(ResultShape.TEXT)
			.handler((exchange) -> Flux.range(0, ITEMS).map(SlowAgentMoveTests::line)) };
	}

	/** A line whose length has nothing to do with that of messages; some need PARTs. */
	private static String line(int i) {
		return i + ":" + "x".repeat((i % 50 == 49) ? 40_000 : 700 + 37 * i % 601);
	}

	@ParameterizedTest
	@EnumSource(Durability.class)
	void agentGetsEachItemOnce(Durability durability) {
		try (TestCluster cluster = new TestCluster(durability, 2, this::actions)) {
			AgentSocketClient client = AgentSocketClient.builder(cluster.uri())
				.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)))
				.build();
			Await.end(client.connect());
			List<Integer> numbers = Collections.synchronizedList(new ArrayList<>());
			cluster.stall();
			Reader reader = new Reader();
			client.invoke("lines").toFlux(String.class).doOnNext((line) -> {
				int i = Integer.parseInt(line.substring(0, line.indexOf(':')));
				numbers.add(line.equals(line(i)) ? i : -1);
			}).subscribe(reader);
			for (int i = 1; i <= 12; i++) {
				cluster.target(cluster.pod(i % 2));
				cluster.cut();
				Await.pass(Duration.ofMillis(30), "some moves are over by then, and others are not");
				cluster.goOn();
				reader.request(PART);
				Await.pass(Duration.ofMillis(10), "the agent reads a part");
				cluster.stall();
				// The window is closed in the middle of something.
				Await.pass(Duration.ofMillis(50), "the window closes");
			}
			assertThat(numbers).hasSizeLessThan(ITEMS);
			reader.requestUnbounded();
			cluster.goOn();
			cluster.cut();
			reader.end.asMono().block(TIMEOUT);
			assertThat(numbers).isEqualTo(IntStream.range(0, ITEMS).boxed().toList());
			client.close().block(TIMEOUT);
		}
	}

	/** Takes what it is told to take. */
	private static final class Reader extends BaseSubscriber<String> {

		private final Sinks.Empty<Void> end = Sinks.empty();

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			request(1);
		}

		@Override
		protected void hookOnComplete() {
			this.end.tryEmitEmpty();
		}

		@Override
		protected void hookOnError(Throwable error) {
			this.end.tryEmitError(error);
		}

	}

}
