package io.agentsocket.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands before a server: lets everything through, slowly, not at all, or breaks all
 * connections.
 */
final class TcpGate implements AutoCloseable {

	/** What it does with what comes. */
	enum Mode {

		/** Everything goes through. */
		OPEN,

		/** Connections stay, and nothing goes through. */
		STALLED,

		/** Connections break, new ones too. */
		SHUT

	}

	private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final AtomicInteger accepted = new AtomicInteger();

	private volatile Mode mode = Mode.OPEN;

	private volatile Duration delay = Duration.ZERO;

	TcpGate(int target) throws IOException {
		Thread acceptor = new Thread(() -> accept(target), "gate");
		acceptor.setDaemon(true);
		acceptor.start();
	}

	int port() {
		return this.server.getLocalPort();
	}

	/** Connections so far. */
	int accepted() {
		return this.accepted.get();
	}

	/** Hold back what comes in either direction for some time. */
	void delay(Duration time) {
		this.delay = time;
	}

	synchronized void mode(Mode next) throws IOException {
		this.mode = next;
		notifyAll();
		if (next == Mode.SHUT) {
			for (Socket socket : this.sockets) {
				socket.close();
			}
		}
	}

	private synchronized void pass() throws InterruptedException {
		while (this.mode == Mode.STALLED) {
			wait();
		}
	}

	private void accept(int target) {
		try {
			while (true) {
				Socket client = this.server.accept();
				this.accepted.incrementAndGet();
				if (this.mode == Mode.SHUT) {
					client.close();
					continue;
				}
				Socket connected = new Socket(InetAddress.getLoopbackAddress(), target);
				this.sockets.add(client);
				this.sockets.add(connected);
				client.setTcpNoDelay(true);
				connected.setTcpNoDelay(true);
				copy(client, connected);
				copy(connected, client);
			}
		}
		catch (IOException ex) {
			// Closed.
		}
	}

	private void copy(Socket from, Socket to) {
		Thread copier = new Thread(() -> {
			byte[] buffer = new byte[8192];
			try (from; to) {
				InputStream in = from.getInputStream();
				OutputStream out = to.getOutputStream();
				int read = in.read(buffer);
				while (read >= 0) {
					LockSupport.parkNanos(this.delay.toNanos());
					pass();
					out.write(buffer, 0, read);
					read = in.read(buffer);
				}
			}
			catch (IOException | InterruptedException ex) {
				// Broken on one side.
			}
			finally {
				this.sockets.remove(from);
				this.sockets.remove(to);
			}
		}, "gate");
		copier.setDaemon(true);
		copier.start();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		mode(Mode.SHUT);
	}

}
