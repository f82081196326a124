package io.agentsocket.client;

import java.time.Duration;
import java.util.function.UnaryOperator;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Limits;
import io.agentsocket.transport.NettyConnector;
import io.agentsocket.transport.SocketConnector;
import io.netty.channel.ChannelOption;
import reactor.netty.http.client.HttpClient;

import org.springframework.util.ClassUtils;

/**
 * The parts of a client that nobody has chosen. They are made when they are needed: the
 * libraries behind them may be missing.
 */
final class ClientDefaults {

	private static final String REACTOR_NETTY = "reactor.netty.http.client.HttpClient";

	private ClientDefaults() {
	}

	/**
	 * Connects through Reactor Netty. It does not use the shared pool, which has 500
	 * connections for a host: a WebSocket never goes back to it.
	 * @param connectTimeout time that the TCP connection may take
	 * @param limits limits of the client
	 * @param change changes of the HTTP client by the application
	 * @return the connector
	 * @throws IllegalStateException if Reactor Netty is not on the class path
	 */
	static SocketConnector connector(Duration connectTimeout, Limits limits, UnaryOperator<HttpClient> change) {
		if (!ClassUtils.isPresent(REACTOR_NETTY, ClientDefaults.class.getClassLoader())) {
			throw new IllegalStateException(
					"A client needs Reactor Netty: add io.projectreactor.netty:reactor-netty-http,"
							+ " or give the builder another webSocketClient");
		}
		int timeout = (int) Math.min(connectTimeout.toMillis(), Integer.MAX_VALUE);
		HttpClient http = HttpClient.newConnection().option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeout);
		return new NettyConnector(change.apply(http), limits.message());
	}

	/**
	 * The codec of all clients that are given none: its readers and writers take longer
	 * to build than a connection.
	 * @return CBOR
	 */
	static Codec codec() {
		return Cbor.CODEC;
	}

	/** Loaded with the first client that needs it. */
	private static final class Cbor {

		private static final Codec CODEC = JacksonCodec.cbor();

		private Cbor() {
		}

	}

}
