package io.agentsocket.codec;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Utf8;

/**
 * Looks over the structure of a CBOR payload before it is parsed: nothing is allocated,
 * and what the parser would accept or allocate for is refused here. Implements section
 * 24.1 of {@code docs/protocol.md}.
 */
final class CborStructure {

	private static final int BYTE_STRING = 2;

	private static final int TEXT = 3;

	private static final int ARRAY = 4;

	private static final int MAP = 5;

	private static final int TAG = 6;

	private static final int SIMPLE = 7;

	private static final int INDEFINITE = 31;

	private static final int BREAK = 0xFF;

	/**
	 * Tags before one value: nobody sends more than two or three, and the parser takes
	 * time with the square of their number.
	 */
	private static final int MAX_TAGS = 32;

	private final byte[] array;

	private final int end;

	private final int depth;

	private int position;

	/**
	 * The number that the last head announced: a value, a length or a number of members.
	 */
	private long argument;

	private CborStructure(Bytes bytes, int depth) {
		this.array = bytes.array();
		this.position = bytes.offset();
		this.end = bytes.offset() + bytes.length();
		this.depth = depth;
	}

	/** Checks for a single value with texts as keys, and nothing behind it. */
	static void check(Bytes bytes, int depth) {
		CborStructure structure = new CborStructure(bytes, depth);
		structure.value(0, false);
		structure.exhausted();
	}

	/** The same, and the value is a map. */
	static void checkMap(Bytes bytes, int depth) {
		CborStructure structure = new CborStructure(bytes, depth);
		int type = structure.value(0, false);
		structure.exhausted();
		if (type != MAP) {
			throw new CodecException(false, "", "expected an object", null);
		}
	}

	/** The same, but the keys of the outermost map may be integers. */
	static void checkMetadata(Bytes bytes, int depth) {
		CborStructure structure = new CborStructure(bytes, depth);
		structure.value(0, true);
		structure.exhausted();
	}

	/** Looks over a value, and tells its type. */
	private int value(int level, boolean integerKeys) {
		int initial = untagged();
		int type = initial >>> 5;
		if (type == SIMPLE) {
			simple(initial);
			return type;
		}
		boolean indefinite = (initial & 0x1F) == INDEFINITE && type >= BYTE_STRING;
		if (!indefinite) {
			head(initial);
		}
		switch (type) {
			case BYTE_STRING, TEXT -> string(type, indefinite);
			case ARRAY, MAP -> container(type == MAP, indefinite, level + 1, integerKeys);
			default -> {
				// An integer is its head.
			}
		}
		return type;
	}

	private int untagged() {
		int initial = initial();
		for (int tags = 0; initial >>> 5 == TAG; tags++) {
			if (tags == MAX_TAGS) {
				throw new CodecException(true, "", "more than " + MAX_TAGS + " tags before a value", null);
			}
			head(initial);
			initial = initial();
		}
		return initial;
	}

	private void simple(int initial) {
		switch (initial & 0x1F) {
			// false, true, null, undefined
			case 20, 21, 22, 23 -> {
			}
			case 25 -> finite(initial, 2, 10);
			case 26 -> finite(initial, 4, 23);
			case 27 -> finite(initial, 8, 52);
			default -> throw malformed();
		}
	}

	/** In the JSON data model there is no NaN and no infinity. */
	private void finite(int initial, int size, int fractionBits) {
		// Its bits are where other types have their argument.
		head(initial);
		// Their exponent, all that is between the sign and the fraction, has only ones.
		long exponents = (1L << (8 * size - 1 - fractionBits)) - 1;
		if ((this.argument >>> fractionBits & exponents) == exponents) {
			throw new CodecException(true, "", "a number that is not finite", null);
		}
	}

	private void string(int type, boolean indefinite) {
		if (!indefinite) {
			chunk(type);
			return;
		}
		for (int initial = initial(); initial != BREAK; initial = initial()) {
			if (initial >>> 5 != type) {
				throw malformed();
			}
			head(initial);
			chunk(type);
		}
	}

	/** A string, or a piece of one; each piece of a text is whole for itself. */
	private void chunk(int type) {
		int from = this.position;
		skip(this.argument);
		if (type == TEXT && !Utf8.isValid(this.array, from, this.position - from)) {
			throw new CodecException(true, "", "text that is not UTF-8", null);
		}
	}

	private void container(boolean map, boolean indefinite, int level, boolean integerKeys) {
		if (level > this.depth) {
			throw new CodecException(true, "", "nested deeper than " + this.depth, null);
		}
		long members = indefinite ? Long.MAX_VALUE : this.argument;
		// A number beyond 2^63 looks negative, and each member has at least one byte.
		if (!indefinite && (members < 0 || members > this.end - this.position)) {
			throw malformed();
		}
		for (long i = 0; i < members; i++) {
			if (indefinite && this.position < this.end && (this.array[this.position] & 0xFF) == BREAK) {
				this.position++;
				return;
			}
			if (map) {
				key(integerKeys);
			}
			value(level, false);
		}
	}

	private void key(boolean integers) {
		int initial = untagged();
		int type = initial >>> 5;
		if (type != TEXT && !(integers && type < BYTE_STRING)) {
			throw new CodecException(true, "", "keys of a map are texts", null);
		}
		boolean indefinite = type == TEXT && (initial & 0x1F) == INDEFINITE;
		if (!indefinite) {
			head(initial);
		}
		if (type == TEXT) {
			string(type, indefinite);
		}
	}

	private int initial() {
		if (this.position >= this.end) {
			throw malformed();
		}
		return this.array[this.position++] & 0xFF;
	}

	private void head(int initial) {
		int info = initial & 0x1F;
		if (info < 24) {
			this.argument = info;
			return;
		}
		if (info > 27) {
			throw malformed();
		}
		int size = 1 << (info - 24);
		if (size > this.end - this.position) {
			throw malformed();
		}
		long value = 0;
		for (int i = 0; i < size; i++) {
			value = value << 8 | this.array[this.position++] & 0xFF;
		}
		this.argument = value;
	}

	private void skip(long count) {
		// A length beyond 2^63 looks negative.
		if (count < 0 || count > this.end - this.position) {
			throw malformed();
		}
		this.position += (int) count;
	}

	private void exhausted() {
		if (this.position != this.end) {
			throw new CodecException(true, "", "followed by other bytes", null);
		}
	}

	private static CodecException malformed() {
		return new CodecException(true, "", "malformed", null);
	}

}
