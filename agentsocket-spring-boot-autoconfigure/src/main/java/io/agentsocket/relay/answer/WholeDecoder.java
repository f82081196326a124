package io.agentsocket.relay.answer;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.Function;

import io.agentsocket.protocol.Bytes;

/**
 * Collects a body within a bound and reads it as a whole.
 */
public final class WholeDecoder implements AnswerDecoder {

	/** A longer body costs more to read than a new connection. */
	private static final int MAX_IGNORED = 64 * 1024;

	private final int limit;

	private final boolean cut;

	private final Function<Bytes, List<AnswerPart>> reader;

	private final ByteArrayOutputStream body = new ByteArrayOutputStream(512);

	private boolean full;

	/**
	 * Create a decoder.
	 * @param limit bytes of the largest body
	 * @param cut whether a larger body is read up to the limit, instead of being an error
	 */
	public WholeDecoder(int limit, boolean cut, Function<Bytes, List<AnswerPart>> reader) {
		this.limit = limit;
		this.cut = cut;
		this.reader = reader;
	}

	/** A decoder for an answer whose body is not read. */
	public static WholeDecoder ignoring(List<AnswerPart> parts) {
		return new WholeDecoder(MAX_IGNORED, true, (body) -> parts);
	}

	@Override
	public List<AnswerPart> accept(byte[] chunk) {
		int room = this.limit - this.body.size();
		if (chunk.length > room) {
			this.full = true;
			if (!this.cut) {
				throw FunctionFailure.tooLarge();
			}
		}
		this.body.write(chunk, 0, Math.min(room, chunk.length));
		return List.of();
	}

	/** Nothing more is read of a body that exceeds the limit. */
	@Override
	public boolean hasEnded() {
		return this.full;
	}

	@Override
	public int held() {
		return this.body.size();
	}

	/** A body that may be cut says nothing that the status does not say, too. */
	@Override
	public List<AnswerPart> giveUp() {
		return this.cut ? this.reader.apply(Bytes.EMPTY) : AnswerDecoder.super.giveUp();
	}

	@Override
	public List<AnswerPart> complete() {
		return this.reader.apply(Bytes.of(this.body.toByteArray()));
	}

}
