package io.agentsocket;

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
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands before a server on this machine: lets everything through, slowly, not at all,
 * breaks all connections, or breaks the first one after a number of bytes.
 */
public final class TcpProxy implements AutoCloseable {

	/** Treatment of the bytes that come. */
	public enum Mode {

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

	private final int first;

	private final int later;

	/** Bytes of the first connection, to the server and to the client. */
	private final AtomicLong up = new AtomicLong();

	private final AtomicLong down = new AtomicLong();

	private volatile long cutUp = Long.MAX_VALUE;

	private volatile long cutDown = Long.MAX_VALUE;

	private volatile Mode mode = Mode.OPEN;

	private volatile Duration delay = Duration.ZERO;

	/**
	 * Stand before a server.
	 * @param target port of the server
	 * @throws IOException if there is no port for the proxy
	 */
	public TcpProxy(int target) throws IOException {
		this(target, target);
	}

	/**
	 * Stand before two servers.
	 * @param first port for the first connection
	 * @param later port for all others
	 * @throws IOException if there is no port for the proxy
	 */
	public TcpProxy(int first, int later) throws IOException {
		this.first = first;
		this.later = later;
		start(this::accept);
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "proxy");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * Cut the first connection after some bytes in one direction.
	 * @param toServer bytes to the server
	 * @param toClient bytes to the client
	 * @return this
	 */
	public TcpProxy cutting(long toServer, long toClient) {
		this.cutUp = toServer;
		this.cutDown = toClient;
		return this;
	}

	/**
	 * Port of the proxy.
	 * @return the port
	 */
	public int port() {
		return this.server.getLocalPort();
	}

	/**
	 * Address of the endpoint behind it.
	 * @return the address
	 */
	public String uri() {
		return "ws://127.0.0.1:" + port() + "/agentsocket";
	}

	/**
	 * Connections so far.
	 * @return their number
	 */
	public int accepted() {
		return this.accepted.get();
	}

	/**
	 * Bytes of the first connection to the server.
	 * @return their number
	 */
	public long up() {
		return this.up.get();
	}

	/**
	 * Bytes of the first connection to the client.
	 * @return their number
	 */
	public long down() {
		return this.down.get();
	}

	/**
	 * Hold back what comes in either direction for some time.
	 * @param time the time
	 */
	public void delay(Duration time) {
		this.delay = time;
	}

	/**
	 * Do something else with what comes.
	 * @param next what to do
	 * @throws IOException if a connection cannot be closed
	 */
	public synchronized void mode(Mode next) throws IOException {
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

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				accept(this.server.accept());
			}
			catch (IOException ex) {
				// Closed, or the server behind it does not listen.
			}
		}
	}

	private void accept(Socket client) throws IOException {
		this.sockets.add(client);
		boolean isFirst = this.accepted.getAndIncrement() == 0;
		if (this.mode == Mode.SHUT) {
			client.close();
			return;
		}
		Socket target;
		try {
			target = new Socket(InetAddress.getLoopbackAddress(), isFirst ? this.first : this.later);
		}
		catch (IOException ex) {
			client.close();
			throw ex;
		}
		this.sockets.add(target);
		client.setTcpNoDelay(true);
		target.setTcpNoDelay(true);
		start(() -> copy(client, target, isFirst ? this.cutUp : Long.MAX_VALUE, isFirst ? this.up : new AtomicLong()));
		start(() -> copy(target, client, isFirst ? this.cutDown : Long.MAX_VALUE,
				isFirst ? this.down : new AtomicLong()));
	}

	private void copy(Socket from, Socket to, long limit, AtomicLong count) {
		byte[] buffer = new byte[8192];
		try (from; to) {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			int read = in.read(buffer);
			while (read >= 0) {
				LockSupport.parkNanos(this.delay.toNanos());
				pass();
				int allowed = (int) Math.min(read, limit - count.get());
				out.write(buffer, 0, allowed);
				if (count.addAndGet(allowed) >= limit) {
					return;
				}
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
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		mode(Mode.SHUT);
	}

}
