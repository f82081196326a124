package io.agentsocket.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

/**
 * An input of {@link SocketFuzz} as the agent that it describes. The first byte has the
 * codec (bit 0), whether a good HELLO comes first (bit 1), whether the socket is reset at
 * the end (bit 2) and whether the first step is the Origin of the upgrade (bit 3). Steps
 * follow: a byte for the kind, two for the length, and the content.
 */
final class SocketConversation {

	private static final int JSON = 1;

	private static final int HELLO = 2;

	private static final int RESET = 4;

	private static final int ORIGIN = 8;

	/** Kinds of steps; the others are binary messages. */
	private static final int TEXT = 9;

	private static final int RAW = 10;

	private static final int PING = 11;

	private static final int CLOSE = 12;

	private static final int RESUME = 13;

	private static final int OTHER_FRAME = 14;

	private static final int KINDS = 15;

	/** Sockets that a conversation may open: each costs an upgrade. */
	private static final int MAX_SOCKETS = 4;

	/** A server that expects more bytes of a frame does not answer. */
	private static final Duration NO_ANSWER = Duration.ofMillis(150);

	private static final byte[] MARK = { 0x66, 0x75, 0x7A, 0x7A };

	private final byte[] input;

	private final boolean json;

	private final Codec codec;

	private int position = 1;

	private final StringBuilder received = new StringBuilder();

	private @Nullable Welcome welcome;

	SocketConversation(byte[] input) {
		this.input = (input.length > 0) ? input : new byte[1];
		this.json = (this.input[0] & JSON) != 0;
		this.codec = this.json ? JacksonCodec.json() : JacksonCodec.cbor();
	}

	/** An input that sends messages, of which each begins with the byte of its codec. */
	static byte[] of(List<byte[]> messages, int variant) {
		ByteArrayOutputStream input = new ByteArrayOutputStream();
		input.write((messages.isEmpty() ? 0 : messages.get(0)[0]) | (variant & RESET));
		int count = 0;
		for (byte[] message : messages) {
			if (count++ == 2 && (variant & 1) != 0) {
				step(input, RESUME, new byte[0]);
			}
			step(input, 0, Arrays.copyOfRange(message, 1, message.length));
		}
		return input.toByteArray();
	}

	private static void step(ByteArrayOutputStream input, int kind, byte[] content) {
		input.write(kind);
		input.write(content.length >> 8);
		input.write(content.length);
		input.writeBytes(content);
	}

	/** All that was received, byte by byte. */
	String received() {
		return this.received.toString();
	}

	String sent() {
		return new String(this.input, StandardCharsets.ISO_8859_1);
	}

	/** Play the conversation to its end. */
	void run(int port) throws IOException {
		byte[] origin = ((this.input[0] & ORIGIN) != 0) ? content(next()) : null;
		boolean hello = (this.input[0] & HELLO) != 0;
		for (int sockets = 0; sockets < MAX_SOCKETS; sockets++) {
			boolean again;
			try (PlainSocket socket = new PlainSocket(port, NO_ANSWER)) {
				try {
					again = play(socket, origin, hello);
				}
				catch (IOException ex) {
					// The server has closed, or waits for the rest of a frame.
					again = this.position < this.input.length && this.input[this.position] == RESUME;
				}
				if ((this.input[0] & RESET) != 0) {
					socket.socket().setSoLinger(true, 0);
				}
			}
			if (!again) {
				return;
			}
			hello = true;
		}
	}

	/** Returns whether the agent comes back on another socket. */
	private boolean play(PlainSocket socket, byte @Nullable [] origin, boolean hello) throws IOException {
		String protocol = this.json ? "agentsocket.v1.json" : "agentsocket.v1.cbor";
		int status = socket.upgrade((origin != null)
				? Map.of("Sec-WebSocket-Protocol", protocol, "Origin",
						new String(origin, StandardCharsets.ISO_8859_1).replaceAll("[\\r\\n\\x00]", ""))
				: Map.of("Sec-WebSocket-Protocol", protocol));
		if (status != 101) {
			if (status >= 500 && status != 503) {
				throw new AssertionError("Status " + status + " for an upgrade");
			}
			return false;
		}
		if (hello) {
			socket.send(PlainSocket.BINARY, hello());
			read(socket);
		}
		while (this.position < this.input.length) {
			int kind = next();
			if (kind % KINDS == RESUME) {
				read(socket);
				return true;
			}
			send(socket, kind % KINDS, content(kind));
		}
		read(socket);
		return false;
	}

	private int next() {
		return (this.position < this.input.length) ? this.input[this.position++] & 0xFF : 0;
	}

	private byte[] content(int kind) {
		if (kind % KINDS == RESUME) {
			return new byte[0];
		}
		int length = Math.min(next() << 8 | next(), this.input.length - this.position);
		byte[] content = Arrays.copyOfRange(this.input, this.position, this.position + length);
		this.position += length;
		return content;
	}

	private static void send(PlainSocket socket, int kind, byte[] content) throws IOException {
		switch (kind) {
			case TEXT -> socket.send(0x1, content);
			case RAW -> socket.sendBytes(content);
			case PING -> socket.send(PlainSocket.PING, content);
			case CLOSE -> socket.send(PlainSocket.CLOSE, content);
			case OTHER_FRAME -> {
				if (content.length > 0) {
					socket.sendBytes(PlainSocket.frame(content[0], Arrays.copyOfRange(content, 1, content.length)));
				}
			}
			default -> socket.send(PlainSocket.BINARY, content);
		}
	}

	/** Read until the server has taken all that was sent, or has closed. */
	private void read(PlainSocket socket) throws IOException {
		socket.send(PlainSocket.PING, MARK);
		while (true) {
			PlainSocket.Received frame = socket.next();
			this.received.append(new String(frame.payload(), StandardCharsets.ISO_8859_1));
			if (frame.opcode() == PlainSocket.CLOSE
					|| frame.opcode() == PlainSocket.PONG && Arrays.equals(frame.payload(), MARK)) {
				return;
			}
			if (frame.opcode() == PlainSocket.BINARY) {
				remember(frame.payload());
			}
		}
	}

	private void remember(byte[] message) {
		FrameReader reader = new FrameReader(Bytes.of(message), Limits.CLIENT);
		for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
			if (frame instanceof Frame.Welcome body) {
				this.welcome = Welcome.decode(this.codec, body.body());
			}
		}
	}

	private byte[] hello() {
		Welcome last = this.welcome;
		Hello.Resume resume = (last == null || last.session() == null) ? null
				: new Hello.Resume(last.session(), last.token(), last.log(), 0, 0, 1, 1);
		FrameWriter writer = new FrameWriter(512);
		writer.write(new Frame.Hello(
				new Hello(null, resume, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null).encode(this.codec)),
				true);
		return writer.take().exactArray();
	}

}
