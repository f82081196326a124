package io.agentsocket.server;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events of an agent whose numbers are not stored yet when its session moves, or ends.
 */
class AgentEventTests {

	private static final byte[] EVENT = RawAgent
		.message(new Frame.Event(Frame.Ref.name("news"), Bytes.EMPTY, Bytes.EMPTY));

	/** May run twice, so it starts before anything is stored. */
	private static final byte[] INVOKE = RawAgent
		.message(new Frame.Invoke(1, true, Frame.Ref.name("seen"), Bytes.EMPTY, Bytes.EMPTY));

	private final CountDownLatch seen = new CountDownLatch(1);

	private final Queue<String> events = new ConcurrentLinkedQueue<>();

	private final TestCluster cluster = new TestCluster(Durability.STRICT, 2,
			(pod, builder) -> builder.events((session, codec, loop) -> (name, payload) -> this.events.add(pod)),
			() -> new Action[] { Action.named("seen")
				.hints(new ActionHints(true, false, false, false, false, null))
				.handler((exchange) -> {
					this.seen.countDown();
					return Mono.just("yes");
				}) });

	@AfterEach
	void stop() {
		this.cluster.releaseAll();
		this.cluster.close();
	}

	@Test
	void eventThatIsSentAgainToTheNextOwnerIsDeliveredOnce() throws InterruptedException {
		try (RawSocket first = new RawSocket(this.cluster.pod(0).port(), RawAgent.CBOR.subProtocol());
				RawSocket second = new RawSocket(this.cluster.pod(1).port(), RawAgent.CBOR.subProtocol())) {
			Welcome opened = RawAgent.open(first);
			this.cluster.pod(0).hold();
			first.send(EVENT);
			first.send(INVOKE);
			assertThat(this.seen.await(Await.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
			second.send(RawAgent.hello(new Hello.Resume(opened.session(), opened.token(), opened.log(), 0, 2, 1, 1)));
			Welcome resumed = RawAgent.welcome(second);
			assertThat(resumed.status()).isEqualTo(Welcome.Status.RESUMED);
			assertThat(resumed.rx()).isZero();
			second.send(EVENT);
			Await.until(() -> !this.events.isEmpty());
			this.cluster.pod(0).release();
			Await.until(() -> this.cluster.pod(0).server().sessions().isEmpty());
			assertThat(this.events).containsExactly("pod2");
		}
	}

	@Test
	void eventRightBeforeTheEndIsDelivered() throws InterruptedException {
		try (RawSocket socket = new RawSocket(this.cluster.pod(0).port(), RawAgent.CBOR.subProtocol())) {
			RawAgent.open(socket);
			this.cluster.pod(0).hold();
			socket.send(EVENT);
			socket.send(RawAgent.message(new Frame.GoAway(0, 0, 0, "")));
			Await.until(() -> !this.events.isEmpty());
			assertThat(this.events).containsExactly("pod1");
		}
	}

}
