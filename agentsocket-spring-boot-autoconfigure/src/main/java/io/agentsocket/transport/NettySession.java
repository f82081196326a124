package io.agentsocket.transport;

import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

import org.springframework.core.io.buffer.NettyDataBufferFactory;
import org.springframework.web.reactive.socket.HandshakeInfo;
import org.springframework.web.reactive.socket.adapter.ReactorNettyWebSocketSession;

/**
 * Spring's session of Reactor Netty, which tells what it is made of.
 */
final class NettySession extends ReactorNettyWebSocketSession {

	NettySession(WebsocketInbound inbound, WebsocketOutbound outbound, HandshakeInfo handshake,
			NettyDataBufferFactory buffers, int maxFramePayloadLength) {
		super(inbound, outbound, handshake, buffers, maxFramePayloadLength);
	}

	WebsocketInbound inbound() {
		return getDelegate().getInbound();
	}

	WebsocketOutbound outbound() {
		return getDelegate().getOutbound();
	}

}
