package io.agentsocket.mcp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

import io.agentsocket.protocol.Bytes;

/**
 * JSON text in the making, as UTF-8. Encoded values are put in without being parsed. Not
 * thread-safe.
 */
final class JsonBytes {

	private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

	private byte[] buffer;

	private int length;

	/**
	 * Begin with nothing.
	 * @param size bytes that will probably be needed
	 */
	JsonBytes(int size) {
		this.buffer = new byte[size];
	}

	/** Number of bytes that are written by now. */
	int length() {
		return this.length;
	}

	Bytes bytes() {
		return Bytes.of(this.buffer, 0, this.length);
	}

	/** Adds JSON as it is. */
	JsonBytes raw(String json) {
		byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
		return append(bytes, 0, bytes.length);
	}

	/** Adds an encoded value as it is. */
	JsonBytes raw(Bytes json) {
		return append(json.array(), json.offset(), json.length());
	}

	/** Adds a text as a literal. */
	JsonBytes text(String text) {
		return text(Bytes.utf8(text));
	}

	/** Adds UTF-8 as a literal. */
	JsonBytes text(Bytes utf8) {
		ensure(utf8.length() + 2);
		this.buffer[this.length++] = '"';
		inner(utf8);
		return put('"');
	}

	/** Adds UTF-8 as a part of a literal. */
	JsonBytes inner(Bytes utf8) {
		byte[] source = utf8.array();
		int end = utf8.offset() + utf8.length();
		int begin = utf8.offset();
		for (int i = begin; i < end; i++) {
			byte octet = source[i];
			if (octet == '"' || octet == '\\' || octet >= 0 && octet < ' ') {
				append(source, begin, i - begin);
				begin = i + 1;
				escape(octet);
			}
		}
		return append(source, begin, end - begin);
	}

	/** Adds bytes in Base64 as a literal. */
	JsonBytes base64(Bytes bytes) {
		byte[] encoded = Base64.getEncoder().encode(bytes.exactArray());
		return put('"').append(encoded, 0, encoded.length).put('"');
	}

	private void escape(byte octet) {
		ensure(6);
		this.buffer[this.length++] = '\\';
		switch (octet) {
			case '"', '\\' -> this.buffer[this.length++] = octet;
			case '\n' -> this.buffer[this.length++] = 'n';
			case '\r' -> this.buffer[this.length++] = 'r';
			case '\t' -> this.buffer[this.length++] = 't';
			default -> {
				this.buffer[this.length++] = 'u';
				this.buffer[this.length++] = '0';
				this.buffer[this.length++] = '0';
				this.buffer[this.length++] = HEX[octet >> 4];
				this.buffer[this.length++] = HEX[octet & 0xf];
			}
		}
	}

	private JsonBytes put(char ascii) {
		ensure(1);
		this.buffer[this.length++] = (byte) ascii;
		return this;
	}

	private JsonBytes append(byte[] source, int offset, int count) {
		ensure(count);
		System.arraycopy(source, offset, this.buffer, this.length, count);
		this.length += count;
		return this;
	}

	private void ensure(int more) {
		if (more > this.buffer.length - this.length) {
			this.buffer = Arrays.copyOf(this.buffer, Math.max(this.buffer.length * 2, this.length + more));
		}
	}

}
