package io.agentsocket.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.Durability;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.SessionStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two HELLOs of an agent whose claims are granted in their order and answered in the
 * other one: the agent has given the first connection up.
 */
class LateAttachTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final AtomicInteger claims = new AtomicInteger();

	private final AtomicInteger granted = new AtomicInteger();

	/** The answer to this claim waits. */
	private volatile int late;

	private final Sinks.Empty<Void> gate = Sinks.empty();

	private final TestCluster cluster = new TestCluster(
			TestCluster.inMemory(claimsInAnyOrder(InMemorySessionStore.shared(Clock.systemUTC()))), Durability.STRICT,
			2, () -> new Action[] { Action.named("echo").handler((exchange) -> Mono.just("heard")) });

	/** Where the session was before the two. */
	enum Before {

		HERE, ELSEWHERE

	}

	private SessionStore claimsInAnyOrder(SessionStore store) {
		return (SessionStore) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { SessionStore.class },
				(proxy, method, args) -> {
					try {
						Object result = method.invoke(store, args);
						return method.getName().equals("claim") ? late((Mono<?>) result) : result;
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
	}

	private Mono<?> late(Mono<?> claim) {
		return Mono.defer(() -> {
			boolean waits = this.claims.incrementAndGet() == this.late;
			Mono<?> done = claim.doOnNext((present) -> this.granted.incrementAndGet());
			return waits ? done.flatMap((present) -> this.gate.asMono().thenReturn(present)) : done;
		});
	}

	@AfterEach
	void stop() {
		this.cluster.close();
	}

	@ParameterizedTest
	@EnumSource
	void laterHelloKeepsTheSession(Before before) throws InterruptedException {
		int port = this.cluster.pod((before == Before.HERE) ? 0 : 1).port();
		try (RawSocket first = new RawSocket(this.cluster.pod(0).port(), RawAgent.CBOR.subProtocol());
				RawSocket late = new RawSocket(port, RawAgent.CBOR.subProtocol());
				RawSocket later = new RawSocket(port, RawAgent.CBOR.subProtocol())) {
			Welcome opened = RawAgent.open(first);
			this.late = 1;
			late.send(RawAgent.hello(RawAgent.resume(opened, 1)));
			Await.until(() -> this.granted.get() == 1);
			later.send(RawAgent.hello(RawAgent.resume(opened, 2)));
			Welcome resumed = RawAgent.welcome(later);
			assertThat(resumed.status()).isEqualTo(Welcome.Status.RESUMED);
			assertThat(resumed.session()).isEqualTo(opened.session());
			this.gate.tryEmitEmpty();
			RawSocket.Received closed = late.next(TIMEOUT);
			assertThat(closed).isNotNull();
			// An agent that has not given it up comes back.
			assertThat(closed.closeCode()).isEqualTo(CloseCode.SEQUENCE.code());
			later.send(RawAgent.message(new Frame.Invoke(1, true, Frame.Ref.name("echo"), Bytes.EMPTY, Bytes.EMPTY)));
			assertThat(answer(later)).isEqualTo("heard");
			Await.until(() -> this.cluster.pod(0).server().sessions().size()
					+ this.cluster.pod(1).server().sessions().size() == 1);
		}
	}

	private static String answer(RawSocket socket) throws InterruptedException {
		while (true) {
			FrameReader reader = new FrameReader(Bytes.of(RawAgent.next(socket)), Limits.CLIENT);
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				if (frame instanceof Frame.Item item) {
					return RawAgent.CBOR.decode(item.body(), String.class);
				}
			}
		}
	}

}
