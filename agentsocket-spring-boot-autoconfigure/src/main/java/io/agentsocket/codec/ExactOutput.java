package io.agentsocket.codec;

import java.io.OutputStream;
import java.util.Arrays;

import io.agentsocket.protocol.Bytes;

/**
 * Collects what a generator flushes. A payload that fits the generator's own buffer
 * arrives in one piece and is copied once, into an array of its size; that with a longer
 * text is collected in an array that is made for it.
 */
final class ExactOutput extends OutputStream {

	/** Bytes for the rest behind a long text. */
	private static final int ROOM = 1024;

	private static final byte[] NONE = new byte[0];

	private byte[] buffer = NONE;

	private int length;

	@Override
	public void write(int octet) {
		grow(1);
		this.buffer[this.length++] = (byte) octet;
	}

	@Override
	public void write(byte[] source, int offset, int count) {
		if (this.buffer == NONE) {
			this.buffer = Arrays.copyOfRange(source, offset, offset + count);
		}
		else {
			grow(count);
			System.arraycopy(source, offset, this.buffer, this.length, count);
		}
		this.length += count;
	}

	private void grow(int more) {
		int needed = this.length + more;
		if (needed > this.buffer.length) {
			this.buffer = Arrays.copyOf(this.buffer, Math.max(needed, 2 * this.buffer.length));
		}
	}

	/** So many bytes are about to come, in several pieces. */
	void reserve(int more) {
		grow(more + ROOM);
	}

	Bytes bytes() {
		return Bytes.of(this.buffer, 0, this.length);
	}

}
