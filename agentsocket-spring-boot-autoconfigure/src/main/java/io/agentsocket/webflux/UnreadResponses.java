package io.agentsocket.webflux;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.timeout.WriteTimeoutHandler;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.netty.http.server.HttpServerResponse;

import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.util.ClassUtils;

/**
 * Closes connections of Reactor Netty whose clients do not read their responses: it has
 * no limit of its own for that, as servlet containers have, and would hold the connection
 * and the response for as long as the kernel of the client lives.
 */
final class UnreadResponses {

	private static final boolean REACTOR_NETTY = ClassUtils.isPresent("reactor.netty.http.server.HttpServerResponse",
			UnreadResponses.class.getClassLoader());

	private UnreadResponses() {
	}

	/**
	 * Begin to watch a response; nothing happens on other servers.
	 * @param response the response
	 * @param limit time in which the client takes each piece that is written
	 * @return ends the watch
	 */
	static Disposable watch(ServerHttpResponse response, Duration limit) {
		return REACTOR_NETTY ? ReactorNetty.watch(response, limit) : Disposables.disposed();
	}

	private static final class ReactorNetty {

		private static final String NAME = UnreadResponses.class.getName();

		private ReactorNetty() {
		}

		static Disposable watch(ServerHttpResponse response, Duration limit) {
			Object present = ServerHttpResponseDecorator.getNativeResponse(response);
			if (!(present instanceof HttpServerResponse original)) {
				return Disposables.disposed();
			}
			original.withConnection((connection) -> connection.addHandlerFirst(NAME, new Limit(limit)));
			return () -> original.withConnection((connection) -> connection.removeHandler(NAME));
		}

	}

	/** Closes, and tells nobody: that a client has gone is no fault of the server. */
	private static final class Limit extends WriteTimeoutHandler {

		Limit(Duration limit) {
			super(limit.toMillis(), TimeUnit.MILLISECONDS);
		}

		@Override
		protected void writeTimedOut(ChannelHandlerContext context) {
			context.close();
		}

	}

}
