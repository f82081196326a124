package com.example.benchmark.coldstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * A function that takes its requests from a Runtime API, which has one for it.
 */
final class LambdaProcess extends FunctionProcess {

	private static final int LOOK_MILLIS = 1_000;

	private final ServerSocket server;

	private @Nullable Socket socket;

	LambdaProcess(Path directory, List<String> command) throws IOException {
		this(directory, command, new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
	}

	private LambdaProcess(Path directory, List<String> command, ServerSocket server) throws IOException {
		super(directory, command, Map.of("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:" + server.getLocalPort()),
				"{\"words\":3}");
		this.server = server;
		server.setSoTimeout(LOOK_MILLIS);
	}

	@Override
	void ask() throws Exception {
		String headers = headers().entrySet()
			.stream()
			.map((header) -> "\"" + header.getKey() + "\":\"" + header.getValue() + "\"")
			.collect(Collectors.joining(","));
		String event = "{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"POST\"}},\"headers\":{"
				+ headers + "},\"body\":\"" + this.body.replace("\"", "\\\"") + "\",\"isBase64Encoded\":false}";
		Socket socket = accept();
		this.socket = socket;
		socket.setTcpNoDelay(true);
		BufferedReader in = new BufferedReader(
				new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
		head(in);
		OutputStream out = socket.getOutputStream();
		out.write(("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\nLambda-Runtime-Deadline-Ms: "
				+ (System.currentTimeMillis() + 60_000) + "\r\nContent-Length: " + event.length() + "\r\n\r\n" + event)
			.getBytes(StandardCharsets.ISO_8859_1));
		head(in);
		// The length of the first chunk, and the chunk.
		in.readLine();
		String begin = in.readLine();
		if (!begin.contains("200")) {
			throw new IllegalStateException("The function answers " + begin);
		}
	}

	@Override
	void finish() throws IOException {
		if (this.socket != null) {
			this.socket.getOutputStream()
				.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
		}
	}

	private Socket accept() throws IOException {
		while (true) {
			try {
				return this.server.accept();
			}
			catch (SocketTimeoutException ex) {
				checkAlive();
			}
		}
	}

	private static void head(BufferedReader in) throws IOException {
		String line = in.readLine();
		while (!line.isEmpty()) {
			line = in.readLine();
		}
	}

	@Override
	public void close() throws IOException {
		super.close();
		this.server.close();
	}

}
