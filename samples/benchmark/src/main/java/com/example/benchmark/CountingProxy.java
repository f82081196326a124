package com.example.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between a client and a server and counts the bytes of TCP in both directions.
 */
final class CountingProxy implements AutoCloseable {

	private final ServerSocket listening;

	private final int target;

	private final List<Socket> sockets = new CopyOnWriteArrayList<>();

	private final AtomicLong bytes = new AtomicLong();

	CountingProxy(int target) throws IOException {
		this.target = target;
		this.listening = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
		start("accept", this::accept);
	}

	int port() {
		return this.listening.getLocalPort();
	}

	/** Bytes so far, up and down. */
	long bytes() {
		return this.bytes.get();
	}

	private void accept() throws IOException {
		while (true) {
			Socket client = this.listening.accept();
			Socket server = new Socket(InetAddress.getLoopbackAddress(), this.target);
			this.sockets.addAll(List.of(client, server));
			start("up", () -> copy(client, server));
			start("down", () -> copy(server, client));
		}
	}

	private void copy(Socket from, Socket to) throws IOException {
		from.setTcpNoDelay(true);
		try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
			byte[] buffer = new byte[64 * 1024];
			for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
				this.bytes.addAndGet(n);
				out.write(buffer, 0, n);
			}
		}
	}

	private static void start(String name, Loop loop) {
		Thread thread = new Thread(() -> {
			try {
				loop.run();
			}
			catch (IOException ex) {
				// Either side has closed.
			}
		}, "proxy-" + name);
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() throws IOException {
		this.listening.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	@FunctionalInterface
	private interface Loop {

		void run() throws IOException;

	}

}
