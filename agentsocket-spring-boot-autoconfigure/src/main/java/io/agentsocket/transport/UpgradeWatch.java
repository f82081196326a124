package io.agentsocket.transport;

import java.io.IOException;
import java.util.List;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Sinks;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;

/**
 * Watches the answer to an upgrade, and reports one that is none. Reactor Netty writes a
 * warning with a stack trace for each of these unless somebody takes what is received, so
 * this does. Goes when the upgrade has succeeded.
 */
final class UpgradeWatch extends ChannelDuplexHandler {

	/**
	 * Behind the codec, and ahead of the aggregator, which is added later: a refusal may
	 * have a body of any length.
	 */
	static final String NAME = NettyPipeline.LEFT + "agentSocketUpgradeWatch";

	private final Sinks.Empty<Void> failure;

	private final List<String> subProtocols;

	private @Nullable String key;

	private boolean failed;

	/**
	 * Create a watch.
	 * @param failure told why there is no upgrade
	 * @param subProtocols those that are asked for
	 */
	UpgradeWatch(Sinks.Empty<Void> failure, List<String> subProtocols) {
		this.failure = failure;
		this.subProtocols = subProtocols;
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) throws Exception {
		if (message instanceof HttpRequest request) {
			this.key = request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY);
		}
		super.write(context, message, promise);
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
		if (this.failed) {
			ReferenceCountUtil.release(message);
			return;
		}
		if (!(message instanceof HttpResponse response)) {
			super.channelRead(context, message);
			return;
		}
		String flaw = flaw(response);
		if (flaw == null) {
			context.pipeline().remove(this);
			context.fireChannelRead(message);
			return;
		}
		ReferenceCountUtil.release(message);
		fail(context, new WebSocketClientHandshakeException(flaw, response));
	}

	/** Why an answer is no upgrade, or null when it is one. */
	private @Nullable String flaw(HttpResponse response) {
		if (response.decoderResult().isFailure()) {
			return "the answer is not HTTP";
		}
		if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
			return "status " + response.status();
		}
		HttpHeaders headers = response.headers();
		String chosen = headers.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
		if (!this.subProtocols.isEmpty() && (chosen == null || !this.subProtocols.contains(chosen.strip()))) {
			return "the sub-protocol is " + chosen + ", not one of " + this.subProtocols;
		}
		boolean upgraded = headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
				&& headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
		String accept = headers.get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT);
		return (upgraded && this.key != null && WebSocketKeys.accept(this.key).equals(accept)) ? null
				: "the headers are not those of an upgrade";
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) throws Exception {
		fail(context, new IOException("the connection was closed during the upgrade"));
		super.channelInactive(context);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
		fail(context, cause);
	}

	private void fail(ChannelHandlerContext context, Throwable reason) {
		if (this.failed) {
			return;
		}
		this.failed = true;
		ChannelOperations<?, ?> operations = ChannelOperations.get(context.channel());
		if (operations != null) {
			operations.receive().subscribe(ReferenceCountUtil::release, (expected) -> {
			});
		}
		this.failure.tryEmitError(reason);
		context.close();
	}

}
