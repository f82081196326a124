package io.agentsocket.server;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.Capacity;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket client made of a TCP socket: sends exactly what it is told, and reads only
 * when it is told to.
 */
public final class PlainSocket implements AutoCloseable {

	/** Opcodes of RFC 6455. */
	public static final int BINARY = 0x2;

	public static final int CLOSE = 0x8;

	public static final int PING = 0x9;

	public static final int PONG = 0xA;

	private static final int FINAL = 0x80;

	private final Socket socket = new Socket();

	private final DataInputStream in;

	private final OutputStream out;

	/**
	 * Connect, with small buffers.
	 * @param port port on loopback
	 * @param timeout how long a read may take
	 */
	public PlainSocket(int port, Duration timeout) throws IOException {
		this(null, port, timeout);
	}

	/**
	 * Connect from an address of this machine.
	 * @param local the address; any when {@code null}
	 * @param port port on loopback
	 * @param timeout how long a read may take
	 */
	PlainSocket(@Nullable InetAddress local, int port, Duration timeout) throws IOException {
		this.socket.setReceiveBufferSize(4096);
		this.socket.setTcpNoDelay(true);
		this.socket.bind((local != null) ? new InetSocketAddress(local, 0) : null);
		this.socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
		this.socket.setSoTimeout((int) timeout.toMillis());
		this.in = new DataInputStream(this.socket.getInputStream());
		this.out = this.socket.getOutputStream();
	}

	/** Connect and upgrade with JSON as the codec. */
	public static PlainSocket upgraded(int port, Duration timeout) throws IOException {
		PlainSocket socket = new PlainSocket(port, timeout);
		int status = socket.upgrade(Map.of());
		if (status != 101) {
			throw new IOException("Status " + status);
		}
		return socket;
	}

	/**
	 * Ask for the upgrade and read the response.
	 * @param headers headers to add or to replace
	 * @return the status
	 */
	public int upgrade(Map<String, String> headers) throws IOException {
		StringBuilder request = new StringBuilder("GET /agentsocket HTTP/1.1\r\n");
		if (!headers.containsKey("Host")) {
			request.append("Host: 127.0.0.1:").append(this.socket.getPort()).append("\r\n");
		}
		headers.forEach((name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
		if (!headers.containsKey("Connection")) {
			request.append("Connection: Upgrade\r\n");
		}
		if (!headers.containsKey("Sec-WebSocket-Protocol")) {
			request.append("Sec-WebSocket-Protocol: agentsocket.v1.json\r\n");
		}
		if (!headers.containsKey("Sec-WebSocket-Key")) {
			request.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
		}
		request.append("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n");
		this.out.write(request.toString().getBytes(StandardCharsets.ISO_8859_1));
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
			head.write(this.in.readByte());
		}
		return Integer.parseInt(head.toString(StandardCharsets.ISO_8859_1).split(" ")[1]);
	}

	/** HELLO of a new session. */
	public static byte[] hello() {
		return message(new Frame.Hello(new Hello(null, null, Capacity.of(Limits.CLIENT, Limits.CLIENT), null, null)
			.encode(JacksonCodec.json())));
	}

	/** A message of one frame. */
	public static byte[] message(Frame frame) {
		FrameWriter writer = new FrameWriter(512);
		writer.write(frame, true);
		return writer.take().exactArray();
	}

	public void send(int opcode, byte[] payload) throws IOException {
		this.out.write(frame(FINAL | opcode, payload));
	}

	/** Bytes that may be no frame. */
	public void sendBytes(byte[] bytes) throws IOException {
		this.out.write(bytes);
	}

	/** Several frames in one piece. */
	public void sendAll(List<byte[]> frames) throws IOException {
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		for (byte[] frame : frames) {
			all.write(frame);
		}
		this.out.write(all.toByteArray());
	}

	/**
	 * A masked frame; the mask is 0.
	 * @param first the first byte: FIN, RSV and opcode
	 * @param payload the payload, of less than 64 KiB
	 */
	public static byte[] frame(int first, byte[] payload) {
		ByteArrayOutputStream frame = new ByteArrayOutputStream();
		frame.write(first);
		if (payload.length < 126) {
			frame.write(0x80 | payload.length);
		}
		else {
			frame.write(0x80 | 126);
			frame.write(payload.length >> 8);
			frame.write(payload.length);
		}
		frame.writeBytes(new byte[4]);
		frame.writeBytes(payload);
		return frame.toByteArray();
	}

	/**
	 * The next frame of the server.
	 * @return its opcode and payload
	 * @throws EOFException when the connection was closed
	 */
	public Received next() throws IOException {
		int opcode = this.in.readUnsignedByte() & 0xF;
		int length = this.in.readUnsignedByte();
		if (length == 126) {
			length = this.in.readUnsignedShort();
		}
		byte[] payload = new byte[length];
		this.in.readFully(payload);
		return new Received(opcode, payload);
	}

	/** Read to the end of the connection, however it ends; fails when it does not. */
	public void awaitEnd() throws IOException {
		byte[] buffer = new byte[8192];
		try {
			while (this.in.read(buffer) >= 0) {
				// On to the end.
			}
		}
		catch (SocketTimeoutException ex) {
			throw ex;
		}
		catch (IOException ex) {
			// Reset.
		}
	}

	public Socket socket() {
		return this.socket;
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	/**
	 * A frame of the server.
	 */
	public record Received(int opcode, byte[] payload) {

		/** The code of a close frame, 0 for all others. */
		public int closeCode() {
			return (this.opcode == CLOSE && this.payload.length >= 2)
					? (this.payload[0] & 0xFF) << 8 | this.payload[1] & 0xFF : 0;
		}

	}

}
