package io.agentsocket.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OutboundMessages}.
 */
class OutboundMessagesTests {

	private final AtomicInteger writable = new AtomicInteger();

	private final OutboundMessages messages = new OutboundMessages(new TextSocket(), this.writable::incrementAndGet);

	@Test
	void takesAsManyMessagesAsTheSocketAsksFor() {
		StepVerifier.create(this.messages, 0).expectSubscription().then(() -> {
			assertThat(this.messages.isWritable()).isFalse();
			assertThat(this.writable).hasValue(0);
		})
			.thenRequest(2)
			.then(() -> assertThat(this.writable).hasValue(1))
			.then(() -> this.messages.write(Bytes.utf8("a")))
			.expectNext("a")
			.then(() -> assertThat(this.messages.isWritable()).isTrue())
			.then(() -> this.messages.write(Bytes.utf8("b")))
			.expectNext("b")
			.then(() -> assertThat(this.messages.isWritable()).isFalse())
			.then(this.messages::complete)
			.expectComplete()
			.verify(Await.LONG);
	}

	@Test
	void aSocketThatCanTakesThemOutOfTheQueue() {
		Taking taking = new Taking();
		this.messages.subscribe(taking);
		taking.subscription.request(128);

		this.messages.write(Bytes.utf8("a"));
		this.messages.write(Bytes.utf8("b"));
		assertThat(taking.signals).isEqualTo(2);
		assertThat(taking.subscription).hasSize(2);
		assertThat(taking.takeAll()).containsExactly("a", "b");
		assertThat(taking.subscription.isEmpty()).isTrue();

		this.messages.complete();
		this.messages.write(Bytes.utf8("c"));
		assertThat(taking.takeAll()).isEmpty();
		assertThat(taking.completed).isTrue();
	}

	@Test
	void nothingIsWrittenOnceTheSocketHasCancelled() {
		Taking taking = new Taking();
		this.messages.subscribe(taking);
		taking.subscription.request(1);
		taking.subscription.cancel();

		assertThat(this.messages.isWritable()).isFalse();
		this.messages.write(Bytes.utf8("a"));
		assertThat(taking.takeAll()).isEmpty();
	}

	/** Does what the socket of Reactor Netty does. */
	private static final class Taking implements CoreSubscriber<Object> {

		private Fuseable.@Nullable QueueSubscription<Object> subscription;

		private int signals;

		private boolean completed;

		@Override
		@SuppressWarnings("unchecked")
		public void onSubscribe(Subscription given) {
			this.subscription = (Fuseable.QueueSubscription<Object>) given;
			int mode = this.subscription.requestFusion(Fuseable.ANY | Fuseable.THREAD_BARRIER);
			assertThat(mode).isEqualTo(Fuseable.ASYNC);
		}

		@Override
		public void onNext(@Nullable Object signal) {
			assertThat(signal).isNull();
			this.signals++;
		}

		@Override
		public void onError(Throwable error) {
			throw new AssertionError(error);
		}

		@Override
		public void onComplete() {
			this.completed = true;
		}

		List<Object> takeAll() {
			List<Object> taken = new ArrayList<>();
			for (Object next = this.subscription.poll(); next != null; next = this.subscription.poll()) {
				taken.add(next);
			}
			return taken;
		}

	}

	/** Has texts as messages. */
	private static final class TextSocket implements Socket {

		@Override
		public Executor executor() {
			return Runnable::run;
		}

		@Override
		public Flux<?> receive() {
			return Flux.never();
		}

		@Override
		public void read(Object received, TransportListener listener) {
			throw new UnsupportedOperationException();
		}

		@Override
		public Mono<Void> send(Publisher<Object> messages) {
			return Flux.from(messages).then();
		}

		@Override
		public Object message(Bytes bytes) {
			return bytes.toUtf8();
		}

		@Override
		public void onClose(Runnable told) {
			throw new UnsupportedOperationException();
		}

		@Override
		public void abort() {
			throw new UnsupportedOperationException();
		}

		@Override
		public Mono<Void> close(int code, @Nullable String reason) {
			return Mono.empty();
		}

		@Override
		public Mono<SocketClose> closing() {
			return Mono.empty();
		}

	}

}
