package io.agentsocket.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.agentsocket.transport.Socket;
import io.agentsocket.transport.SocketClose;
import io.agentsocket.transport.TransportListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Frames that a server sends in one message with WELCOME, and the message behind it,
 * reach a client while its loop is busy on another thread.
 */
class EarlyFramesTests {

	private static final Codec CODEC = JacksonCodec.cbor();

	@Test
	void framesBehindWelcomeComeBeforeTheNextMessage() {
		List<String> ran = new CopyOnWriteArrayList<>();
		Welcome welcome = new Welcome(Welcome.Status.NEW, "s1", "token", "l1", 0, 1, 60_000, 25_000,
				Capacity.of(Limits.SERVER, Limits.SERVER), -1, null, null);
		BusySocket socket = new BusySocket(
				List.of(message(new Frame.Welcome(welcome.encode(CODEC)), invoke(2, "first"), invoke(4, "second")),
						message(invoke(6, "third"))));
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:1/agentsocket")
			.codec(CODEC)
			.closeTimeout(Duration.ofMillis(100))
			.connector((uri, headers, subProtocol, handler) -> Mono.defer(() -> handler.apply(() -> socket)))
			.offer(List.of(action("first", ran), action("second", ran), action("third", ran)))
			.build();
		client.connect().block(Await.LONG);
		Await.untilAsserted(() -> assertThat(ran).containsExactly("first", "second", "third"));
		client.close().block(Await.LONG);
	}

	private static Action action(String name, List<String> ran) {
		return Action.named(name).handler((exchange) -> Mono.fromSupplier(() -> {
			ran.add(name);
			return name;
		}));
	}

	private static Frame invoke(int stream, String name) {
		return new Frame.Invoke(stream, true, Frame.Ref.name(name), Bytes.EMPTY, Bytes.EMPTY);
	}

	private static Bytes message(Frame... frames) {
		FrameWriter writer = new FrameWriter(256);
		for (int i = 0; i < frames.length; i++) {
			writer.write(frames[i], i == frames.length - 1);
		}
		return writer.take();
	}

	/**
	 * Delivers messages on a thread of its own while the loop of the client sends HELLO.
	 */
	private static final class BusySocket implements Socket {

		private final Sinks.Many<Bytes> received = Sinks.many().unicast().onBackpressureBuffer();

		private final Sinks.Empty<SocketClose> closed = Sinks.empty();

		private final AtomicBoolean answered = new AtomicBoolean();

		private final List<Bytes> answers;

		BusySocket(List<Bytes> answers) {
			this.answers = answers;
		}

		private void answer() {
			if (!this.answered.compareAndSet(false, true)) {
				return;
			}
			Thread arriving = new Thread(() -> this.answers.forEach(this.received::tryEmitNext));
			arriving.start();
			try {
				arriving.join();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public Executor executor() {
			return Runnable::run;
		}

		@Override
		public Flux<?> receive() {
			return this.received.asFlux();
		}

		@Override
		public void read(Object message, TransportListener listener) {
			listener.message((Bytes) message);
		}

		@Override
		public Mono<Void> send(Publisher<Object> messages) {
			return Flux.from(messages).doOnNext((hello) -> answer()).then();
		}

		@Override
		public Object message(Bytes bytes) {
			return bytes;
		}

		@Override
		public void onClose(Runnable told) {
			// Nobody closes but the client.
		}

		@Override
		public Mono<Void> close(int code, @Nullable String reason) {
			return Mono.fromRunnable(this::abort);
		}

		@Override
		public Mono<SocketClose> closing() {
			return this.closed.asMono();
		}

		@Override
		public void abort() {
			this.received.tryEmitComplete();
			this.closed.tryEmitEmpty();
		}

	}

}
