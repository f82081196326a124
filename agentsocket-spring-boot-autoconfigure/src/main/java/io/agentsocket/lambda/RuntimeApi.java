package io.agentsocket.lambda;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * A client for the Runtime API of AWS Lambda, over one connection that is kept: HTTP/1.1
 * on a socket. The client of the JDK cannot send trailers, by which the Runtime API is
 * told that an answer has failed in its middle, and costs a cold start the classes that
 * it loads. For one thread; only {@link #abort()} may be called by another one.
 */
final class RuntimeApi {

	static final String INVOCATION = "/2018-06-01/runtime/invocation/";

	/** An event has at most 6 MB. */
	private static final int MAX_BODY = 16 * 1024 * 1024;

	/** Headers have the context of the client, which has 3,583 bytes at most. */
	private static final int MAX_HEAD = 64 * 1024;

	/** The Runtime API is on the same machine. */
	private static final int CONNECT_MILLIS = 10_000;

	/** For the answer to a POST; one to a GET has no limit. */
	private static final int READ_MILLIS = 10_000;

	private static final int BUFFER = 16 * 1024;

	private final String host;

	private final int port;

	private @Nullable Connection connection;

	/** Whether nothing is to be waited for any more. */
	private boolean aborted;

	/**
	 * Create a client.
	 * @param address host and port
	 */
	RuntimeApi(String address) {
		int colon = address.lastIndexOf(':');
		this.host = (colon < 0) ? address : address.substring(0, colon);
		this.port = (colon < 0) ? 80 : Integer.parseInt(address.substring(colon + 1));
	}

	/**
	 * Get something. A kept connection that has ended meanwhile is replaced.
	 * @param path the path
	 * @return the answer
	 * @throws IOException when there is none
	 */
	Answer get(String path) throws IOException {
		String head = "GET " + path + " HTTP/1.1\r\n";
		Connection kept = kept();
		if (kept != null) {
			try {
				return get(kept, head);
			}
			catch (EOFException | SocketException ex) {
				if (isAborted()) {
					throw ex;
				}
				// It was closed while nobody used it.
				kept.close();
			}
		}
		return get(connect(true), head);
	}

	private Answer get(Connection used, String head) throws IOException {
		try {
			used.head(head, "");
			used.out.flush();
			return used.read();
		}
		catch (IOException ex) {
			used.close();
			throw ex;
		}
	}

	/**
	 * Begin to post something.
	 * @param path the path
	 * @param headers further lines of headers, each with its end
	 * @return takes the body
	 * @throws IOException when there is no connection
	 */
	Post post(String path, String headers) throws IOException {
		Connection kept = kept();
		Connection used = (kept != null) ? kept : connect(false);
		used.head("POST " + path + " HTTP/1.1\r\n", "Transfer-Encoding: chunked\r\n" + headers);
		return new Post(used);
	}

	private synchronized @Nullable Connection kept() {
		Connection kept = this.connection;
		return (kept != null && !kept.socket.isClosed()) ? kept : null;
	}

	/** An event that has come is answered even after {@link #abort()}. */
	private Connection connect(boolean toGet) throws IOException {
		Connection made = new Connection(this.host, this.port);
		synchronized (this) {
			if (toGet && this.aborted) {
				made.close();
				throw new SocketException("No further event is wanted");
			}
			this.connection = made;
		}
		return made;
	}

	private synchronized boolean isAborted() {
		return this.aborted;
	}

	/**
	 * Close the connection, so that a thread that waits for an answer gets an error. A
	 * thread that connects at this time to get something gets an error, too.
	 */
	synchronized void abort() {
		this.aborted = true;
		if (this.connection != null) {
			this.connection.close();
		}
	}

	/** Allow to get something again after {@link #abort()}. */
	synchronized void reset() {
		this.aborted = false;
	}

	/**
	 * An answer.
	 *
	 * @param status status of HTTP
	 * @param headers headers; letter case does not count
	 * @param body the body
	 */
	record Answer(int status, Map<String, String> headers, byte[] body) {

		String header(String name) {
			return this.headers.getOrDefault(name, "");
		}

	}

	/**
	 * A body that is sent piece by piece.
	 */
	static final class Post {

		private final Connection used;

		private Post(Connection used) {
			this.used = used;
		}

		/** Add a piece, which is sent with the next one that is flushed. */
		void write(byte[] bytes, int offset, int length) throws IOException {
			if (length > 0) {
				this.used.ascii(Integer.toHexString(length) + "\r\n");
				this.used.out.write(bytes, offset, length);
				this.used.ascii("\r\n");
			}
		}

		void flush() throws IOException {
			this.used.out.flush();
		}

		/**
		 * End the body.
		 * @param trailers lines of headers, each with its end
		 * @return the answer
		 */
		Answer end(String trailers) throws IOException {
			this.used.ascii("0\r\n" + trailers + "\r\n");
			this.used.out.flush();
			this.used.socket.setSoTimeout(READ_MILLIS);
			Answer answer = this.used.read();
			if (!this.used.socket.isClosed()) {
				this.used.socket.setSoTimeout(0);
			}
			return answer;
		}

		/** Leave the body without an end. */
		void cut() {
			this.used.close();
		}

	}

	/**
	 * A connection.
	 */
	private static final class Connection {

		private final String host;

		private final Socket socket = new Socket();

		private final InputStream in;

		private final OutputStream out;

		Connection(String host, int port) throws IOException {
			this.host = host + ":" + port;
			this.socket.setTcpNoDelay(true);
			try {
				this.socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
				this.in = new BufferedInputStream(this.socket.getInputStream(), BUFFER);
				this.out = new BufferedOutputStream(this.socket.getOutputStream(), BUFFER);
			}
			catch (IOException ex) {
				close();
				throw ex;
			}
		}

		void close() {
			try {
				this.socket.close();
			}
			catch (IOException ex) {
				// It is of no use any more.
			}
		}

		void head(String line, String headers) throws IOException {
			ascii(line + "Host: " + this.host + "\r\nUser-Agent: agentsocket\r\n" + headers + "\r\n");
		}

		void ascii(String text) throws IOException {
			this.out.write(text.getBytes(StandardCharsets.ISO_8859_1));
		}

		Answer read() throws IOException {
			int status;
			Map<String, String> headers;
			do {
				String line = line(MAX_HEAD);
				String[] parts = line.split(" ", 3);
				if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !parts[1].matches("[1-5][0-9][0-9]")) {
					throw new IOException("The Runtime API does not speak HTTP/1.1");
				}
				status = Integer.parseInt(parts[1]);
				headers = headers();
			}
			while (status < 200);
			byte[] body = body(headers, status);
			if ("close".equalsIgnoreCase(headers.get("connection"))) {
				close();
			}
			return new Answer(status, headers, body);
		}

		private byte[] body(Map<String, String> headers, int status) throws IOException {
			if (status == 204 || status == 304) {
				return new byte[0];
			}
			if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
				return chunks();
			}
			String length = headers.get("content-length");
			if (length != null) {
				return exactly(number(length, 10));
			}
			byte[] rest = this.in.readNBytes(MAX_BODY);
			close();
			return rest;
		}

		private byte[] chunks() throws IOException {
			ByteArrayOutputStream body = new ByteArrayOutputStream();
			int size = number(line(MAX_HEAD).split(";", 2)[0].strip(), 16);
			while (size > 0) {
				if (body.size() + size > MAX_BODY) {
					throw new IOException("An answer of the Runtime API is too large");
				}
				body.write(exactly(size));
				line(MAX_HEAD);
				size = number(line(MAX_HEAD).split(";", 2)[0].strip(), 16);
			}
			headers();
			return body.toByteArray();
		}

		private static int number(String text, int radix) throws IOException {
			try {
				int number = Integer.parseInt(text, radix);
				if (number >= 0 && number <= MAX_BODY) {
					return number;
				}
			}
			catch (NumberFormatException ex) {
				// As one that is too large.
			}
			throw new IOException("An answer of the Runtime API has no valid length");
		}

		private byte[] exactly(int length) throws IOException {
			byte[] bytes = this.in.readNBytes(length);
			if (bytes.length < length) {
				throw new EOFException("The Runtime API has cut off an answer");
			}
			return bytes;
		}

		private Map<String, String> headers() throws IOException {
			Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
			int left = MAX_HEAD;
			for (String line = line(left); !line.isEmpty(); line = line(left)) {
				left -= line.length();
				int colon = line.indexOf(':');
				if (colon > 0) {
					headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
				}
			}
			return headers;
		}

		private String line(int most) throws IOException {
			ByteArrayOutputStream line = new ByteArrayOutputStream();
			for (int octet = this.in.read(); octet != '\n'; octet = this.in.read()) {
				if (octet < 0) {
					throw new EOFException("The Runtime API has closed its connection");
				}
				if (line.size() >= most) {
					throw new IOException("An answer of the Runtime API has too long a head");
				}
				line.write(octet);
			}
			return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
		}

	}

}
