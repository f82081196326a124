package io.agentsocket.relay.answer;

import java.util.List;

/**
 * Stands in for the decoder of a body that is read no further.
 */
final class EndedDecoder implements AnswerDecoder {

	private final List<AnswerPart> rest;

	/**
	 * Create a decoder.
	 * @param rest the last parts of the answer
	 */
	EndedDecoder(List<AnswerPart> rest) {
		this.rest = rest;
	}

	@Override
	public List<AnswerPart> accept(byte[] chunk) {
		return List.of();
	}

	@Override
	public List<AnswerPart> complete() {
		return this.rest;
	}

	@Override
	public boolean hasEnded() {
		return true;
	}

}
