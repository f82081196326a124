package com.example.conformance.wire;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An end of a WebSocket connection on a plain TCP socket. It checks nothing that it need
 * not know, so that what is wrong can be passed on and sent. A single thread reads, any
 * thread writes.
 */
public final class WireSocket implements Closeable {

	/** Text message. */
	public static final int TEXT = 1;

	/** Binary message. */
	public static final int BINARY = 2;

	/** Close frame. */
	public static final int CLOSE = 8;

	/** Nothing that a client sends here is larger. */
	private static final int MOST = 64 * 1024 * 1024;

	private static final int HEAD = 16 * 1024;

	private final Socket socket;

	private final DataInputStream in;

	private final OutputStream out;

	private final boolean client;

	private final AtomicBoolean closing = new AtomicBoolean();

	/**
	 * Take a socket over.
	 * @param socket the socket
	 * @param client whether this is the client's end, which masks what it sends
	 * @throws IOException if it is closed
	 */
	public WireSocket(Socket socket, boolean client) throws IOException {
		this.socket = socket;
		this.client = client;
		socket.setTcpNoDelay(true);
		this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
		this.out = socket.getOutputStream();
	}

	/**
	 * Connect to a server on this machine.
	 * @param port its port
	 * @return the client's end
	 * @throws IOException if nobody listens there
	 */
	public static WireSocket connect(int port) throws IOException {
		return new WireSocket(new Socket(InetAddress.getLoopbackAddress(), port), true);
	}

	/**
	 * Read the head of a request or an answer.
	 * @return its lines, the empty one included
	 * @throws IOException if the connection ends before
	 */
	public String readHead() throws IOException {
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		int end = 0;
		while (end != 0x0d0a0d0a) {
			int next = this.in.read();
			if (next < 0 || head.size() > HEAD) {
				throw new EOFException("No head");
			}
			head.write(next);
			end = (end << 8) | next;
		}
		return head.toString(StandardCharsets.ISO_8859_1);
	}

	/**
	 * Read the next WebSocket frame.
	 * @return the frame, unmasked
	 * @throws IOException if the connection ends before, or the frame is far too large
	 */
	public Message read() throws IOException {
		int first = this.in.readUnsignedByte();
		int second = this.in.readUnsignedByte();
		long length = second & 0x7F;
		if (length == 126) {
			length = this.in.readUnsignedShort();
		}
		else if (length == 127) {
			length = this.in.readLong();
		}
		if (length < 0 || length > MOST) {
			throw new IOException("A frame of " + length + " bytes");
		}
		byte[] mask = new byte[4];
		if ((second & 0x80) != 0) {
			this.in.readFully(mask);
		}
		byte[] payload = this.in.readNBytes((int) length);
		if (payload.length < length) {
			throw new EOFException("The connection ended within a frame");
		}
		for (int i = 0; i < payload.length; i++) {
			payload[i] ^= mask[i & 3];
		}
		return new Message(first, payload);
	}

	/**
	 * Write a frame. A side closes once (RFC 6455, 5.5.1): a second close frame is not
	 * written, since a browser takes it for an error.
	 * @param message the frame
	 * @throws IOException if the connection is gone
	 */
	public void write(Message message) throws IOException {
		if (message.opcode() == CLOSE && this.closing.getAndSet(true)) {
			return;
		}
		byte[] payload = message.payload();
		ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 14);
		frame.write(message.first());
		int mask = this.client ? 0x80 : 0;
		if (payload.length < 126) {
			frame.write(mask | payload.length);
		}
		else if (payload.length < 1 << 16) {
			frame.write(mask | 126);
			frame.write(payload.length >> 8);
			frame.write(payload.length);
		}
		else {
			frame.write(mask | 127);
			for (int shift = 56; shift >= 0; shift -= 8) {
				frame.write((int) ((long) payload.length >> shift));
			}
		}
		if (this.client) {
			// A key of zeros leaves the bytes as they are.
			frame.writeBytes(new byte[4]);
		}
		frame.writeBytes(payload);
		raw(frame.toByteArray());
	}

	/**
	 * Write bytes as they are.
	 * @param bytes the bytes
	 * @throws IOException if the connection is gone
	 */
	public void raw(byte[] bytes) throws IOException {
		synchronized (this.out) {
			this.out.write(bytes);
			this.out.flush();
		}
	}

	/**
	 * Pass everything that comes on to another socket, until it ends.
	 * @param target the other one
	 * @throws IOException if one of them breaks
	 */
	public void copyTo(WireSocket target) throws IOException {
		byte[] buffer = new byte[8192];
		for (int read = this.in.read(buffer); read >= 0; read = this.in.read(buffer)) {
			synchronized (target.out) {
				target.out.write(buffer, 0, read);
			}
		}
	}

	/**
	 * Send nothing more, and go on reading.
	 * @throws IOException if the connection is gone
	 */
	public void shutdownOutput() throws IOException {
		this.socket.shutdownOutput();
	}

	/** Break the connection; what is on its way may be lost. */
	public void reset() {
		try {
			this.socket.setSoLinger(true, 0);
		}
		catch (IOException ex) {
			// Closed already.
		}
		close();
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			// Closed all the same.
		}
	}

	/**
	 * A WebSocket frame.
	 *
	 * @param first its first byte
	 * @param payload its content, unmasked
	 */
	public record Message(int first, byte[] payload) {

		/** Code of a close frame without one. */
		public static final int NO_CODE = 1005;

		/**
		 * A whole message.
		 * @param opcode its type
		 * @param payload its content
		 * @return the frame
		 */
		public static Message of(int opcode, byte[] payload) {
			return new Message(0x80 | opcode, payload);
		}

		/**
		 * A close frame.
		 * @param code its code
		 * @return the frame
		 */
		public static Message close(int code) {
			return of(CLOSE, new byte[] { (byte) (code >> 8), (byte) code });
		}

		/**
		 * The type of the frame.
		 * @return its opcode
		 */
		public int opcode() {
			return this.first & 0xF;
		}

		/**
		 * The code of a close frame.
		 * @return the code, or {@link #NO_CODE}
		 */
		public int code() {
			return (this.payload.length < 2) ? NO_CODE : (this.payload[0] & 0xFF) << 8 | this.payload[1] & 0xFF;
		}

	}

}
