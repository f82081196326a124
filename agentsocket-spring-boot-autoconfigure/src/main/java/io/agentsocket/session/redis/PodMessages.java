package io.agentsocket.session.redis;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.PodMessage;

/**
 * Messages between pods as bytes: the code of the type, then session, to and from, each
 * with its length in two bytes before it, then the body.
 */
final class PodMessages {

	private PodMessages() {
	}

	static ByteBuffer encode(PodMessage message) {
		byte[] session = message.session().getBytes(StandardCharsets.UTF_8);
		byte[] to = message.to().getBytes(StandardCharsets.UTF_8);
		byte[] from = message.from().getBytes(StandardCharsets.UTF_8);
		Bytes body = message.body();
		ByteBuffer buffer = ByteBuffer.allocate(7 + session.length + to.length + from.length + body.length());
		buffer.put((byte) message.type().code());
		for (byte[] text : new byte[][] { session, to, from }) {
			if (text.length > 0xFFFF) {
				throw new IllegalArgumentException("A name between pods has at most 65535 bytes");
			}
			buffer.putShort((short) text.length).put(text);
		}
		return buffer.put(body.array(), body.offset(), body.length()).flip();
	}

	/**
	 * Read a message.
	 * @throws IllegalArgumentException if it is none that this version knows
	 */
	static PodMessage decode(ByteBuffer source) {
		ByteBuffer buffer = source.duplicate();
		try {
			PodMessage.Type type = PodMessage.Type.of(buffer.get());
			return new PodMessage(type, text(buffer), text(buffer), text(buffer), Values.bytes(buffer));
		}
		catch (BufferUnderflowException ex) {
			throw new IllegalArgumentException("The message is cut off", ex);
		}
	}

	private static String text(ByteBuffer buffer) {
		byte[] text = new byte[Math.min(Short.toUnsignedInt(buffer.getShort()), buffer.remaining())];
		buffer.get(text);
		return new String(text, StandardCharsets.UTF_8);
	}

}
