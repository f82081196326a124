package io.agentsocket.protocol;

import java.time.Duration;

import io.agentsocket.annotation.Internal;

/**
 * Unsigned LEB128 in its shortest form. Implements section 4.2 of
 * {@code docs/protocol.md}.
 */
@Internal
public final class Varint {

	/** Largest stream id and length. */
	public static final int MAX_INT = Integer.MAX_VALUE;

	/** Largest counter: exact in every language's double. */
	public static final long MAX_COUNTER = (1L << 53) - 1;

	private Varint() {
	}

	/**
	 * Number of bytes of a value.
	 * @param value not negative
	 * @return 1 to 8
	 */
	public static int size(long value) {
		int size = 1;
		for (long rest = value >>> 7; rest != 0; rest >>>= 7) {
			size++;
		}
		return size;
	}

	/**
	 * Milliseconds that stand for a time on the wire.
	 * @param time not negative
	 * @return at most {@value #MAX_INT}, which is 24 days: a longer time cannot be told
	 */
	public static long millis(Duration time) {
		return (time.compareTo(Duration.ofMillis(MAX_INT)) < 0) ? time.toMillis() : MAX_INT;
	}

	static int write(byte[] buffer, int position, long value) {
		int at = position;
		long rest = value;
		while (rest > 0x7F) {
			buffer[at++] = (byte) (rest | 0x80);
			rest >>>= 7;
		}
		buffer[at++] = (byte) rest;
		return at;
	}

}
