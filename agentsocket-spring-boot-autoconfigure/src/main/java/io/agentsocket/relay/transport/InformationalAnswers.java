package io.agentsocket.relay.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * Skips answers of the class 1xx, which precede the answer of a request.
 */
final class InformationalAnswers extends ChannelInboundHandlerAdapter {

	/** Informational answers before one answer; more of them are an attack. */
	private static final int MAX = 8;

	private boolean skipping;

	private int skipped;

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		if (message instanceof HttpResponse response) {
			this.skipping = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
			this.skipped = this.skipping ? this.skipped + 1 : 0;
			if (this.skipped > MAX) {
				context.fireExceptionCaught(new TooLongFrameException("More than " + MAX + " informational answers"));
				context.close();
			}
		}
		if (!this.skipping) {
			context.fireChannelRead(message);
			return;
		}
		this.skipping = !(message instanceof LastHttpContent);
		ReferenceCountUtil.release(message);
		// Reading may be on demand, and nothing of this was demanded.
		context.read();
	}

}
