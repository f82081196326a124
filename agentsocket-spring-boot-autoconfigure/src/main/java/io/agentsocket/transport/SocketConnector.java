package io.agentsocket.transport;

import java.net.URI;
import java.util.function.Function;
import java.util.function.Supplier;

import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;

/**
 * Opens sockets, with whichever library. Thread-safe.
 */
@FunctionalInterface
public interface SocketConnector {

	/**
	 * Open a socket.
	 * @param uri address of the server
	 * @param headers headers of the upgrade, the sub-protocol not among them
	 * @param subProtocol the sub-protocol that the server has to choose
	 * @param handler gets what makes the socket, on its event loop; the socket is closed
	 * when the publisher that it returns ends
	 * @return ends with the socket; fails when there is none
	 */
	Mono<Void> connect(URI uri, HttpHeaders headers, String subProtocol,
			Function<Supplier<Socket>, Mono<Void>> handler);

}
