package io.agentsocket.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Forwards the first connection to one port and cuts it after a number of bytes in one
 * direction; later connections go to another port and are left alone.
 */
final class CutProxy implements AutoCloseable {

	private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final AtomicInteger accepted = new AtomicInteger();

	/** Bytes of the first connection, to the server and to the client. */
	final AtomicLong up = new AtomicLong();

	final AtomicLong down = new AtomicLong();

	CutProxy(int first, int later, long cutUp, long cutDown) throws IOException {
		Thread acceptor = new Thread(() -> accept(first, later, cutUp, cutDown), "proxy");
		acceptor.setDaemon(true);
		acceptor.start();
	}

	String uri() {
		return "ws://127.0.0.1:" + this.server.getLocalPort() + "/agentsocket";
	}

	private void accept(int first, int later, long cutUp, long cutDown) {
		try {
			while (true) {
				Socket client = this.server.accept();
				boolean cut = this.accepted.getAndIncrement() == 0;
				Socket target = new Socket(InetAddress.getLoopbackAddress(), cut ? first : later);
				this.sockets.add(client);
				this.sockets.add(target);
				client.setTcpNoDelay(true);
				target.setTcpNoDelay(true);
				copy(client, target, cut ? cutUp : Long.MAX_VALUE, cut ? this.up : new AtomicLong());
				copy(target, client, cut ? cutDown : Long.MAX_VALUE, cut ? this.down : new AtomicLong());
			}
		}
		catch (IOException ex) {
			// Closed.
		}
	}

	private void copy(Socket from, Socket to, long limit, AtomicLong count) {
		Thread copier = new Thread(() -> {
			byte[] buffer = new byte[8192];
			try (from; to) {
				InputStream in = from.getInputStream();
				OutputStream out = to.getOutputStream();
				int read = in.read(buffer);
				while (read >= 0) {
					int allowed = (int) Math.min(read, limit - count.get());
					out.write(buffer, 0, allowed);
					count.addAndGet(allowed);
					if (count.get() >= limit) {
						return;
					}
					read = in.read(buffer);
				}
			}
			catch (IOException ex) {
				// Cut on the other side.
			}
			finally {
				this.sockets.remove(from);
				this.sockets.remove(to);
			}
		}, "proxy");
		copier.setDaemon(true);
		copier.start();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

}
