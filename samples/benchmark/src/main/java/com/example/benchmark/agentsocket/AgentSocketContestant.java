package com.example.benchmark.agentsocket;

import com.example.benchmark.BootServer;
import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Limits;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.WebsocketClientSpec;

import org.springframework.web.reactive.socket.client.ReactorNettyWebSocketClient;
import org.springframework.web.reactive.socket.client.WebSocketClient;

/**
 * Agent Socket as its starter sets it up, called by its typed client.
 *
 * @param codec name of the codec of the client; the server offers both
 * @param direct whether the tool is declared to be quick enough for the event loop
 * @param properties properties of the server in addition, as {@code name=value}
 */
public record AgentSocketContestant(String codec, boolean direct, String... properties) implements Contestant {

	/** One for all connections of a client, as a bean of an application is. */
	private static final Codec CBOR = JacksonCodec.cbor();

	private static final Codec JSON = JacksonCodec.json();

	@Override
	public Server serve() {
		String[] all = new String[this.properties.length + 2];
		all[0] = "agentsocket.enabled=true";
		all[1] = "benchmark.direct=" + this.direct;
		System.arraycopy(this.properties, 0, all, 2, this.properties.length);
		return BootServer.start(AgentSocketApplication.class, all);
	}

	@Override
	public Connection connect(int port) {
		Codec chosen = this.codec.equals("json") ? JSON : CBOR;
		// The default client shares a pool of Reactor Netty, which ends at 500
		// connections.
		WebSocketClient sockets = new ReactorNettyWebSocketClient(HttpClient.newConnection(),
				() -> WebsocketClientSpec.builder().maxFramePayloadLength(Limits.CLIENT.message()));
		return new AgentSocketConnection(AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket")
			.codec(chosen)
			.webSocketClient(sockets)
			.build());
	}

}
