package io.agentsocket.client;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.SpyStore;
import io.agentsocket.server.TestCluster;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two agents with the resume token of one session, as after a copy of a machine.
 */
class SharedTokenTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final Duration QUIET = Duration.ofMillis(200);

	private final SpyStore store = new SpyStore();

	private final TestCluster cluster = new TestCluster(TestCluster.inMemory(this.store.counting()), Durability.STRICT,
			2, () -> new Action[] { Action.named("hello").handler((exchange) -> Mono.just("world")) });

	private final AgentSocketClient first = client();

	private final AgentSocketClient second = client();

	private AgentSocketClient client() {
		return AgentSocketClient.builder(this.cluster.uri())
			.connectTimeout(TIMEOUT)
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)))
			.build();
	}

	@AfterEach
	void stop() {
		this.first.close().block(TIMEOUT);
		this.second.close().block(TIMEOUT);
		this.cluster.close();
	}

	/** The other client knows what this one knows. */
	private void copy() {
		KnownSession.set(this.second, KnownSession.of(this.first));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1 })
	void laterOneGoesOnAndTheOtherIsToldAndDoesNotComeBack(int pod) {
		Await.end(this.first.connect());
		String session = this.first.sessionId();
		copy();
		this.cluster.target(this.cluster.pod(pod));
		Await.end(this.second.connect());
		assertThat(this.second.sessionId()).isEqualTo(session);
		Await.until(() -> this.first.state() == ConnectionState.REFUSED);
		StepVerifier.create(Await.ended(this.first.invoke("hello").toMono(String.class)))
			.expectErrorSatisfies((error) -> {
				assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
				assertThat(error).hasMessageContaining("4504");
			})
			.verify(TIMEOUT);
		Await.pass(QUIET, "nobody may come back, which would take 20 ms at most");
		assertThat(this.first.state()).isEqualTo(ConnectionState.REFUSED);
		assertThat(this.store.done("claim")).isOne();
		hello(this.second);
		// Asked to, it begins a session of its own and leaves the other one alone.
		Await.end(this.first.connect());
		assertThat(this.first.sessionId()).isNotEqualTo(session);
		hello(this.first);
		hello(this.second);
		assertThat(this.store.done("claim")).isOne();
	}

	@RepeatedTest(10)
	void oneGoesOnWhenBothComeAtOnce() {
		Await.end(this.first.connect());
		String session = this.first.sessionId();
		copy();
		this.cluster.cut();
		this.second.connect().subscribe((nothing) -> {
		}, (error) -> assertThat(error).isInstanceOf(ActionException.class));
		this.cluster.target(this.cluster.pod(1));
		Await.until(() -> isDecided(this.first) && isDecided(this.second) && owners(session).size() == 1);
		Await.pass(QUIET, "nobody may come back, which would take 20 ms at most");
		// A single client has the session. The other one is refused, or was too late for
		// the token.
		Await.until(() -> owners(session).size() == 1);
		List<AgentSocketClient> owners = owners(session);
		hello(owners.get(0));
		AgentSocketClient other = (owners.get(0) == this.first) ? this.second : this.first;
		assertThat(other.state() == ConnectionState.REFUSED || !other.sessionId().equals(session)).isTrue();
		assertThat(this.store.done("claim")).isLessThanOrEqualTo(3);
	}

	private List<AgentSocketClient> owners(String session) {
		return Stream.of(this.first, this.second)
			.filter((client) -> client.state() == ConnectionState.CONNECTED && client.sessionId().equals(session))
			.toList();
	}

	private static boolean isDecided(AgentSocketClient client) {
		return client.state() == ConnectionState.CONNECTED || client.state() == ConnectionState.REFUSED;
	}

	private static void hello(AgentSocketClient client) {
		StepVerifier.create(Await.ended(client.invoke("hello").toMono(String.class)))
			.expectNext("world")
			.expectComplete()
			.verify(TIMEOUT);
	}

}
