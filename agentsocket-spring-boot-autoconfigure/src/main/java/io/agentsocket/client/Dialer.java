package io.agentsocket.client;

import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.agentsocket.client.ClientSettings.Connecting;
import io.agentsocket.transport.Socket;
import io.agentsocket.transport.TransportListener;
import io.agentsocket.transport.WebSocketTransport;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.http.HttpHeaders;

/**
 * Opens sockets: asks for the token and the headers, and upgrades. Implements the
 * client's half of section 3 of {@code docs/protocol.md}.
 */
final class Dialer {

	private final Connecting connecting;

	private final String subProtocol;

	private final BiFunction<Attempt, WebSocketTransport, TransportListener> listeners;

	/**
	 * Create a dialer.
	 * @param settings the addresses, and how to connect to them
	 * @param listeners creates the listener of a socket, on its event loop
	 */
	Dialer(ClientSettings settings, BiFunction<Attempt, WebSocketTransport, TransportListener> listeners) {
		this.connecting = settings.connecting();
		this.subProtocol = settings.codec().subProtocol();
		this.listeners = listeners;
	}

	/**
	 * Open a socket.
	 * @param attempt the attempt that it belongs to
	 * @param failed told on any thread why there is no socket
	 * @return cancels the attempt, and drops its socket
	 */
	Disposable dial(Attempt attempt, Consumer<Throwable> failed) {
		return headers(attempt).flatMap((headers) -> {
			attempt.dialing();
			return this.connecting.connector()
				.connect(attempt.address().uri(), headers, this.subProtocol, (socket) -> serve(attempt, socket));
		}).doFinally((signal) -> attempt.gone()).subscribe(null, failed);
	}

	private Mono<HttpHeaders> headers(Attempt attempt) {
		Mono<HttpHeaders> headers = Mono.fromSupplier(() -> {
			HttpHeaders created = new HttpHeaders();
			this.connecting.headers().accept(created);
			return created;
		});
		Mono<String> token = this.connecting.credential().token();
		if (token == null) {
			return headers;
		}
		return headers.zipWith(token.switchIfEmpty(Mono.error(() -> new IllegalStateException("There is no token"))),
				(created, value) -> {
					if (this.connecting.credential().isInHello()) {
						attempt.token(value);
					}
					else {
						created.setBearerAuth(value);
					}
					return created;
				});
	}

	private Mono<Void> serve(Attempt attempt, Supplier<Socket> socket) {
		return WebSocketTransport.serve(socket, this.connecting.closeTimeout(), (transport) -> {
			attempt.upgraded(transport);
			return this.listeners.apply(attempt, transport);
		});
	}

}
