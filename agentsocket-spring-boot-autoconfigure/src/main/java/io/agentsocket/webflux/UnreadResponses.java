package io.agentsocket.webflux;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.timeout.WriteTimeoutHandler;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
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
	 * Write a response, and close its connection when the client does not take it; other
	 * servers see to that by themselves.
	 * @param response the response
	 * @param limit time in which the client takes each piece that is written
	 * @param writing writes the response, and ends when that is written or its connection
	 * is gone
	 * @return what is subscribed to instead
	 */
	static Mono<Void> watched(ServerHttpResponse response, Duration limit, Mono<Void> writing) {
		return REACTOR_NETTY ? ReactorNetty.watched(response, limit, writing) : writing;
	}

	private static final class ReactorNetty {

		private static final String NAME = UnreadResponses.class.getName();

		private ReactorNetty() {
		}

		static Mono<Void> watched(ServerHttpResponse response, Duration limit, Mono<Void> writing) {
			Object present = ServerHttpResponseDecorator.getNativeResponse(response);
			if (!(present instanceof HttpServerResponse original)) {
				return writing;
			}
			// A handler that another thread adds does not see what the loop writes until
			// the loop has heard of it.
			return Mono.using(() -> watch(original, limit), (watch) -> writing, Disposable::dispose)
				.subscribeOn(Schedulers.fromExecutor((task) -> original.withConnection((connection) -> {
					EventLoop loop = connection.channel().eventLoop();
					if (loop.inEventLoop()) {
						task.run();
					}
					else {
						loop.execute(task);
					}
				})));
		}

		private static Disposable watch(HttpServerResponse original, Duration limit) {
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
