package com.example.benchmark.raw;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Server;
import com.example.benchmark.TokensRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.WebsocketServerSpec;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

/**
 * The limit: an echo of bytes over WebSocket, one message for each call and one for each
 * token, without a payload that anybody reads. Reactor Netty flushes once for all
 * messages of one turn of the event loop.
 */
public final class RawContestant implements Contestant {

	/** Length of an answer, and of a question unless larger ones are measured. */
	static final int ECHO = 62;

	static final int MAX_FRAME = 1024 * 1024;

	@Override
	public Server serve() {
		WebsocketServerSpec spec = WebsocketServerSpec.builder().maxFramePayloadLength(MAX_FRAME).build();
		DisposableServer server = HttpServer.create()
			.host("127.0.0.1")
			.port(0)
			.route((routes) -> routes.ws("/echo", RawContestant::echo, spec)
				.ws("/tokens", RawContestant::tokens, spec)
				.ws("/paced", RawContestant::paced, spec))
			.bindNow();
		return new RawServer(server);
	}

	private static Publisher<Void> echo(WebsocketInbound in, WebsocketOutbound out) {
		return out.sendObject(in.receiveFrames().map((frame) -> echo(frame, out.alloc())));
	}

	/** A question has the length of the answer first. */
	private static WebSocketFrame echo(WebSocketFrame frame, ByteBufAllocator allocator) {
		ByteBuf content = frame.content();
		int length = content.getInt(content.readerIndex());
		if (length <= content.readableBytes()) {
			return new BinaryWebSocketFrame(content.readRetainedSlice(length));
		}
		return new BinaryWebSocketFrame(allocator.buffer(length).writeZero(length));
	}

	/** A question has the delay and the period. */
	private static Publisher<Void> paced(WebsocketInbound in, WebsocketOutbound out) {
		return out.sendObject(in.receiveFrames().flatMap((frame) -> {
			ByteBuf content = frame.content();
			return new PacedRequest(content.readInt(), content.readInt()).items()
				.map((item) -> new BinaryWebSocketFrame(ByteBufUtil.writeUtf8(out.alloc(), item)));
		}));
	}

	/** A question has the number of the stream and the number of tokens. */
	private static Publisher<Void> tokens(WebsocketInbound in, WebsocketOutbound out) {
		return out.sendObject(in.receiveFrames().flatMap((frame) -> {
			int stream = frame.content().readInt();
			return tokens(stream, frame.content().readInt());
		}));
	}

	private static Flux<WebSocketFrame> tokens(int stream, int n) {
		return new TokensRequest(n).tokens().map((token) -> {
			ByteBuf content = Unpooled.buffer(12);
			content.writeInt(stream);
			ByteBufUtil.writeUtf8(content, token);
			return new BinaryWebSocketFrame(content);
		});
	}

	@Override
	public Connection connect(int port) {
		return new RawConnection(port);
	}

	@Override
	public boolean texts() {
		return true;
	}

	private record RawServer(DisposableServer server) implements Server {

		@Override
		public int port() {
			return this.server.port();
		}

		@Override
		public void close() {
			this.server.disposeNow();
		}

	}

}
