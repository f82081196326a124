package io.agentsocket.client;

import java.util.ArrayList;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.event.EventListeners;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Frame.Ref;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events that wait for a slow subscriber.
 */
class EventSubscriberTests {

	private static final Codec JSON = JacksonCodec.json();

	private static final Bytes MEGABYTE = JSON.encode("x".repeat(1024 * 1024 - 2));

	private final EventSubscriber<String> subscriber = new EventSubscriber<>("news", String.class);

	private final List<String> changes = new ArrayList<>();

	private final Slow slow = new Slow();

	@Test
	void eventsThatWaitAreBoundedByTheirBytes() {
		subscribe();
		for (int i = 0; i < 4; i++) {
			assertThat(this.subscriber.offer(MEGABYTE)).isTrue();
		}
		assertThat(this.subscriber.offer(JSON.encode("small"))).isFalse();
		this.slow.request(1);
		assertThat(this.subscriber.offer(JSON.encode("small"))).isTrue();
		this.slow.request(100);
		assertThat(this.slow.values).hasSize(5).last().isEqualTo("small");
	}

	@Test
	void eventsThatWaitAreBoundedByTheirNumber() {
		subscribe();
		for (int i = 0; i < 256; i++) {
			assertThat(this.subscriber.offer(JSON.encode(i + ""))).isTrue();
		}
		assertThat(this.subscriber.offer(JSON.encode("256"))).isFalse();
		this.slow.request(300);
		assertThat(this.slow.values).hasSize(256).last().isEqualTo("255");
		assertThat(this.subscriber.offer(JSON.encode("257"))).isTrue();
		assertThat(this.slow.values).last().isEqualTo("257");
	}

	@Test
	void aSingleEventMayAlwaysWait() {
		subscribe();
		assertThat(this.subscriber.offer(JSON.encode("x".repeat(5 * 1024 * 1024)))).isTrue();
		assertThat(this.subscriber.offer(JSON.encode(""))).isFalse();
	}

	@Test
	void eventThatDoesNotFitFreesItsPlace() {
		subscribe();
		this.subscriber.offer(JSON.encode(List.of("no text")));
		this.subscriber.offer(JSON.encode("text"));
		this.slow.request(1);
		assertThat(this.slow.values).containsExactly("text");
	}

	@Test
	void whatWaitsIsTakenBeforeTheEnd() {
		subscribe();
		this.subscriber.offer(JSON.encode("last"));
		this.subscriber.complete();
		assertThat(this.changes).containsExactly("added");
		this.slow.request(1);
		assertThat(this.slow.values).containsExactly("last");
		assertThat(this.changes).containsExactly("added", "removed");
	}

	@Test
	void droppedEventsAreCounted() throws Exception {
		EventListeners listeners = EventListeners.builder().build();
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient agent = AgentSocketClient.builder(server.uri())
				.connectTimeout(Await.LONG)
				.events(listeners::sinkFor)
				.build();
			agent.events("news", String.class).subscribe(this.slow);
			FakeServer.Connection connection = server.accept().welcomeNew();
			assertThat(connection.invoke()).isNotNull();
			Bytes text = FakeServer.CBOR.encode("text");
			for (int i = 0; i < 256 + 3; i++) {
				connection.send(new Frame.Event(Ref.name("news"), Bytes.EMPTY, text));
			}
			Await.until(() -> listeners.counts().overflowed() == 3);
			this.slow.request(300);
			Await.until(() -> this.slow.values.size() == 256);
			Mono<Void> closed = agent.close().cache();
			closed.subscribe();
			connection.close(1000);
			closed.block(Await.LONG);
		}
	}

	private void subscribe() {
		this.subscriber.values(JSON, () -> this.changes.add("added"), () -> this.changes.add("removed"))
			.subscribe(this.slow);
	}

	/** Asks for nothing by itself. */
	private static final class Slow extends BaseSubscriber<String> {

		private final List<String> values = new java.util.concurrent.CopyOnWriteArrayList<>();

		@Override
		protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
			// Nothing yet.
		}

		@Override
		protected void hookOnNext(String value) {
			this.values.add(value);
		}

	}

}
