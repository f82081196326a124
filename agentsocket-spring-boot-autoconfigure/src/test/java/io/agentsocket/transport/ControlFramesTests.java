package io.agentsocket.transport;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * WebSocket pings of a peer that does not read the answers.
 */
class ControlFramesTests {

	private final List<String> pongs = new ArrayList<>();

	private final List<ChannelPromise> writes = new ArrayList<>();

	private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {

		@Override
		public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
			PongWebSocketFrame pong = (PongWebSocketFrame) message;
			ControlFramesTests.this.pongs.add(pong.content().toString(StandardCharsets.US_ASCII));
			pong.release();
			ControlFramesTests.this.writes.add(promise);
		}

	}, new ControlFrames(() -> {
	}));

	private ByteBuf ping(String text) {
		ByteBuf content = Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
		this.channel.writeInbound(new PingWebSocketFrame(content));
		return content;
	}

	@Test
	void onlyTheLatestIsAnsweredBehindAnAnswerThatIsNotTaken() {
		ping("first");
		List<ByteBuf> dropped = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			dropped.add(ping("other"));
		}
		ByteBuf latest = ping("latest");
		assertThat(this.pongs).containsExactly("first");
		assertThat(dropped).allMatch((content) -> content.refCnt() == 0);
		this.writes.get(0).setSuccess();
		assertThat(this.pongs).containsExactly("first", "latest");
		assertThat(latest.refCnt()).isZero();
		this.writes.get(1).setSuccess();
		ping("next");
		assertThat(this.pongs).endsWith("next");
	}

	@Test
	void pingThatWaitsIsReleasedWithTheConnection() {
		ping("first");
		ByteBuf waiting = ping("waiting");
		this.channel.close();
		assertThat(waiting.refCnt()).isZero();
	}

}
