package io.agentsocket.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
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
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.http.server.WebsocketServerSpec;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server that says what a test tells it to say, frame by frame.
 */
final class FakeServer implements AutoCloseable {

	static final Codec CBOR = JacksonCodec.cbor();

	/** For what happens at once on a machine that has time. */
	private static final Duration TIMEOUT = Await.LONG;

	private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();

	private final Queue<Connection> connections = new ConcurrentLinkedQueue<>();

	/** Answers to the next upgrades, in place of an upgrade. */
	private final BlockingQueue<Refusal> refusals = new LinkedBlockingQueue<>();

	/** The Authorization headers of all upgrades. */
	private final BlockingQueue<String> authorizations = new LinkedBlockingQueue<>();

	private final AtomicInteger upgrades = new AtomicInteger();

	private final DisposableServer http;

	FakeServer() {
		this(0);
	}

	/** A server on a port that another one had before. */
	FakeServer(int port) {
		this.http = HttpServer.create().host("127.0.0.1").port(port).handle(this::answer).bindNow(TIMEOUT);
	}

	private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
		this.upgrades.incrementAndGet();
		this.authorizations.add(String.valueOf(request.requestHeaders().get("Authorization")));
		Refusal refusal = this.refusals.poll();
		if (refusal != null) {
			if (refusal.retryAfter() != null) {
				response.header("Retry-After", refusal.retryAfter());
			}
			return response.status(refusal.status()).sendString(Mono.just("x".repeat(refusal.body()))).then();
		}
		WebsocketServerSpec spec = WebsocketServerSpec.builder()
			.protocols(CBOR.subProtocol())
			.maxFramePayloadLength(1 << 20)
			.build();
		return response.sendWebsocket((in, out) -> {
			Connection connection = new Connection();
			in.withConnection((channel) -> connection.channel = channel);
			in.receiveCloseStatus().subscribe((status) -> connection.closed(status.code()));
			this.connections.add(connection);
			this.accepted.add(connection);
			return out.sendObject(connection.outbound.asFlux())
				.then()
				.and(in.aggregateFrames(1 << 24)
					.receive()
					.doOnNext((bytes) -> connection.receive(ByteBufUtil.getBytes(bytes))));
		}, spec);
	}

	int port() {
		return this.http.port();
	}

	/** The next upgrades are refused, one for each status. */
	FakeServer refuse(int... statuses) {
		for (int status : statuses) {
			this.refusals.add(new Refusal(status, null, 0));
		}
		return this;
	}

	/** The next upgrade is refused. */
	FakeServer refuse(int status, @Nullable String retryAfter, int body) {
		this.refusals.add(new Refusal(status, retryAfter, body));
		return this;
	}

	/** Refused upgrades that are still to come. */
	int refusals() {
		return this.refusals.size();
	}

	int upgrades() {
		return this.upgrades.get();
	}

	/** The header of the next upgrade. */
	String authorization() throws InterruptedException {
		String next = this.authorizations.poll(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
		assertThat(next).as("an upgrade").isNotNull();
		return next;
	}

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

	/** The server is gone, and all its connections are cut. */
	@Override
	public void close() {
		this.http.disposeNow(TIMEOUT);
		this.connections.forEach(Connection::cut);
	}

	private record Refusal(int status, @Nullable String retryAfter, int body) {

	}

	/** A connection of a client. */
	static final class Connection {

		private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();

		private final Sinks.Many<WebSocketFrame> outbound = Sinks.many().unicast().onBackpressureBuffer();

		private volatile reactor.netty.@Nullable Connection channel;

		private volatile boolean staying;

		private void receive(byte[] message) {
			FrameReader reader = new FrameReader(Bytes.of(message), Limits.SERVER);
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				this.received.add(frame);
				if (frame instanceof Frame.GoAway && !this.staying) {
					close(1000);
				}
			}
		}

		/** Do not close when the client says goodbye: it waits for that. */
		Connection stay() {
			this.staying = true;
			return this;
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

		/** Whether HELLO comes next, and not the end of an attempt. */
		boolean isHelloNext() throws InterruptedException {
			return poll(TIMEOUT) instanceof Frame.Hello;
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

		/** The next error; other frames in front of it are skipped. */
		Frame.Error error() throws InterruptedException {
			Object next = poll(TIMEOUT);
			while (next instanceof Frame && !(next instanceof Frame.Error)) {
				next = poll(TIMEOUT);
			}
			assertThat(next).isInstanceOf(Frame.Error.class);
			return (Frame.Error) next;
		}

		/** The client closes, and with this code. */
		void assertClosed(int code) throws InterruptedException {
			Object next = poll(TIMEOUT);
			while (next instanceof Frame) {
				next = poll(TIMEOUT);
			}
			assertThat(next).isEqualTo(code);
		}

		/** The client closes, or breaks the connection when the machine is busy. */
		void awaitEnd() throws InterruptedException {
			Object next = poll(TIMEOUT);
			while (next instanceof Frame) {
				next = poll(TIMEOUT);
			}
			assertThat(next).as("the code of the close").isNotNull();
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
			return welcome(status, session, log, received, next, Duration.ofSeconds(60));
		}

		Connection welcome(Welcome.Status status, String session, String log, long received, long next, Duration ttl) {
			Welcome welcome = new Welcome(status, session, "token" + log + received, log, received, next,
					ttl.toMillis(), 25_000, Capacity.of(Limits.SERVER, Limits.SERVER), -1, null, null);
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
			close(code, "");
		}

		void close(int code, String reason) {
			ByteBuffer text = StandardCharsets.UTF_8.encode(reason);
			byte[] body = ByteBuffer.allocate(2 + text.remaining()).putShort((short) code).put(text).array();
			// On the heap: a frame that a broken connection does not take needs no
			// release.
			this.outbound.emitNext(new CloseWebSocketFrame(true, 0, Unpooled.wrappedBuffer(body)),
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
