package io.agentsocket.action;

import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Utf8;

/**
 * Encodes a text that comes in pieces. A piece may end in the middle of a surrogate pair:
 * then its last half goes with the next one. For one thread at a time. Implements section
 * 5.9 of {@code docs/protocol.md}.
 */
final class TextPieces {

	/** The half that waits for the other one, or 0. */
	private char half;

	/**
	 * Encode a piece.
	 * @param piece the piece
	 * @return the bytes, empty when all of it waits
	 * @throws CodecException if it has half of a surrogate pair
	 */
	Bytes next(String piece) {
		String text = (this.half != 0 && !piece.isEmpty()) ? this.half + piece : piece;
		int last = text.length() - 1;
		if (last < 0) {
			return Bytes.EMPTY;
		}
		this.half = 0;
		if (Character.isHighSurrogate(text.charAt(last))) {
			this.half = text.charAt(last);
			text = text.substring(0, last);
		}
		if (!Utf8.canEncode(text)) {
			throw halved();
		}
		return Bytes.utf8(text);
	}

	/**
	 * The text has ended.
	 * @throws CodecException if a half still waits
	 */
	void end() {
		if (this.half != 0) {
			throw halved();
		}
	}

	private static CodecException halved() {
		return new CodecException(false, "", "half of a surrogate pair", null);
	}

}
