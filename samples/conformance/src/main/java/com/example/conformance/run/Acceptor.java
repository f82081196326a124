package com.example.conformance.run;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import com.example.conformance.wire.WireSocket;

/**
 * A port of a run, and a thread for each connection.
 */
final class Acceptor implements Closeable {

	private final ServerSocket server;

	private final Set<WireSocket> sockets = ConcurrentHashMap.newKeySet();

	/**
	 * Listen at a free port.
	 * @param handler is called in a thread of its own for each connection
	 */
	Acceptor(Handler handler) {
		try {
			this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start("conformance-accept", () -> {
			while (true) {
				Socket accepted = this.server.accept();
				start("conformance-connection", () -> serve(accepted, handler));
			}
		});
	}

	private void serve(Socket accepted, Handler handler) throws IOException, InterruptedException {
		try (accepted; WireSocket socket = new WireSocket(accepted, false)) {
			track(socket);
			try {
				handler.handle(socket);
			}
			finally {
				this.sockets.remove(socket);
			}
		}
	}

	int port() {
		return this.server.getLocalPort();
	}

	/** Close a socket with this port. */
	void track(WireSocket socket) {
		this.sockets.add(socket);
		if (this.server.isClosed()) {
			socket.close();
		}
	}

	static void start(String name, Task task) {
		Thread thread = new Thread(() -> {
			try {
				task.run();
			}
			catch (IOException | InterruptedException ex) {
				// The connection has ended, on one side or the other.
			}
		}, name);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() {
		try {
			this.server.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.sockets.forEach(WireSocket::close);
	}

	/** Serves a connection. */
	@FunctionalInterface
	interface Handler {

		void handle(WireSocket socket) throws IOException, InterruptedException;

	}

	/** The work of a thread. */
	@FunctionalInterface
	interface Task {

		void run() throws IOException, InterruptedException;

	}

}
