package io.agentsocket.relay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.answer.Answers;

/**
 * A function on plain sockets, which can do everything that a function must not do.
 */
final class TestFunction implements AutoCloseable {

	static final Codec JSON = JacksonCodec.json();

	private final ServerSocket server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());

	private final ExecutorService threads = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "test-function");
		thread.setDaemon(true);
		return thread;
	});

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	/** All requests that came. */
	final List<Call> calls = new CopyOnWriteArrayList<>();

	volatile Behaviour behaviour;

	/** Answers a request. */
	interface Behaviour {

		void answer(Call call) throws IOException, InterruptedException;

	}

	TestFunction(Behaviour behaviour) throws IOException {
		this.behaviour = behaviour;
		this.threads.execute(this::accept);
	}

	URI url() {
		return URI.create("http://127.0.0.1:" + this.server.getLocalPort() + "/fn");
	}

	/** Number of connections that are open now. */
	int connections() {
		return this.sockets.size();
	}

	/** Resets some connections, as when an instance of the function is killed. */
	void cutSome(Random random) {
		for (Socket socket : this.sockets) {
			if (random.nextBoolean()) {
				try {
					socket.setSoLinger(true, 0);
					socket.close();
				}
				catch (IOException ex) {
					// It has gone already.
				}
			}
		}
	}

	private void accept() {
		try {
			while (true) {
				Socket socket = this.server.accept();
				socket.setTcpNoDelay(true);
				this.sockets.add(socket);
				this.threads.execute(() -> serve(socket));
			}
		}
		catch (IOException ex) {
			// Closed.
		}
	}

	private void serve(Socket socket) {
		try (socket) {
			InputStream in = socket.getInputStream();
			boolean first = true;
			String line = line(in);
			while (line != null) {
				Map<String, String> headers = new LinkedHashMap<>();
				for (String header = line(in); header != null && !header.isEmpty(); header = line(in)) {
					int colon = header.indexOf(':');
					headers.put(header.substring(0, colon).toLowerCase(Locale.ROOT),
							header.substring(colon + 1).strip());
				}
				byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
				Call call = new Call(socket, line, headers, Bytes.of(body), first);
				this.calls.add(call);
				this.behaviour.answer(call);
				first = false;
				line = line(in);
			}
		}
		catch (IOException | InterruptedException ex) {
			// The relay has gone.
		}
		finally {
			this.sockets.remove(socket);
		}
	}

	private static String line(InputStream in) throws IOException {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		int octet = in.read();
		while (octet >= 0 && octet != '\n') {
			if (octet != '\r') {
				line.write(octet);
			}
			octet = in.read();
		}
		return (octet < 0) ? null : line.toString(StandardCharsets.ISO_8859_1);
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
		this.threads.shutdownNow();
	}

	/** A request, and the way to answer it. */
	record Call(Socket socket, String line, Map<String, String> headers, Bytes body, boolean firstOfConnection) {

		Map<String, Object> json() {
			return JSON.decodeMap(this.body);
		}

		void raw(String text) throws IOException {
			raw(text.getBytes(StandardCharsets.UTF_8));
		}

		void raw(byte[] bytes) throws IOException {
			OutputStream out = this.socket.getOutputStream();
			out.write(bytes);
			out.flush();
		}

		void answer(int status, String contentType, byte[] body, String... more) throws IOException {
			StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
			if (contentType != null) {
				head.append("Content-Type: ").append(contentType).append("\r\n");
			}
			for (String header : more) {
				head.append(header).append("\r\n");
			}
			if (status != 204) {
				head.append("Content-Length: ").append(body.length).append("\r\n");
			}
			ByteArrayOutputStream all = new ByteArrayOutputStream();
			all.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
			all.writeBytes((status != 204) ? body : new byte[0]);
			raw(all.toByteArray());
		}

		void json(String json) throws IOException {
			answer(200, "application/json", json.getBytes(StandardCharsets.UTF_8));
		}

		void envelope(String json) throws IOException {
			answer(200, Answers.ENVELOPE, json.getBytes(StandardCharsets.UTF_8));
		}

		/** Begin a streamed answer. */
		Call stream(String contentType) throws IOException {
			raw("HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\nTransfer-Encoding: chunked\r\n\r\n");
			return this;
		}

		Call chunk(byte[] bytes) throws IOException {
			ByteArrayOutputStream all = new ByteArrayOutputStream();
			all.writeBytes((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
			all.writeBytes(bytes);
			all.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
			raw(all.toByteArray());
			return this;
		}

		void end() throws IOException {
			raw("0\r\n\r\n");
		}

		/** Close the connection with RST. */
		void reset() throws IOException {
			this.socket.setSoLinger(true, 0);
			this.socket.close();
		}

	}

}
