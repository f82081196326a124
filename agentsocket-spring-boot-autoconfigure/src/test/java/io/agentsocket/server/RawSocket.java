package io.agentsocket.server;

import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;

/**
 * A WebSocket client that knows nothing of the protocol: sends and receives bytes.
 */
public final class RawSocket implements AutoCloseable {

	private final LinkedBlockingDeque<Received> received = new LinkedBlockingDeque<>();

	private final Sinks.Many<WebSocketFrame> outbound = Sinks.many().unicast().onBackpressureBuffer();

	private final Disposable connection;

	public RawSocket(int port, String subProtocol) {
		this(port, subProtocol, Map.of());
	}

	public RawSocket(int port, String subProtocol, Map<String, String> headers) {
		this.connection = HttpClient.create()
			.headers((all) -> headers.forEach(all::set))
			.websocket(WebsocketClientSpec.builder().protocols(subProtocol).maxFramePayloadLength(1 << 24).build())
			.uri("ws://127.0.0.1:" + port + "/agentsocket")
			.handle((in, out) -> {
				in.receiveCloseStatus().subscribe((status) -> this.received.add(new Received(null, status.code())));
				return out.sendObject(this.outbound.asFlux())
					.then()
					.and(in.aggregateFrames(1 << 24)
						.receive()
						.doOnNext((bytes) -> this.received.add(new Received(ByteBufUtil.getBytes(bytes), 0))));
			})
			.subscribe((any) -> {
			}, (error) -> this.received.add(new Received(null, 1006)),
					() -> this.received.add(new Received(null, 1006)));
	}

	public void send(byte[] message) {
		this.outbound.emitNext(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(message)),
				Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1)));
	}

	public void send(String hex) {
		send(HexFormat.of().parseHex(hex));
	}

	public void sendText(String text) {
		this.outbound.emitNext(new TextWebSocketFrame(text),
				Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1)));
	}

	/** The next message or close, or null when nothing comes in time. */
	public @Nullable Received next(Duration timeout) throws InterruptedException {
		return this.received.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
	}

	/** Give back what {@link #next(Duration)} returned last. */
	void putBack(Received last) {
		this.received.addFirst(last);
	}

	@Override
	public void close() {
		this.outbound.tryEmitComplete();
		this.connection.dispose();
	}

	/**
	 * Messages of the server.
	 */
	public record Received(byte @Nullable [] message, int closeCode) {

		public boolean isClose() {
			return this.message == null;
		}

	}

}
