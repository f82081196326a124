package io.agentsocket.client;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.WebsocketServerSpec;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server that says what a test tells it to say, frame by frame.
 */
final class FakeServer implements AutoCloseable {

	static final Codec CBOR = JacksonCodec.cbor();

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();

	private final DisposableServer http = HttpServer.create()
		.host("127.0.0.1")
		.port(0)
		.route((routes) -> routes.ws("/agentsocket", (in, out) -> {
			Connection connection = new Connection();
			in.withConnection((channel) -> connection.channel = channel);
			in.receiveCloseStatus().subscribe((status) -> connection.closed(status.code()));
			this.accepted.add(connection);
			return out.sendObject(connection.outbound.asFlux())
				.then()
				.and(in.aggregateFrames(1 << 24)
					.receive()
					.doOnNext((bytes) -> connection.receive(ByteBufUtil.getBytes(bytes))));
		}, WebsocketServerSpec.builder().protocols(CBOR.subProtocol()).maxFramePayloadLength(1 << 20).build()))
		.bindNow(TIMEOUT);

	String uri() {
		return "ws://127.0.0.1:" + this.http.port() + "/agentsocket";
	}

	/** The next connection. */
	Connection accept() throws InterruptedException {
		Connection connection = this.accepted.poll(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
		assertThat(connection).as("a connection").isNotNull();
		return connection;
	}

	/** The next connection within a time, or null. */
	@Nullable Connection accept(Duration within) throws InterruptedException {
		return this.accepted.poll(within.toMillis(), TimeUnit.MILLISECONDS);
	}

	@Override
	public void close() {
		this.http.disposeNow(TIMEOUT);
	}

	/** One of a client. */
	static final class Connection {

		private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();

		private final Sinks.Many<WebSocketFrame> outbound = Sinks.many().unicast().onBackpressureBuffer();

		private volatile reactor.netty.@Nullable Connection channel;

		private void receive(byte[] message) {
			FrameReader reader = new FrameReader(Bytes.of(message), Limits.SERVER);
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				this.received.add(frame);
			}
		}

		private void closed(int code) {
			this.received.add(code);
		}

		/** The next frame, or the code of the close. */
		private @Nullable Object poll(Duration within) throws InterruptedException {
			return this.received.poll(within.toMillis(), TimeUnit.MILLISECONDS);
		}

		Hello hello() throws InterruptedException {
			return Hello.decode(CBOR, next(Frame.Hello.class).body());
		}

		/** The next frame is of this type. */
		<F extends Frame> F next(Class<F> type) throws InterruptedException {
			Object next = poll(TIMEOUT);
			assertThat(next).isInstanceOf(type);
			return type.cast(next);
		}

		/** The next invocation; acknowledgements in front of it are skipped. */
		Frame.Invoke invoke() throws InterruptedException {
			Object next = poll(TIMEOUT);
			while (next instanceof Frame.Ack) {
				next = poll(TIMEOUT);
			}
			assertThat(next).isInstanceOf(Frame.Invoke.class);
			return (Frame.Invoke) next;
		}

		/** The client closes, and with this code. */
		void assertClosed(int code) throws InterruptedException {
			Object next = poll(TIMEOUT);
			while (next instanceof Frame) {
				next = poll(TIMEOUT);
			}
			assertThat(next).isEqualTo(code);
		}

		/** Nothing comes within a time. */
		void assertSilent(Duration within) throws InterruptedException {
			assertThat(poll(within)).isNull();
		}

		Connection send(Frame... frames) {
			FrameWriter writer = new FrameWriter(256);
			for (int i = 0; i < frames.length; i++) {
				writer.write(frames[i], i == frames.length - 1);
			}
			byte[] message = writer.take().toArray();
			this.outbound.emitNext(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(message)),
					Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1)));
			return this;
		}

		Connection welcome(Welcome.Status status, String session, String log, long received, long next) {
			Welcome welcome = new Welcome(status, session, "token" + log + received, log, received, next, 60_000,
					25_000, Capacity.of(Limits.SERVER, Limits.SERVER), -1, null, null);
			return send(new Frame.Welcome(welcome.encode(CBOR)));
		}

		Connection welcomeNew() throws InterruptedException {
			assertThat(hello().resume()).isNull();
			return welcome(Welcome.Status.NEW, "s1", "l1", 0, 1);
		}

		Connection answer(Frame.Invoke call, Object value) {
			return send(new Frame.Item(FrameType.DATA, call.streamId(), true, Bytes.EMPTY, CBOR.encode(value)));
		}

		void close(int code) {
			this.outbound.emitNext(new CloseWebSocketFrame(code, ""),
					Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1)));
			this.outbound.tryEmitComplete();
		}

		/** The connection breaks. */
		void cut() {
			reactor.netty.Connection present = this.channel;
			if (present != null) {
				present.channel().close();
			}
		}

	}

	static Metadata metadata(Frame.Invoke call) {
		return CBOR.decodeMetadata(call.metadata());
	}

}
