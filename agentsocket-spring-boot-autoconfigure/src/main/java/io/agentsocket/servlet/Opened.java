package io.agentsocket.servlet;

import reactor.core.publisher.Mono;

/**
 * A connection that was taken over.
 *
 * @param socket its socket
 * @param service serves it
 */
record Opened(ContainerSocket socket, Mono<Void> service) {

	void start() {
		this.socket.start(this.service);
	}

}
