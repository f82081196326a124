package io.agentsocket.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server in a JVM of 256 MB that ends with the first error of memory: it survives what
 * agents do on purpose, and serves another agent meanwhile.
 */
class LowMemoryTests {

	private static final int MB = 1024 * 1024;

	private static final JacksonCodec CODEC = JacksonCodec.json();

	private static Process process;

	private static BufferedReader output;

	private static int port;

	private static AgentSocketClient witness;

	private final List<PlainSocket> attackers = new ArrayList<>();

	@BeforeAll
	static void start() throws Exception {
		process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
				"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-cp", classPath(),
				LowMemoryServer.class.getName())
			.redirectError(Path.of("target", "low-memory.log").toFile())
			.start();
		output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
		port = Integer.parseInt(line());
		witness = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket").build();
		witness.connect().block(Await.LONG);
	}

	/** Class path of this JVM, however the launcher has made it. */
	private static String classPath() {
		if (LowMemoryTests.class.getClassLoader() instanceof java.net.URLClassLoader loader) {
			return Arrays.stream(loader.getURLs())
				.map((url) -> Path.of(java.net.URI.create(url.toString())).toString())
				.collect(java.util.stream.Collectors.joining(java.io.File.pathSeparator));
		}
		return System.getProperty("java.class.path");
	}

	@AfterAll
	static void stop() throws Exception {
		witness.close().block(Await.LONG);
		process.getOutputStream().close();
		process.waitFor();
	}

	/** A number that the server has written; the log may write lines, too. */
	private static String line() throws IOException {
		while (true) {
			String line = output.readLine();
			assertThat(line).as("the server lives").isNotNull();
			if (line.matches("[0-9 ]+")) {
				return line;
			}
		}
	}

	private static long[] memory() throws IOException {
		process.getOutputStream().write('\n');
		process.getOutputStream().flush();
		return Arrays.stream(line().split(" ")).mapToLong(Long::parseLong).toArray();
	}

	/** The agents go, and all that they held comes free. */
	@AfterEach
	void leave() throws Exception {
		for (PlainSocket attacker : this.attackers) {
			attacker.close();
		}
		assertServed("echo");
	}

	/** Another agent is served, and soon, even if it has to ask again. */
	private static void assertServed(String tool) {
		Await.untilAsserted(() -> {
			assertThat(process.isAlive()).as("the server lives").isTrue();
			try {
				assertThat(witness.invoke(tool)
					.arguments(Map.of("text", "x"))
					.timeout(Duration.ofSeconds(10))
					.toMono(String.class)
					.block(Await.LONG)).isEqualTo("x");
			}
			catch (ActionException ex) {
				throw new AssertionError(ex);
			}
		});
	}

	private static void assertWithinBudget() throws IOException {
		long[] memory = memory();
		// Beyond the last step a window of each loop may be on its way.
		assertThat(memory[0]).isLessThan(memory[1] + 4 * MB);
	}

	private PlainSocket attacker() throws IOException {
		PlainSocket attacker = PlainSocket.upgraded(port, Await.LONG);
		this.attackers.add(attacker);
		attacker.send(PlainSocket.BINARY, PlainSocket.hello());
		attacker.next();
		return attacker;
	}

	/** Sends as long as the server listens. */
	private static boolean send(PlainSocket attacker, Frame frame) {
		try {
			attacker.send(PlainSocket.BINARY, PlainSocket.message(frame));
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static Frame.Invoke invoke(int id, String tool, Bytes metadata, Bytes arguments) {
		return new Frame.Invoke(id, true, Frame.Ref.name(tool), metadata, arguments);
	}

	/** A call with arguments of a megabyte, in parts. */
	private static void sendLarge(PlainSocket attacker, int id) {
		byte[] text = new byte[Limits.SERVER.item() - 1000];
		Arrays.fill(text, (byte) 'x');
		byte[] arguments = ("{\"text\":\"" + new String(text, StandardCharsets.US_ASCII) + "\"}")
			.getBytes(StandardCharsets.US_ASCII);
		int size = 15_000;
		int at = 0;
		while (arguments.length - at > size && send(attacker, new Frame.Part(id, Bytes.of(arguments, at, size)))) {
			at += size;
		}
		send(attacker, invoke(id, "hold", Bytes.EMPTY, Bytes.of(arguments, at, arguments.length - at)));
	}

	@Test
	void openCallsWithLargeArguments() throws Exception {
		for (int i = 0; i < 15; i++) {
			PlainSocket attacker = attacker();
			for (int call = 0; call < 10; call++) {
				sendLarge(attacker, 2 * call + 1);
			}
		}
		assertServed("echo");
		assertWithinBudget();
	}

	@Test
	void detachedSessionsWithUnfinishedPayloads() throws Exception {
		for (int i = 0; i < 60; i++) {
			PlainSocket attacker = attacker();
			for (int part = 0; part < 268; part++) {
				send(attacker, new Frame.Part(2 * (part / 67) + 1, Bytes.of(new byte[15_000])));
			}
			attacker.close();
		}
		assertServed("echo");
		assertWithinBudget();
	}

	@Test
	void smallItemsThatCameInLargeMessages() throws Exception {
		for (int i = 0; i < 8; i++) {
			PlainSocket attacker = attacker();
			for (int call = 0; call < 8; call++) {
				int id = 4 * call + 1;
				send(attacker, new Frame.Invoke(id, false, Frame.Ref.name("take"), Bytes.EMPTY, Bytes.EMPTY));
				for (int item = 0; item < 30; item++) {
					FrameWriter writer = new FrameWriter(64 * 1024);
					writer.write(new Frame.Item(FrameType.DATA, id, false, Bytes.EMPTY, Bytes.utf8("\"eA==\"")), false);
					// Frames of a stream that is closed are ignored.
					for (int filling = 0; filling < 3; filling++) {
						writer.write(new Frame.Part(id + 2, Bytes.of(new byte[15_000])), filling == 2);
					}
					try {
						attacker.send(PlainSocket.BINARY, writer.take().toArray());
					}
					catch (IOException ex) {
						// The server has closed it.
						break;
					}
				}
				send(attacker, new Frame.Error(id + 2, 1, false, false, Bytes.EMPTY, ""));
			}
		}
		assertServed("echo");
		assertWithinBudget();
	}

	@Test
	void resultsThatWaitForCredit() throws Exception {
		Bytes noCredit = CODEC.encodeMetadata(new Metadata(0, -1, null, null, 0, null, null, null, 0));
		for (int i = 0; i < 4; i++) {
			PlainSocket attacker = attacker();
			for (int call = 0; call < 200; call++) {
				send(attacker, invoke(2 * call + 1, "blob", noCredit, Bytes.EMPTY));
			}
		}
		assertServed("echo");
		assertWithinBudget();
	}

	@Test
	void resultsThatNobodyReads() throws Exception {
		for (int i = 0; i < 100; i++) {
			PlainSocket attacker = attacker();
			send(attacker, invoke(1, "flood", Bytes.EMPTY, Bytes.EMPTY));
			for (int call = 1; call < 10; call++) {
				send(attacker, invoke(2 * call + 1, "blob", Bytes.EMPTY, Bytes.EMPTY));
			}
		}
		assertServed("echo");
		assertWithinBudget();
	}

	@Test
	void pingsWhosePongsNobodyReads() throws Exception {
		PlainSocket attacker = attacker();
		byte[] ping = PlainSocket.frame(0x80 | PlainSocket.PING, new byte[125]);
		List<byte[]> many = java.util.Collections.nCopies(1000, ping);
		try {
			for (int i = 0; i < 1000; i++) {
				attacker.sendAll(many);
			}
		}
		catch (IOException ex) {
			// Closed.
		}
		assertServed("echo");
	}

	@Test
	void floodOfAnonymousSessions() throws Exception {
		for (int i = 0; i < 1000; i++) {
			PlainSocket socket = PlainSocket.upgraded(port, Await.LONG);
			socket.send(PlainSocket.BINARY, PlainSocket.hello());
			socket.next();
			socket.close();
		}
		assertServed("echo");
		assertWithinBudget();
	}

	@Test
	void sleepingCallsOfOneSession() throws Exception {
		PlainSocket attacker = attacker();
		for (int call = 0; call < 1000; call++) {
			send(attacker, invoke(2 * call + 1, "sleep", Bytes.EMPTY, Bytes.EMPTY));
		}
		assertServed("blockingEcho");
	}

}
