package io.agentsocket.relay.answer;

import java.util.List;

import io.agentsocket.protocol.Bytes;

/**
 * Passes a body on as it comes: text that is cut at code points, or bytes.
 */
final class PieceDecoder implements AnswerDecoder {

	/** Pieces are not larger, however large the chunks are. */
	private static final int MAX_PIECE = 16 * 1024;

	/** Bytes of the longest character: a piece of text has at least that much room. */
	private static final int MIN_PIECE = 4;

	private final Payloads payloads;

	private final boolean text;

	private final int maxPiece;

	private byte[] rest = new byte[0];

	PieceDecoder(Payloads payloads, boolean text) {
		this.payloads = payloads;
		this.text = text;
		this.maxPiece = Math.max(MIN_PIECE, Math.min(MAX_PIECE, payloads.maxItem()));
	}

	@Override
	public List<AnswerPart> accept(byte[] chunk) {
		byte[] all = chunk;
		if (this.rest.length > 0) {
			all = new byte[this.rest.length + chunk.length];
			System.arraycopy(this.rest, 0, all, 0, this.rest.length);
			System.arraycopy(chunk, 0, all, this.rest.length, chunk.length);
		}
		int end = this.text ? lastBoundary(all, all.length) : all.length;
		this.rest = java.util.Arrays.copyOfRange(all, end, all.length);
		List<AnswerPart> pieces = new java.util.ArrayList<>();
		int from = 0;
		while (from < end) {
			int to = Math.min(end, from + this.maxPiece);
			to = (this.text && to < end) ? lastBoundary(all, to) : to;
			Bytes piece = Bytes.of(all, from, to - from);
			pieces.add(this.text ? this.payloads.text(piece) : this.payloads.bytes(piece));
			from = to;
		}
		return pieces;
	}

	/** Index behind the last code point that is complete before an index. */
	private static int lastBoundary(byte[] bytes, int end) {
		for (int back = 1; back <= Math.min(3, end); back++) {
			int octet = bytes[end - back] & 0xFF;
			if (octet >= 0xC0) {
				int needed = (octet >= 0xF0) ? 4 : (octet >= 0xE0) ? 3 : 2;
				return (back < needed) ? end - back : end;
			}
			if (octet < 0x80) {
				return end;
			}
		}
		return end;
	}

	@Override
	public List<AnswerPart> complete() {
		if (this.rest.length > 0) {
			throw FunctionFailure.malformed("A text ends within a character");
		}
		return AnswerPart.end();
	}

}
