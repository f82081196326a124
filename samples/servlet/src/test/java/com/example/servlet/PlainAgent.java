package com.example.servlet;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;

/**
 * An agent that needs the JDK only, and sends its credential in HELLO as a browser does.
 */
final class PlainAgent implements AutoCloseable {

	private static final JacksonCodec CODEC = JacksonCodec.json();

	/** True for WELCOME, false for a close. */
	private final CompletableFuture<Boolean> answer = new CompletableFuture<>();

	private final WebSocket socket;

	private final CompletableFuture<Integer> closed = new CompletableFuture<>();

	PlainAgent(int port) throws Exception {
		this.socket = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.subprotocols(CODEC.subProtocol())
			.buildAsync(URI.create("ws://127.0.0.1:" + port + "/agentsocket"), new WebSocket.Listener() {

				@Override
				public CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
					byte[] bytes = new byte[data.remaining()];
					data.get(bytes);
					webSocket.request(1);
					PlainAgent.this.answer
						.complete(new FrameReader(Bytes.of(bytes), Limits.CLIENT).next() instanceof Frame.Welcome);
					return CompletableFuture.completedStage(null);
				}

				@Override
				public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
					PlainAgent.this.closed.complete(code);
					PlainAgent.this.answer.complete(false);
					return CompletableFuture.completedStage(null);
				}

			})
			.get(60, TimeUnit.SECONDS);
	}

	/** Say HELLO; whether the server welcomes the agent. */
	boolean hello(String credential) throws Exception {
		FrameWriter writer = new FrameWriter(512);
		writer.write(new Frame.Hello(
				new Hello(credential, null, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null).encode(CODEC)),
				true);
		this.socket.sendBinary(ByteBuffer.wrap(writer.take().exactArray()), true);
		return this.answer.get(60, TimeUnit.SECONDS);
	}

	/** Wait for the close. */
	int closeCode() throws Exception {
		return this.closed.get(60, TimeUnit.SECONDS);
	}

	@Override
	public void close() {
		this.socket.abort();
	}

}
