package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

import io.agentsocket.protocol.Bytes;

/**
 * Arguments and replies of Redis as Java values. Replies are never empty where these are
 * used.
 */
final class Values {

	private Values() {
	}

	static ByteBuffer of(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	static ByteBuffer of(long number) {
		return of(Long.toString(number));
	}

	static ByteBuffer of(Bytes bytes) {
		return ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length());
	}

	static String text(Object reply) {
		return StandardCharsets.UTF_8.decode(((ByteBuffer) reply).duplicate()).toString();
	}

	static long number(Object reply) {
		return (reply instanceof Long number) ? number : Long.parseLong(text(reply));
	}

	static Bytes bytes(Object reply) {
		ByteBuffer buffer = ((ByteBuffer) reply).duplicate();
		byte[] bytes = new byte[buffer.remaining()];
		buffer.get(bytes);
		return Bytes.of(bytes);
	}

	@SuppressWarnings("unchecked")
	static List<Object> list(Object reply) {
		return (List<Object>) reply;
	}

}
