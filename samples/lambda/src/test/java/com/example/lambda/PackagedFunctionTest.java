package com.example.lambda;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the commands of {@code docs/functions.md} that make a start shorter on the jar
 * that the build has made, and answers a request with what comes out. Runs after the jar
 * is there, so that its name is not that of other tests.
 */
@Timeout(300)
class PackagedFunctionTest {

	/** Milliseconds for whatever the function does. */
	private static final int PATIENCE = 120_000;

	private static final String SECRET = "whsec_c2FtcGxlcy9sYW1iZGEgaGFzIG5vIHNlY3JldHMgaW4gaXQ=";

	@TempDir
	Path directory;

	@Test
	void plainJarAnswers() throws Exception {
		copyJar();
		assertThat(answer("java -jar function.jar")).contains("\"statusCode\":401");
	}

	@Test
	void commandsOfTheDocumentMakeAnArchiveThatIsUsed() throws Exception {
		copyJar();
		List<String> commands = commands();
		assertThat(commands).hasSize(3);
		for (String command : commands.subList(0, 2)) {
			assertThat(shell(command, "127.0.0.1:9").waitFor()).as(command).isZero();
		}
		assertThat(this.directory.resolve("function.jsa")).exists();
		// Does not start when the archive does not fit.
		assertThat(answer(commands.get(2).replace("java ", "java -Xshare:on "))).contains("\"statusCode\":401");
	}

	private void copyJar() throws IOException {
		try (Stream<Path> files = Files.list(Path.of("target"))) {
			Path jar = files.filter((file) -> file.toString().endsWith(".jar")).findFirst().orElseThrow();
			Files.copy(jar, this.directory.resolve("function.jar"));
		}
	}

	private static List<String> commands() throws IOException {
		List<String> commands = new ArrayList<>();
		boolean section = false;
		boolean block = false;
		for (String line : Files.readAllLines(Path.of("..", "..", "docs", "functions.md"))) {
			section = line.startsWith("#") ? line.equals("### Starting fast") : section;
			if (section && line.startsWith("```")) {
				block = line.equals("```sh");
			}
			else if (section && block && line.startsWith("java ") && !line.contains("AOT")) {
				commands.add(line);
			}
		}
		return commands;
	}

	private Process shell(String command, String api) throws IOException {
		ProcessBuilder builder = new ProcessBuilder("sh", "-c", "exec " + command).directory(this.directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(this.directory.resolve("output.txt").toFile());
		builder.environment().put("AWS_LAMBDA_RUNTIME_API", api);
		builder.environment().put("SHOP_SECRET", SECRET);
		builder.environment()
			.merge("PATH", Path.of(System.getProperty("java.home"), "bin").toString(), (path, own) -> own + ":" + path);
		return builder.start();
	}

	/** The answer to one request, which is not signed. */
	private String answer(String command) throws Exception {
		String event = "{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"POST\"}},\"headers\":{}}";
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Process process = shell(command, "127.0.0.1:" + server.getLocalPort());
			process.onExit().thenRun(() -> close(server));
			server.setSoTimeout(PATIENCE);
			try (Socket socket = server.accept()) {
				socket.setSoTimeout(PATIENCE);
				BufferedReader in = new BufferedReader(
						new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
				skipHead(in);
				socket.getOutputStream()
					.write(("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\nContent-Length: "
							+ event.length() + "\r\n\r\n" + event)
						.getBytes(StandardCharsets.ISO_8859_1));
				skipHead(in);
				// The length of the first chunk, and the chunk.
				in.readLine();
				return in.readLine();
			}
			finally {
				process.destroyForcibly().waitFor();
			}
		}
		catch (IOException ex) {
			throw new IOException(Files.readString(this.directory.resolve("output.txt")), ex);
		}
	}

	private static void close(ServerSocket server) {
		try {
			server.close();
		}
		catch (IOException ex) {
			// It is closed already.
		}
	}

	private static void skipHead(BufferedReader in) throws IOException {
		String line = in.readLine();
		while (line != null && !line.isEmpty()) {
			line = in.readLine();
		}
	}

}
