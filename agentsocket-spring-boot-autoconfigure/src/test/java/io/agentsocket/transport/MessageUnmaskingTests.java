package io.agentsocket.transport;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link MessageUnmasking} ahead of Netty's decoder, which demands masks.
 */
class MessageUnmaskingTests {

	private static final int[] LENGTHS = { 0, 1, 5, 125, 126, 1023, 1024, 1025, 1031, 65_535, 65_536, 70_001 };

	private final Random random = new Random(7);

	private final EmbeddedChannel client = new EmbeddedChannel(new WebSocket13FrameEncoder(true));

	/** Whether Netty still had a mask to take off a large frame. */
	private boolean maskedForNetty;

	private final EmbeddedChannel server = server();

	@AfterEach
	void release() {
		this.client.finishAndReleaseAll();
		this.server.finishAndReleaseAll();
	}

	private EmbeddedChannel server() {
		EmbeddedChannel channel = new EmbeddedChannel();
		channel.pipeline().addLast("wsdecoder", new WebSocket13FrameDecoder(true, false, 1 << 20));
		MessageUnmasking.addTo(channel.pipeline());
		channel.pipeline().addBefore("wsdecoder", "look", new ChannelInboundHandlerAdapter() {

			@Override
			public void channelRead(ChannelHandlerContext context, Object message) {
				ByteBuf bytes = (ByteBuf) message;
				if (bytes.readableBytes() > 8 && (bytes.getByte(1) & 0xFF) == (0x80 | 126)) {
					MessageUnmaskingTests.this.maskedForNetty |= bytes.getInt(4) != 0;
				}
				context.fireChannelRead(message);
			}

		});
		return channel;
	}

	private byte[] bytes(int length) {
		byte[] bytes = new byte[length];
		this.random.nextBytes(bytes);
		return bytes;
	}

	private ByteBuf masked(List<byte[]> messages) {
		for (byte[] message : messages) {
			this.client.writeOutbound(new BinaryWebSocketFrame(Unpooled.copiedBuffer(message)));
		}
		ByteBuf all = ByteBufAllocator.DEFAULT.directBuffer();
		for (ByteBuf part = this.client.readOutbound(); part != null; part = this.client.readOutbound()) {
			all.writeBytes(part);
			part.release();
		}
		return all;
	}

	private void expect(List<byte[]> messages) {
		for (byte[] message : messages) {
			BinaryWebSocketFrame frame = this.server.readInbound();
			assertThat(frame).isNotNull();
			byte[] received = new byte[frame.content().readableBytes()];
			frame.content().readBytes(received);
			frame.release();
			assertThat(received).isEqualTo(message);
		}
		assertThat(this.server.<Object>readInbound()).isNull();
	}

	@Test
	void messagesOfAllLengthsArriveWhereverTheyAreCut() {
		List<byte[]> messages = IntStream.of(LENGTHS).mapToObj(this::bytes).toList();
		for (int most : new int[] { 1, 2, 3, 7, 1000, 65_536, Integer.MAX_VALUE }) {
			ByteBuf all = masked(messages);
			while (all.isReadable()) {
				boolean small = most < 8;
				int length = Math.min(all.readableBytes(), small ? most : 1 + this.random.nextInt(most));
				// To watch each of the many small parts for leaks would take a minute.
				ByteBuf part = small ? Unpooled.buffer(length, length) : all.alloc().buffer(length, length);
				all.readBytes(part);
				this.server.writeInbound(part);
			}
			all.release();
			expect(messages);
		}
	}

	@Test
	void nettyHasNothingToUnmaskInLargeMessages() {
		List<byte[]> messages = List.of(bytes(2000));
		this.server.writeInbound(masked(messages));
		expect(messages);
		assertThat(this.maskedForNetty).isFalse();
	}

	@Test
	void smallMessagesPassAsTheyAre() {
		ByteBuf sent = masked(List.of(bytes(200)));
		this.server.writeInbound(sent);
		assertThat(this.maskedForNetty).isTrue();
		this.server.<BinaryWebSocketFrame>readInbound().release();
	}

	@Test
	void buffersOfAllKindsWillDo() {
		List<byte[]> messages = List.of(bytes(3001), bytes(1500));
		ByteBuf direct = masked(messages);
		CompositeByteBuf composite = Unpooled.compositeBuffer();
		while (direct.isReadable()) {
			composite.addComponent(true, direct.readBytes(Math.min(999, direct.readableBytes())));
		}
		this.server.writeInbound(composite);
		expect(messages);
		direct.readerIndex(0);
		direct.release();
		ByteBuf again = masked(messages);
		this.server.writeInbound(Unpooled.copiedBuffer(again));
		again.release();
		expect(messages);
	}

	@Test
	void frameWithoutAMaskIsStillRefused() {
		ByteBuf frame = Unpooled.buffer().writeByte(0x82).writeByte(126).writeShort(2000).writeBytes(new byte[2000]);
		assertThatExceptionOfType(CorruptedWebSocketFrameException.class)
			.isThrownBy(() -> this.server.writeInbound(frame));
	}

	@ParameterizedTest
	@ValueSource(longs = { -1, Long.MIN_VALUE, 1L << 40 })
	void impossibleLengthIsStillRefused(long length) {
		ByteBuf frame = Unpooled.buffer().writeByte(0x82).writeByte(0xFF).writeLong(length).writeInt(7).writeZero(3000);
		assertThatExceptionOfType(CorruptedWebSocketFrameException.class)
			.isThrownBy(() -> this.server.writeInbound(frame));
		assertThat(this.server.isOpen()).isFalse();
	}

	@Test
	void connectionThatIsNoWebSocketOfNettyStaysAsItIs() {
		EmbeddedChannel other = new EmbeddedChannel();
		MessageUnmasking.addTo(other.pipeline());
		assertThat(other.pipeline().get(MessageUnmasking.class)).isNull();
		other.finishAndReleaseAll();
	}

}
