package io.agentsocket.client;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;

import io.agentsocket.Await;
import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server that welcomes an agent and then does not read: the agent gets rid of the
 * connection all the same.
 */
class SilentServerTests {

	private final ServerSocket server = new ServerSocket();

	/** The kernel holds much less than a window, so that the rest waits in the client. */
	private final AgentSocketClient client;

	SilentServerTests() throws IOException {
		this.server.setReceiveBufferSize(4096);
		this.server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		this.client = AgentSocketClient.builder("ws://127.0.0.1:" + this.server.getLocalPort() + "/agentsocket")
			.httpClient((http) -> http.option(ChannelOption.SO_SNDBUF, 8192))
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(50)))
			// For which the client waits twice, and the test with it.
			.closeTimeout(Duration.ofMillis(500))
			.build();
	}

	@AfterEach
	void stop() throws IOException {
		this.client.close().block(Await.LONG);
		this.server.close();
	}

	/** Accept a connection, welcome the agent, and read nothing any more. */
	private Socket accept() throws Exception {
		Socket socket = this.server.accept();
		socket.setSoTimeout((int) Await.LONG.toMillis());
		DataInputStream in = new DataInputStream(socket.getInputStream());
		StringBuilder head = new StringBuilder();
		while (!head.toString().endsWith("\r\n\r\n")) {
			head.append((char) in.readUnsignedByte());
		}
		OutputStream out = socket.getOutputStream();
		out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				+ "Sec-WebSocket-Protocol: agentsocket.v1.cbor\r\nSec-WebSocket-Accept: " + accept(head.toString())
				+ "\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII));
		assertThat(in.readUnsignedByte()).as("a binary message").isEqualTo(0x82);
		int length = in.readUnsignedByte() & 0x7F;
		length = (length == 126) ? in.readUnsignedShort() : length;
		in.skipNBytes(4L + length);
		Welcome welcome = new Welcome(Welcome.Status.NEW, "session", "token", "log", 0, 1, 60_000, 60_000,
				Capacity.of(Limits.SERVER, Limits.SERVER), 0, null, null);
		FrameWriter writer = new FrameWriter(512);
		writer.write(new Frame.Welcome(welcome.encode(FakeServer.CBOR)), true);
		byte[] message = writer.take().exactArray();
		assertThat(message.length).isLessThan(126);
		out.write(0x82);
		out.write(message.length);
		out.write(message);
		return socket;
	}

	private static String accept(String head) throws Exception {
		String key = head.replaceFirst("(?is).*\r\nsec-websocket-key: *([^\r]*)\r\n.*", "$1");
		MessageDigest digest = MessageDigest.getInstance("SHA-1");
		return Base64.getEncoder()
			.encodeToString(
					digest.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII)));
	}

	/** Send more than the kernel holds. */
	private void fill() {
		for (int i = 0; i < 100; i++) {
			this.client.invoke("sink").arguments(new byte[4096]).toMono(String.class).subscribe((value) -> {
			}, (error) -> {
			});
		}
		Await.until(() -> this.client.traffic().bytesSent() > 128 * 1024);
	}

	@Test
	void theClientCloses() throws Exception {
		this.client.connect().subscribe();
		try (Socket socket = accept()) {
			fill();
			this.client.close().block(Await.LONG);
			Await.until(() -> this.client.state() == ConnectionState.CLOSED);
			awaitReset(socket);
		}
	}

	@Test
	void theServerBreaksARule() throws Exception {
		this.client.connect().subscribe();
		try (Socket socket = accept()) {
			fill();
			socket.getOutputStream().write(new byte[] { (byte) 0x81, 1, 'x' });
			awaitReset(socket);
		}
	}

	/** The server reads nothing, and yet the connection ends: what it writes fails. */
	private static void awaitReset(Socket socket) {
		Await.until("the connection is reset", () -> {
			try {
				socket.getOutputStream().write(new byte[] { (byte) 0x8A, 0 });
				return false;
			}
			catch (IOException ex) {
				return true;
			}
		});
	}

}
