package io.agentsocket.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

import org.jspecify.annotations.Nullable;

/**
 * A view of a part of a byte array: what a frame carries, without a copy. Nobody writes
 * to the array after the view was made, so that any thread may read it.
 */
public final class Bytes {

	/**
	 * No bytes.
	 */
	public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

	/**
	 * An array of so many bytes may be kept for any part of it.
	 */
	private static final int SMALL = 1024;

	private final byte[] array;

	private final int offset;

	private final int length;

	private Bytes(byte[] array, int offset, int length) {
		this.array = array;
		this.offset = offset;
		this.length = length;
	}

	/**
	 * View a whole array.
	 * @param array the array, not copied
	 * @return the view
	 */
	public static Bytes of(byte[] array) {
		return (array.length != 0) ? new Bytes(array, 0, array.length) : EMPTY;
	}

	/**
	 * View a part of an array.
	 * @param array the array, not copied
	 * @param offset index of the first byte
	 * @param length number of bytes
	 * @return the view
	 * @throws IndexOutOfBoundsException if the part is not within the array
	 */
	public static Bytes of(byte[] array, int offset, int length) {
		java.util.Objects.checkFromIndexSize(offset, length, array.length);
		return (length != 0) ? new Bytes(array, offset, length) : EMPTY;
	}

	/**
	 * The UTF-8 form of a text.
	 * @param text the text
	 * @return its bytes
	 */
	public static Bytes utf8(String text) {
		return of(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * The array behind the view; only {@link #length()} bytes from {@link #offset()} on
	 * belong to it.
	 * @return the array, not to be written to
	 */
	public byte[] array() {
		return this.array;
	}

	public int offset() {
		return this.offset;
	}

	public int length() {
		return this.length;
	}

	public boolean isEmpty() {
		return this.length == 0;
	}

	/**
	 * A part of this view.
	 * @param from index of the first byte, from 0
	 * @param count number of bytes
	 * @return the part, not a copy
	 */
	public Bytes slice(int from, int count) {
		java.util.Objects.checkFromIndexSize(from, count, this.length);
		return of(this.array, this.offset + from, count);
	}

	/**
	 * The bytes as an array of exactly their length.
	 * @return the array behind the view when the view is all of it, else a copy; not to
	 * be written to
	 */
	public byte[] exactArray() {
		return (this.length == this.array.length) ? this.array : toArray();
	}

	/**
	 * The same bytes, without an array behind them that is much larger: for what is kept
	 * longer than the message that it came in.
	 * @return this view when it is at least half of its array or the array is small, else
	 * a copy
	 */
	public Bytes compact() {
		return (this.length >= this.array.length / 2 || this.array.length <= SMALL) ? this : of(toArray());
	}

	/**
	 * The same bytes, with an array behind them that is at most twice as long: for what
	 * waits for long, and in great number.
	 * @return this view when it is at least half of its array, else a copy
	 */
	public Bytes detach() {
		return (this.length >= this.array.length / 2) ? this : of(toArray());
	}

	/**
	 * A copy of the bytes.
	 * @return a new array of {@link #length()} bytes
	 */
	public byte[] toArray() {
		return Arrays.copyOfRange(this.array, this.offset, this.offset + this.length);
	}

	/**
	 * The bytes read as UTF-8, malformed input replaced. See {@link Utf8#isValid(Bytes)}.
	 * @return the text
	 */
	public String toUtf8() {
		return new String(this.array, this.offset, this.length, StandardCharsets.UTF_8);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Bytes that && Arrays.equals(this.array, this.offset, this.offset + this.length,
				that.array, that.offset, that.offset + that.length);
	}

	@Override
	public int hashCode() {
		int result = 1;
		for (int i = this.offset; i < this.offset + this.length; i++) {
			result = 31 * result + this.array[i];
		}
		return result;
	}

	@Override
	public String toString() {
		return HexFormat.of().formatHex(this.array, this.offset, this.offset + this.length);
	}

}
