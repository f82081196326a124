package io.agentsocket.lambda;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;

/**
 * The Runtime API of AWS Lambda, as far as a runtime uses it: gives events, takes
 * answers. It speaks HTTP/1.1 by itself, since the server of the JDK takes no trailers of
 * requests. Each runtime has a server of its own.
 */
final class RuntimeApiServer implements AutoCloseable {

	private final ServerSocket server;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	/** Events; empty ends the connection that asks for one. */
	private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

	private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();

	/** Text of the body that is under way. */
	final StringBuffer coming = new StringBuffer();

	/** Status of the next answers to a POST. */
	volatile int status = 202;

	/** Path whose next POST is cut off. */
	volatile String cut = "";

	/** Whether events come in chunks. */
	volatile boolean chunked;

	/** Milliseconds that an invocation has. */
	volatile long millis = 60_000;

	private int count;

	RuntimeApiServer() throws IOException {
		this.server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
		start("runtime-api", this::accept);
	}

	private static void start(String name, Task task) {
		Thread thread = new Thread(() -> {
			try {
				task.run();
			}
			catch (IOException | InterruptedException ex) {
				// The runtime or the test has ended.
			}
		}, name);
		thread.setDaemon(true);
		thread.start();
	}

	String address() {
		return "127.0.0.1:" + this.server.getLocalPort();
	}

	void event(String event) {
		this.events.add(event);
	}

	/** Closes the connection on which the next event is asked for. */
	void closeWhenAsked() {
		this.events.add("");
	}

	Answer answer() throws InterruptedException {
		// A process may have to start for it, on a busy machine.
		Answer answer = this.answers.poll(4 * Await.LONG.toSeconds(), TimeUnit.SECONDS);
		if (answer == null) {
			throw new AssertionError("There is no answer");
		}
		return answer;
	}

	boolean hasNoAnswer() {
		return this.answers.isEmpty();
	}

	@Override
	public void close() throws IOException {
		this.server.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	private void accept() throws IOException {
		while (true) {
			Socket socket = this.server.accept();
			this.sockets.add(socket);
			if (this.server.isClosed()) {
				// A connection may still be accepted while the server is closed.
				socket.close();
				return;
			}
			socket.setTcpNoDelay(true);
			start("runtime-api-connection", () -> serve(socket));
		}
	}

	private void serve(Socket socket) throws IOException, InterruptedException {
		try (socket) {
			InputStream in = new BufferedInputStream(socket.getInputStream());
			String line = line(in);
			while (line != null) {
				Map<String, String> headers = headers(in);
				String path = line.split(" ")[1].replace("/2018-06-01/runtime", "");
				if (!(line.startsWith("GET") ? next(socket) : post(socket, in, path, headers))) {
					return;
				}
				line = line(in);
			}
		}
		finally {
			this.sockets.remove(socket);
		}
	}

	private boolean next(Socket socket) throws IOException, InterruptedException {
		String event = this.events.take();
		if (event.isEmpty()) {
			return false;
		}
		byte[] body = event.getBytes(StandardCharsets.UTF_8);
		// The native code of the client of AWS falls over without a content type.
		String head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: id-"
				+ ++this.count + "\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:xx-1:1:function:f\r\n"
				+ "Lambda-Runtime-Deadline-Ms: " + (System.currentTimeMillis() + this.millis) + "\r\n";
		ByteArrayOutputStream whole = new ByteArrayOutputStream();
		if (this.chunked) {
			int half = body.length / 2;
			whole.writeBytes((head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(half) + "\r\n")
				.getBytes(StandardCharsets.ISO_8859_1));
			whole.write(body, 0, half);
			whole.writeBytes(
					("\r\n" + Integer.toHexString(body.length - half) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
			whole.write(body, half, body.length - half);
			whole.writeBytes("\r\n0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
		}
		else {
			whole.writeBytes(
					(head + "Content-Length: " + body.length + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
			whole.writeBytes(body);
		}
		// In one packet: otherwise the runtime of AWS waits for its acknowledgement.
		socket.getOutputStream().write(whole.toByteArray());
		return true;
	}

	private boolean post(Socket socket, InputStream in, String path, Map<String, String> headers) throws IOException {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		this.coming.setLength(0);
		Map<String, String> trailers = Map.of();
		if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
			for (int size = size(in); size > 0; size = size(in)) {
				read(in, size, body);
				line(in);
			}
			trailers = headers(in);
		}
		else {
			read(in, Integer.parseInt(headers.getOrDefault("content-length", "0")), body);
		}
		if (!this.cut.isEmpty() && path.endsWith(this.cut)) {
			this.cut = "";
			this.answers.add(new Answer("cut", headers, "", trailers));
			return false;
		}
		this.answers.add(new Answer(path, headers, body.toString(StandardCharsets.ISO_8859_1), trailers));
		socket.getOutputStream()
			.write(("HTTP/1.1 " + this.status + " Any\r\nContent-Length: 15\r\n\r\n{\"status\":\"OK\"}")
				.getBytes(StandardCharsets.ISO_8859_1));
		return true;
	}

	private static int size(InputStream in) throws IOException {
		String line = line(in);
		if (line == null) {
			throw new EOFException();
		}
		return Integer.parseInt(line, 16);
	}

	private void read(InputStream in, int length, ByteArrayOutputStream body) throws IOException {
		for (int i = 0; i < length; i++) {
			int octet = in.read();
			if (octet < 0) {
				throw new EOFException();
			}
			body.write(octet);
			this.coming.append((char) octet);
		}
	}

	private static Map<String, String> headers(InputStream in) throws IOException {
		Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
			String[] parts = line.split(": *", 2);
			headers.put(parts[0], parts[1]);
		}
		return headers;
	}

	private static String line(InputStream in) throws IOException {
		StringBuilder line = new StringBuilder();
		for (int octet = in.read(); octet != '\n'; octet = in.read()) {
			if (octet < 0) {
				return null;
			}
			line.append((char) octet);
		}
		return line.toString().strip();
	}

	/**
	 * A request that a runtime has posted.
	 */
	record Answer(String path, Map<String, String> headers, String body, Map<String, String> trailers) {

	}

	/** Work on a socket. */
	@FunctionalInterface
	private interface Task {

		void run() throws IOException, InterruptedException;

	}

}
