package io.agentsocket.server;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.session.Durability;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Sessions in a shared store that are not to outlive their connection, or hardly.
 */
class SmallTimesTests {

	/** Half a second, less what a timer may be early. */
	private static final Duration RENEWAL = Duration.ofMillis(490);

	/** On a clock that stands: a busy machine would renew a session too late. */
	private final SpyStore store = new SpyStore(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));

	@ParameterizedTest
	@ValueSource(longs = { 0, 1 })
	void sessionIsRenewedNowAndThenAndEndsWithItsConnection(long millis) {
		try (TestCluster cluster = new TestCluster(TestCluster.inMemory(this.store.counting()), Durability.STRICT,
				Duration.ofMillis(millis), 1,
				() -> new Action[] { Action.named("hello").handler((exchange) -> Mono.just("hello")) })) {
			AgentSocketClient client = AgentSocketClient.builder(cluster.uri()).build();
			client.connect().block(Await.LONG);
			String session = client.sessionId();
			long begin = System.nanoTime();
			int before = this.store.done("keep");
			Await.until(() -> this.store.done("keep") >= before + 3);
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(RENEWAL.multipliedBy(2));
			assertThat(client.invoke("hello").toMono(String.class).block(Await.LONG)).isEqualTo("hello");
			assertThat(client.sessionId()).isEqualTo(session);
			cluster.shut();
			Await.until(() -> cluster.pod(0).server().sessions().isEmpty());
			client.close().block(Await.LONG);
		}
	}

}
