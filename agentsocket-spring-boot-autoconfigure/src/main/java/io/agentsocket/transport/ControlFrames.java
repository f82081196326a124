package io.agentsocket.transport;

import io.agentsocket.protocol.CloseCode;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.jspecify.annotations.Nullable;

/**
 * Looks at each WebSocket frame before Reactor Netty does. Answers pings so that a peer
 * which does not take the answers costs no memory: one PONG is on its way, and only the
 * latest PING that came meanwhile is answered after it, as RFC 6455 (section 5.5.3)
 * allows. Gives a connection up whose peer sends too many control frames, or sets a
 * reserved bit that no extension has given a meaning (section 5.2). Each channel has its
 * own, which is called on the channel's event loop.
 */
final class ControlFrames extends ChannelInboundHandlerAdapter {

	private static final int PROTOCOL_ERROR = 1002;

	/** Told when the peer begins to close. */
	private final Runnable closing;

	private boolean ponging;

	private @Nullable PingWebSocketFrame latest;

	private final ControlBudget budget = new ControlBudget();

	private boolean broken;

	ControlFrames(Runnable closing) {
		this.closing = closing;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		if (!(message instanceof WebSocketFrame frame)) {
			context.fireChannelRead(message);
		}
		else if (this.broken) {
			frame.release();
		}
		else if (frame.rsv() != 0) {
			refuse(context, frame, PROTOCOL_ERROR, "A reserved bit is set");
		}
		else if (frame instanceof PingWebSocketFrame || frame instanceof PongWebSocketFrame) {
			control(context, frame);
		}
		else {
			if (frame instanceof CloseWebSocketFrame) {
				this.closing.run();
			}
			context.fireChannelRead(frame);
		}
	}

	private void control(ChannelHandlerContext context, WebSocketFrame frame) {
		if (this.budget.isExceeded()) {
			refuse(context, frame, CloseCode.RATE.code(), "Too many control frames");
			return;
		}
		if (!(frame instanceof PingWebSocketFrame ping)) {
			frame.release();
		}
		else if (this.ponging) {
			forget();
			this.latest = ping;
		}
		else {
			answer(context, ping);
		}
		// It was swallowed here, so the one who asked for a frame still waits for it.
		context.read();
	}

	private void answer(ChannelHandlerContext context, PingWebSocketFrame ping) {
		this.ponging = true;
		ChannelFuture written = context.writeAndFlush(new PongWebSocketFrame(ping.content()));
		written.addListener((future) -> answered(context));
	}

	private void answered(ChannelHandlerContext context) {
		this.ponging = false;
		PingWebSocketFrame next = this.latest;
		this.latest = null;
		if (next != null) {
			answer(context, next);
		}
	}

	private void forget() {
		if (this.latest != null) {
			this.latest.release();
			this.latest = null;
		}
	}

	private void refuse(ChannelHandlerContext context, WebSocketFrame frame, int code, String rule) {
		this.broken = true;
		frame.release();
		forget();
		context.fireExceptionCaught(new FrameException(code, rule));
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		forget();
		context.fireChannelInactive();
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext context) {
		forget();
	}

}
