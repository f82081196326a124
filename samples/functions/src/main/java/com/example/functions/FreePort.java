package com.example.functions;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

import org.springframework.boot.web.server.PortInUseException;

/**
 * A port for a server that has to know it before it starts. Another process may take it
 * before the server does: then another one is tried.
 */
final class FreePort {

	/** A port that was free a moment ago is hardly ever taken. */
	private static final int ATTEMPTS = 5;

	private FreePort() {
	}

	static <T> T use(Server<T> server) throws IOException {
		for (int attempt = 1;; attempt++) {
			try {
				return server.start(find());
			}
			catch (IOException | RuntimeException ex) {
				if (attempt == ATTEMPTS || !mayBeTaken(ex)) {
					throw ex;
				}
			}
		}
	}

	private static int find() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	/** A process that ends at its start does not say why. */
	private static boolean mayBeTaken(Exception failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof PortInUseException || cause instanceof IOException) {
				return true;
			}
		}
		return false;
	}

	/** A server that starts at a port, or fails. */
	@FunctionalInterface
	interface Server<T> {

		T start(int port) throws IOException;

	}

}
