package io.agentsocket.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.connection.takeover.RecordKey;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Claim;
import io.agentsocket.session.Durability;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.StoredSession;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A pod that takes a session over is told what waits in the inbox from the moment on in
 * which it can be found, and thus perhaps before it knows the session.
 */
class EarlyWakeTests {

	private static final int ITEMS = 400;

	private static final Duration TIMEOUT = Await.LONG;

	private final TestCluster.Backing backing = TestCluster.inMemory(InMemorySessionStore.shared(Clock.systemUTC()));

	private final List<Sinks.Many<PodMessage>> early = new CopyOnWriteArrayList<>();

	private final AtomicInteger takeovers = new AtomicInteger();

	private final List<Thread> wakers = new CopyOnWriteArrayList<>();

	private Action[] actions() {
		return new Action[] { Action.named("numbers")
			.result(ResultShape.ITEMS)
			.handler((exchange) -> Flux.interval(Duration.ofMillis(1)).onBackpressureBuffer().take(ITEMS)) };
	}

	@Test
	void ownerThatIsWokenAtOnceLosesNothing() throws InterruptedException {
		try (TestCluster cluster = new TestCluster(new Waking(), Durability.STRICT, 2, this::actions)) {
			AgentSocketClient client = AgentSocketClient.builder(cluster.uri())
				.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)))
				.build();
			Await.end(client.connect());
			Mono<List<Integer>> numbers = client.invoke("numbers").toFlux(Integer.class).collectList().cache();
			numbers.subscribe();
			for (int i = 1; i <= 16; i++) {
				int before = this.takeovers.get();
				cluster.target(cluster.pod(i % 2));
				cluster.cut();
				Await.until(() -> this.takeovers.get() > before && client.state() == ConnectionState.CONNECTED);
			}
			assertThat(numbers.block(TIMEOUT)).isEqualTo(IntStream.range(0, ITEMS).boxed().toList());
			assertThat(this.takeovers).hasValueGreaterThanOrEqualTo(16);
			client.close().block(TIMEOUT);
		}
		for (Thread waker : this.wakers) {
			waker.join();
		}
	}

	/** The backing of all pods, with someone who wakes each new owner of a session. */
	private final class Waking implements TestCluster.Backing {

		@Override
		public SessionStore store() {
			SessionStore store = EarlyWakeTests.this.backing.store();
			return (SessionStore) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { SessionStore.class }, (proxy, method, args) -> {
						Object result;
						try {
							result = method.invoke(store, args);
						}
						catch (InvocationTargetException ex) {
							throw ex.getCause();
						}
						return method.getName().equals("claim")
								? ((Mono<?>) result).map((claim) -> claimed((Claim) claim, (String) args[3])) : result;
					});
		}

		/** Wakes the new owner, which has so much to read that it takes some time. */
		private Claim claimed(Claim claim, String owner) {
			StoredSession stored = claim.stored();
			if (stored == null) {
				return claim;
			}
			EarlyWakeTests.this.takeovers.incrementAndGet();
			PodMessage message = new PodMessage(PodMessage.Type.WAKE, claim.state().id(), owner, "", Bytes.EMPTY);
			Thread waker = new Thread(() -> {
				long end = System.nanoTime() + Duration.ofMillis(20).toNanos();
				while (System.nanoTime() < end) {
					EarlyWakeTests.this.early.forEach((sink) -> sink.tryEmitNext(message));
				}
			});
			EarlyWakeTests.this.wakers.add(waker);
			waker.start();
			Map<String, Bytes> records = new HashMap<>(stored.records());
			records.put(RecordKey.SUBSCRIPTIONS.key(), Bytes.utf8("news\n".repeat(100_000)));
			return new Claim(claim.state(), claim.previousOwners(), new StoredSession(stored.commit(),
					stored.received(), stored.sent(), stored.acknowledged(), stored.log(), records, stored.taken()));
		}

		@Override
		public SessionAttributes attributes() {
			return EarlyWakeTests.this.backing.attributes();
		}

		@Override
		public PodLink link(String pod) {
			PodLink link = EarlyWakeTests.this.backing.link(pod);
			Sinks.Many<PodMessage> wakes = Sinks.many().multicast().directBestEffort();
			EarlyWakeTests.this.early.add(wakes);
			return new PodLink() {

				@Override
				public String pod() {
					return link.pod();
				}

				@Override
				public Mono<Void> send(String to, PodMessage message) {
					return link.send(to, message);
				}

				@Override
				public Mono<Void> broadcast(PodMessage message) {
					return link.broadcast(message);
				}

				@Override
				public Flux<PodMessage> messages() {
					return Flux.merge(link.messages(), wakes.asFlux());
				}

				@Override
				public Flux<Set<String>> pods() {
					return link.pods();
				}

			};
		}

	}

}
