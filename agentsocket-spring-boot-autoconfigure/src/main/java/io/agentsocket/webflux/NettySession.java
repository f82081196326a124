package io.agentsocket.webflux;

import io.agentsocket.transport.NettySocket;
import io.agentsocket.transport.Socket;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.adapter.ReactorNettyWebSocketSession;

/**
 * Spring's session of Reactor Netty, which gives access to its parts.
 */
final class NettySession extends ReactorNettyWebSocketSession {

	private final int maxMessage;

	NettySession(WebsocketInbound inbound, WebsocketOutbound outbound, HandshakeInfo handshake,
			NettyDataBufferFactory buffers, int maxMessage) {
		super(inbound, outbound, handshake, buffers, maxMessage);
		this.maxMessage = maxMessage;
	}

	/** The socket, which needs nothing of the session. */
	Socket socket() {
		return NettySocket.ofServer(getDelegate().getInbound(), getDelegate().getOutbound(), this.maxMessage);
	}

}
