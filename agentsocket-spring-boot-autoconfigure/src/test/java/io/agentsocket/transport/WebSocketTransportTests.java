package io.agentsocket.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.ArgumentCaptor;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.publisher.TestPublisher;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Tests for {@link WebSocketTransport}: every way in which a socket can come to its end,
 * whatever its peer and its library do or do not do.
 */
class WebSocketTransportTests {

	private static final int ABNORMAL = 1006;

	/** Another one than the default. */
	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(3);

	private final VirtualTimeScheduler time = VirtualTimeScheduler.getOrSet();

	private final Listener listener = new Listener();

	private final StubSocket socket = new StubSocket();

	private @Nullable WebSocketTransport transport;

	private boolean done;

	private @Nullable Disposable serving;

	@BeforeEach
	void serve() {
		this.serving = WebSocketTransport.serve(() -> this.socket, CLOSE_TIMEOUT, (created) -> {
			this.transport = created;
			return this.listener;
		}).subscribe(null, null, () -> this.done = true);
	}

	@AfterEach
	void reset() {
		VirtualTimeScheduler.reset();
	}

	private WebSocketTransport transport() {
		assertThat(this.transport).isNotNull();
		return this.transport;
	}

	private void isOpen() {
		assertThat(this.listener.closes).isEmpty();
		assertThat(this.done).isFalse();
	}

	private void isOver(int code) {
		assertThat(this.listener.closes).containsExactly(code);
		assertThat(this.done).isTrue();
		// Nothing is left that could do something later.
		this.time.advanceTimeBy(CLOSE_TIMEOUT.multipliedBy(3));
		assertThat(this.listener.closes).containsExactly(code);
	}

	private void passDeadline() {
		this.time.advanceTimeBy(CLOSE_TIMEOUT.minusMillis(1));
		assertThat(this.socket.aborts).isZero();
		this.time.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.socket.aborts).isEqualTo(1);
	}

	@Test
	void sendsWhatIsWrittenThenTheCloseFrame() {
		this.socket.sending.request(10);
		transport().write(Bytes.utf8("a"));
		transport().write(Bytes.utf8("b"));
		transport().close(CloseCode.DRAIN.code(), "Drained");
		assertThat(this.socket.sent).containsExactly("a", "b", "end");
		assertThat(this.socket.closes).isEmpty();

		this.socket.sendingDone.tryEmitEmpty();
		assertThat(this.socket.closes).containsExactly(4000);
		isOpen();
		this.socket.closingDone.tryEmitEmpty();
		this.socket.inbound.complete();
		this.socket.code.tryEmitValue(4000);
		isOver(4000);
		assertThat(this.socket.aborts).isZero();
	}

	@Test
	void aCloseOfAnotherThreadWaitsForTheThreadOfTheSocket() {
		EventExecutor loop = mock(EventExecutor.class);
		this.socket.executor = loop;
		transport().close(CloseCode.DRAIN.code(), "Drained");
		assertThat(this.socket.sent).isEmpty();
		ArgumentCaptor<Runnable> task = ArgumentCaptor.forClass(Runnable.class);
		verify(loop).execute(task.capture());
		task.getValue().run();
		assertThat(this.socket.sent).containsExactly("end");
	}

	@Test
	void theFirstCodeCounts() {
		transport().close(CloseCode.PROTOCOL.code(), "First");
		transport().close(CloseCode.DRAIN.code(), "Second");
		this.socket.sendingDone.tryEmitEmpty();
		// Messages of the peer are read before a close that blames it.
		assertThat(this.socket.closes).isEmpty();
		this.time.advanceTimeBy(Duration.ofMillis(50));
		assertThat(this.socket.closes).containsExactly(4500);
		this.socket.closingDone.tryEmitEmpty();
		this.socket.inbound.complete();
		this.socket.code.tryEmitValue(1000);
		isOver(4500);
	}

	@Test
	void theDeadlineBeginsAnewWithACloseFrameThatWaitsForMessages() {
		transport().close(CloseCode.PROTOCOL.code(), "Broken");
		this.time.advanceTimeBy(CLOSE_TIMEOUT.minusMillis(1));
		this.socket.sendingDone.tryEmitEmpty();
		this.time.advanceTimeBy(Duration.ofMillis(50));
		assertThat(this.socket.closes).containsExactly(4500);
		passDeadline();
		isOver(4500);
	}

	@Test
	void aDeadlineOfAProcessThatStoodStillDoesNotCostTheCode() {
		transport().close(CloseCode.PROTOCOL.code(), "Broken");
		EventExecutor loop = mock(EventExecutor.class);
		Queue<Runnable> tasks = new ArrayDeque<>();
		doAnswer((call) -> tasks.add(call.getArgument(0))).when(loop).execute(any());
		this.socket.executor = loop;
		// All of this has come to its time when the process goes on.
		this.time.advanceTimeBy(CLOSE_TIMEOUT);
		this.socket.sendingDone.tryEmitEmpty();
		tasks.remove().run();
		this.time.advanceTimeBy(Duration.ofMillis(50));
		tasks.remove().run();
		assertThat(this.socket.closes).containsExactly(4500);
		assertThat(this.socket.aborts).isZero();
		isOpen();
	}

	@Test
	void thePeerCloses() {
		this.socket.inbound.complete();
		assertThat(this.socket.sent).containsExactly("end");
		this.socket.sendingDone.tryEmitEmpty();
		assertThat(this.socket.closes).isEmpty();
		this.socket.code.tryEmitValue(4321);
		isOver(4321);
	}

	@Test
	void theConnectionBreaks() {
		this.socket.inbound.error(new IOException("reset"));
		this.socket.sendingDone.tryEmitError(new IOException("reset"));
		isOpen();
		// The code does not come.
		this.time.advanceTimeBy(Duration.ofMillis(100));
		isOver(ABNORMAL);
	}

	@Test
	void sendingFails() {
		this.socket.sendingDone.tryEmitError(new IOException("reset"));
		this.socket.inbound.complete();
		this.socket.code.tryEmitEmpty();
		isOver(ABNORMAL);
	}

	@Test
	void aFrameThatIsNotAllowedClosesWithItsCode() {
		this.socket.inbound.error(new FrameException(1002, "A reserved bit is set"));
		this.socket.sendingDone.tryEmitEmpty();
		assertThat(this.socket.closes).containsExactly(1002);
	}

	@Test
	void aMessageThatCannotBeReadEndsReceiving() {
		this.listener.failing = true;
		this.socket.inbound.next("x");
		assertThat(this.socket.inbound.wasCancelled()).isTrue();
		this.socket.sendingDone.tryEmitEmpty();
		this.socket.code.tryEmitEmpty();
		isOver(ABNORMAL);
	}

	@Test
	void theServerCancels() {
		assertThat(this.serving).isNotNull();
		this.serving.dispose();
		assertThat(this.socket.inbound.wasCancelled()).isTrue();
		assertThat(this.socket.sendingCancelled).isTrue();
		assertThat(this.listener.closes).containsExactly(ABNORMAL);
		// The peer may not take what the library sends for that.
		passDeadline();
		this.time.advanceTimeBy(CLOSE_TIMEOUT.multipliedBy(2));
		assertThat(this.listener.closes).containsExactly(ABNORMAL);
		assertThat(this.done).isFalse();
	}

	@Test
	void aPeerThatDoesNotReadIsClosedByForce() {
		transport().close(CloseCode.SLOW_CONSUMER.code(), "Slow");
		passDeadline();
		assertThat(this.socket.inbound.wasCancelled()).isTrue();
		assertThat(this.socket.sendingCancelled).isTrue();
		isOver(4002);
	}

	@Test
	void aCloseFrameThatIsNotTakenIsNotWaitedFor() {
		transport().close(CloseCode.KEEPALIVE.code(), "Silent");
		this.socket.sendingDone.tryEmitEmpty();
		assertThat(this.socket.closes).containsExactly(4001);
		passDeadline();
		isOver(4001);
	}

	@Test
	void aPeerThatDoesNotCloseItsSideIsClosedByForce() {
		transport().close(CloseCode.DRAIN.code(), "Drained");
		this.socket.sendingDone.tryEmitEmpty();
		this.socket.closingDone.tryEmitEmpty();
		passDeadline();
		isOver(4000);
	}

	@Test
	void aPeerThatClosesAndDoesNotReadIsClosedByForce() {
		this.socket.inbound.complete();
		passDeadline();
		isOver(ABNORMAL);
	}

	@Test
	void aPeerWhoseCloseFrameIsAllThatComesIsClosedByForce() {
		this.socket.told.run();
		passDeadline();
		isOver(ABNORMAL);
	}

	@Test
	void sendingThatFailedIsTheEndAlthoughThePeerGoesOn() {
		this.socket.sendingDone.tryEmitError(new IOException("broken pipe"));
		passDeadline();
		isOver(ABNORMAL);
	}

	@Test
	void closesByForceWhenTheLibraryNeverSubscribes() {
		StubSocket silent = new StubSocket();
		silent.deaf = true;
		WebSocketTransport.serve(() -> silent, CLOSE_TIMEOUT, (created) -> {
			this.transport = created;
			return this.listener;
		}).subscribe(null, null, () -> this.done = true);
		transport().close(CloseCode.HELLO_TIMEOUT.code(), "Late");
		this.time.advanceTimeBy(CLOSE_TIMEOUT);
		assertThat(silent.aborts).isEqualTo(1);
		isOver(4007);
	}

	@Test
	void aCloseBeforeTheLibrarySubscribesTakesEffectThen() {
		StubSocket late = new StubSocket();
		late.deaf = true;
		WebSocketTransport.serve(() -> late, CLOSE_TIMEOUT, (created) -> {
			this.transport = created;
			return this.listener;
		}).subscribe(null, null, () -> this.done = true);
		transport().close(CloseCode.HELLO_TIMEOUT.code(), "Late");
		late.hear();
		assertThat(late.sent).containsExactly("end");
		late.sendingDone.tryEmitEmpty();
		assertThat(late.closes).containsExactly(4007);
	}

	/** Is told what happens. */
	private static final class Listener implements TransportListener {

		private final List<Integer> closes = new ArrayList<>();

		private boolean failing;

		@Override
		public void message(Bytes message) {
			if (this.failing) {
				throw new IllegalStateException("failing");
			}
		}

		@Override
		public void text() {
		}

		@Override
		public void writable() {
		}

		@Override
		public void closed(int closeCode) {
			this.closes.add(closeCode);
		}

	}

	/** A library that does what a test tells it to do. */
	private static final class StubSocket implements Socket {

		private final TestPublisher<Object> inbound = TestPublisher.create();

		private final List<Object> sent = new ArrayList<>();

		private final Sinks.Empty<Void> sendingDone = Sinks.empty();

		private final Sinks.Empty<Void> closingDone = Sinks.empty();

		private final Sinks.One<Integer> code = Sinks.one();

		private final List<Integer> closes = new ArrayList<>();

		private final BaseSubscriber<Object> sending = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				// Asks for nothing by itself.
			}

			@Override
			protected void hookOnNext(Object message) {
				StubSocket.this.sent.add(message);
			}

			@Override
			protected void hookOnComplete() {
				StubSocket.this.sent.add("end");
			}

		};

		private @Nullable Publisher<Object> messages;

		private Runnable told = () -> {
		};

		private boolean deaf;

		private boolean sendingCancelled;

		private int aborts;

		private Executor executor = Runnable::run;

		@Override
		public Executor executor() {
			return this.executor;
		}

		@Override
		public Flux<?> receive() {
			return this.inbound.flux();
		}

		@Override
		public void read(Object received, TransportListener listener) {
			listener.message(Bytes.utf8(received.toString()));
		}

		@Override
		public Mono<Void> send(Publisher<Object> given) {
			this.messages = given;
			if (!this.deaf) {
				hear();
			}
			return this.sendingDone.asMono().doOnCancel(() -> this.sendingCancelled = true);
		}

		void hear() {
			assertThat(this.messages).isNotNull();
			this.messages.subscribe(this.sending);
		}

		@Override
		public Object message(Bytes bytes) {
			return bytes.toUtf8();
		}

		@Override
		public void onClose(Runnable listener) {
			this.told = listener;
		}

		@Override
		public void abort() {
			this.aborts++;
		}

		@Override
		public Mono<Void> close(int status, @Nullable String reason) {
			this.closes.add(status);
			return this.closingDone.asMono();
		}

		@Override
		public Mono<SocketClose> closing() {
			return this.code.asMono().map((code) -> SocketClose.of(code, null));
		}

	}

}
