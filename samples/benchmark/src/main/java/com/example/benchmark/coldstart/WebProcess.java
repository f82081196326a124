package com.example.benchmark.coldstart;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A function on a web server.
 */
final class WebProcess extends FunctionProcess {

	/** Time between attempts to connect: by so much a figure may be too high. */
	private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(2);

	private final int port;

	WebProcess(Path directory, List<String> command) throws IOException {
		this(directory, command, freePort());
	}

	private WebProcess(Path directory, List<String> command, int port) throws IOException {
		super(directory, command, Map.of("SERVER_PORT", String.valueOf(port)), "{\"words\":3,\"pause\":0}");
		this.port = port;
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	@Override
	void ask() throws Exception {
		StringBuilder request = new StringBuilder("POST /shop HTTP/1.1\r\nHost: function\r\nContent-Length: ")
			.append(this.body.length())
			.append("\r\n");
		headers().forEach((name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
		request.append("\r\n").append(this.body);
		try (Socket socket = connect()) {
			socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
			String begin = new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
			if (!begin.endsWith(" 200")) {
				throw new IllegalStateException("The function answers " + begin);
			}
		}
	}

	@Override
	void finish() {
		// Its connection is closed.
	}

	private Socket connect() throws IOException {
		while (true) {
			try {
				return new Socket(InetAddress.getLoopbackAddress(), this.port);
			}
			catch (ConnectException ex) {
				checkAlive();
				LockSupport.parkNanos(PAUSE);
			}
		}
	}

}
