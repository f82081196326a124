package io.agentsocket.webflux;

import java.util.function.Supplier;

import io.agentsocket.transport.Socket;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.socket.WebSocketSession;

/**
 * Finds the socket of Reactor Netty behind a session, also where Reactor Netty is not on
 * the class path.
 */
final class NettySessions {

	private static final boolean REACTOR_NETTY = ClassUtils.isPresent("reactor.netty.http.websocket.WebsocketInbound",
			NettySessions.class.getClassLoader());

	private NettySessions() {
	}

	/**
	 * The socket behind a session.
	 * @param session a session
	 * @return makes the socket, or {@code null} if the session is of another kind
	 */
	static @Nullable Supplier<Socket> socket(WebSocketSession session) {
		return REACTOR_NETTY ? ReactorNetty.socket(session) : null;
	}

	private static final class ReactorNetty {

		private ReactorNetty() {
		}

		static @Nullable Supplier<Socket> socket(WebSocketSession session) {
			return (session instanceof NettySession present) ? present::socket : null;
		}

	}

}
