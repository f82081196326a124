package com.example.benchmark.parts;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.concurrent.TimeUnit;

import io.agentsocket.protocol.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Framing and unframing one message of a WebSocket: without masks as a server sends it,
 * and with them as a client has to, by Netty and by Agent Socket. The difference is what
 * masks cost.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MaskBenchmark {

	private static final int MAX_FRAME = 2 * 1024 * 1024;

	private static final int MAX_HEADER = 16;

	/** Its handlers are not public, as they are parts of client and server. */
	private static final String TRANSPORT = "io.agentsocket.transport.";

	@Param({ "65536", "1048576" })
	public int bytes = 65536;

	@Param({ "none", "netty", "agentsocket" })
	public String mask = "none";

	private EmbeddedChannel encoder = new EmbeddedChannel();

	private EmbeddedChannel decoder = new EmbeddedChannel();

	private BinaryWebSocketFrame message = new BinaryWebSocketFrame();

	private ByteBuf frame = Unpooled.EMPTY_BUFFER;

	@Setup
	public void prepare() throws ReflectiveOperationException {
		boolean masked = !this.mask.equals("none");
		boolean own = this.mask.equals("agentsocket");
		this.encoder = new EmbeddedChannel(own ? ownEncoder() : new WebSocket13FrameEncoder(masked));
		this.decoder = new EmbeddedChannel(own ? ownDecoder() : new ChannelInboundHandlerAdapter(),
				new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
					.expectMaskedFrames(masked)
					.maxFramePayloadLength(MAX_FRAME)
					.build()));
		this.message = own ? ownMessage(this.bytes)
				: new BinaryWebSocketFrame(Unpooled.wrappedBuffer(new byte[this.bytes]));
		this.frame = Unpooled.directBuffer(this.bytes + MAX_HEADER);
		this.encoder.writeOutbound(this.message.retain());
		for (ByteBuf part = this.encoder.readOutbound(); part != null; part = this.encoder.readOutbound()) {
			this.frame.writeBytes(part);
			part.release();
		}
	}

	private static ChannelHandler ownEncoder() throws ReflectiveOperationException {
		Field instance = Class.forName(TRANSPORT + "MessageMasking").getDeclaredField("INSTANCE");
		instance.setAccessible(true);
		return (ChannelHandler) instance.get(null);
	}

	private static ChannelHandler ownDecoder() throws ReflectiveOperationException {
		Constructor<?> constructor = Class.forName(TRANSPORT + "MessageUnmasking").getDeclaredConstructor();
		constructor.setAccessible(true);
		return (ChannelHandler) constructor.newInstance();
	}

	private static BinaryWebSocketFrame ownMessage(int length) throws ReflectiveOperationException {
		Constructor<?> constructor = Class.forName(TRANSPORT + "BinaryMessage").getDeclaredConstructor(Bytes.class);
		constructor.setAccessible(true);
		return (BinaryWebSocketFrame) constructor.newInstance(Bytes.of(new byte[length]));
	}

	/** A frame of a message, in buffers as they go to the socket. */
	@Benchmark
	public int write() {
		this.encoder.writeOutbound(this.message.retain());
		int written = 0;
		for (ByteBuf part = this.encoder.readOutbound(); part != null; part = this.encoder.readOutbound()) {
			written += part.readableBytes();
			part.release();
		}
		return written;
	}

	/**
	 * A message of a frame; the copy stands for the socket, which reads into a buffer.
	 */
	@Benchmark
	public int read() {
		ByteBuf arrived = this.decoder.alloc().directBuffer(this.frame.readableBytes());
		arrived.writeBytes(this.frame, this.frame.readerIndex(), this.frame.readableBytes());
		this.decoder.writeInbound(arrived);
		WebSocketFrame read = this.decoder.readInbound();
		int length = read.content().readableBytes();
		read.release();
		return length;
	}

}
