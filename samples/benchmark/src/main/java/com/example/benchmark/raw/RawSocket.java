package com.example.benchmark.raw;

import java.time.Duration;
import java.util.function.Consumer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;
import reactor.util.concurrent.Queues;

/**
 * A WebSocket whose messages are sent from its event loop.
 */
final class RawSocket {

	private final Sinks.Many<WebSocketFrame> outbound = Sinks.unsafe()
		.many()
		.unicast()
		.onBackpressureBuffer(Queues.<WebSocketFrame>unbounded().get());

	private final Disposable exchange;

	private final Channel channel;

	RawSocket(int port, String path, Consumer<WebSocketFrame> receiver) {
		Sinks.One<Channel> connected = Sinks.one();
		this.exchange = HttpClient.newConnection()
			.websocket(WebsocketClientSpec.builder().maxFramePayloadLength(RawContestant.MAX_FRAME).build())
			.uri("ws://127.0.0.1:" + port + path)
			.handle((in, out) -> {
				in.withConnection((connection) -> connected.tryEmitValue(connection.channel()));
				Mono<Void> receive = in.receiveFrames().doOnNext(receiver).then();
				return Mono.when(receive, out.sendObject(this.outbound.asFlux()));
			})
			.subscribe((nothing) -> {
			}, connected::tryEmitError);
		Channel opened = connected.asMono().block(Duration.ofSeconds(30));
		if (opened == null) {
			throw new IllegalStateException("There is no connection");
		}
		this.channel = opened;
	}

	void execute(Runnable task) {
		if (this.channel.eventLoop().inEventLoop()) {
			task.run();
		}
		else {
			this.channel.eventLoop().execute(task);
		}
	}

	ByteBuf buffer(int length) {
		return this.channel.alloc().buffer(length);
	}

	void send(ByteBuf content) {
		this.outbound.tryEmitNext(new BinaryWebSocketFrame(content)).orThrow();
	}

	void close() {
		this.exchange.dispose();
	}

}
