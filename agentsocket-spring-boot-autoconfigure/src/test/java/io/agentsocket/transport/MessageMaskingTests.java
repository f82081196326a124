package io.agentsocket.transport;

import java.util.Random;

import io.agentsocket.protocol.Bytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class MessageMaskingTests {

	private final EmbeddedChannel client = new EmbeddedChannel(new WebSocket13FrameEncoder(true),
			MessageMasking.INSTANCE);

	/** Demands masks, and frames that are no longer than they say. */
	private final EmbeddedChannel server = new EmbeddedChannel(new WebSocket13FrameDecoder(true, false, 1 << 20));

	private byte[] received() {
		BinaryWebSocketFrame frame = this.server.readInbound();
		try {
			assertThat(frame.isFinalFragment()).isTrue();
			byte[] bytes = new byte[frame.content().readableBytes()];
			frame.content().readBytes(bytes);
			return bytes;
		}
		finally {
			frame.release();
		}
	}

	@ParameterizedTest
	@ValueSource(
			ints = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 125, 126, 127, 128, 1000, 65_534, 65_535, 65_536, 65_543 })
	void aServerReadsWhatWasMasked(int length) {
		byte[] array = new byte[length + 5];
		new Random(length).nextBytes(array);
		byte[] before = array.clone();
		BinaryMessage message = new BinaryMessage(Bytes.of(array, 3, length));
		assertThat(this.client.writeOutbound(message)).isTrue();
		ByteBuf frame = this.client.readOutbound();
		assertThat(this.client.<Object>readOutbound()).isNull();
		assertThat(frame.readableBytes()).isEqualTo(length + 6 + ((length > 65_535) ? 8 : (length > 125) ? 2 : 0));
		this.server.writeInbound(frame);
		assertThat(received()).isEqualTo(Bytes.of(before, 3, length).toArray());
		assertThat(array).isEqualTo(before);
		assertThat(message.refCnt()).isEqualTo((length > 0) ? 0 : 1);
	}

	@Test
	void masksDiffer() {
		byte[] array = new byte[64];
		this.client.writeOutbound(new BinaryMessage(Bytes.of(array)), new BinaryMessage(Bytes.of(array)));
		ByteBuf first = this.client.readOutbound();
		ByteBuf second = this.client.readOutbound();
		try {
			assertThat(first).isNotEqualTo(second);
		}
		finally {
			first.release();
			second.release();
		}
	}

	@Test
	void otherFramesGoThroughNetty() {
		this.client.writeOutbound(new PingWebSocketFrame(Unpooled.wrappedBuffer(new byte[] { 1, 2, 3 })));
		ByteBuf frame = this.client.readOutbound();
		this.server.writeInbound(frame);
		PingWebSocketFrame ping = this.server.readInbound();
		try {
			assertThat(ping.content().readableBytes()).isEqualTo(3);
		}
		finally {
			ping.release();
		}
	}

}
