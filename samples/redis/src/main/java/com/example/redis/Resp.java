package com.example.redis;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Just enough of the protocol of Redis to look after a server without a client library.
 */
final class Resp {

	/** No command takes that long, however busy the machine is. */
	private static final int TIMEOUT = 30_000;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private Resp() {
	}

	/**
	 * Send one command on a connection of its own.
	 * @param host where
	 * @param port where
	 * @param words the command
	 * @return its reply; elements of an array are separated by newlines
	 * @throws IOException if there is no connection, or the reply is an error
	 */
	static String command(String host, int port, String... words) throws IOException {
		return command(host, port, TIMEOUT, words);
	}

	/**
	 * Send one command on a connection of its own.
	 * @param host where
	 * @param port where
	 * @param timeout milliseconds that the connection and each part of the reply may take
	 * @param words the command
	 * @return its reply; elements of an array are separated by newlines
	 * @throws IOException if there is no connection, or the reply is late or an error
	 */
	static String command(String host, int port, int timeout, String... words) throws IOException {
		try (Socket socket = new Socket()) {
			socket.setSoTimeout(timeout);
			socket.connect(new InetSocketAddress(host, port), timeout);
			StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
			for (String word : words) {
				request.append('$').append(word.getBytes(StandardCharsets.UTF_8).length).append("\r\n");
				request.append(word).append("\r\n");
			}
			OutputStream out = socket.getOutputStream();
			out.write(request.toString().getBytes(StandardCharsets.UTF_8));
			out.flush();
			return reply(new BufferedInputStream(socket.getInputStream()));
		}
	}

	/**
	 * Wait until a server answers.
	 * @param host where
	 * @param port where
	 * @throws IOException if it does not within a minute
	 */
	static void awaitAnswer(String host, int port) throws IOException {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (true) {
			try {
				command(host, port, "PING");
				return;
			}
			catch (IOException ex) {
				if (System.nanoTime() > end) {
					throw new IOException("Redis does not answer at " + host + ":" + port, ex);
				}
				pause();
			}
		}
	}

	static void pause() {
		LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
	}

	private static String reply(InputStream in) throws IOException {
		String line = line(in);
		String rest = line.substring(1);
		switch (line.charAt(0)) {
			case '+', ':':
				return rest;
			case '-':
				throw new IOException(rest);
			case '$':
				int length = Integer.parseInt(rest);
				if (length < 0) {
					return "";
				}
				byte[] bytes = in.readNBytes(length);
				in.readNBytes(2);
				return new String(bytes, StandardCharsets.UTF_8);
			case '*':
				List<String> elements = new ArrayList<>();
				for (int i = Integer.parseInt(rest); i > 0; i--) {
					elements.add(reply(in));
				}
				return String.join("\n", elements);
			default:
				throw new IOException("This is no Redis: " + line);
		}
	}

	private static String line(InputStream in) throws IOException {
		StringBuilder line = new StringBuilder();
		while (true) {
			int next = in.read();
			if (next < 0) {
				throw new EOFException("Redis closed the connection");
			}
			if (next == '\n' && line.length() > 1) {
				return line.substring(0, line.length() - 1);
			}
			line.append((char) next);
		}
	}

}
