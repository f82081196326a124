package io.agentsocket.relay.answer;

import java.util.List;

/**
 * Reads the body of one answer, chunk by chunk. Not thread-safe; each method throws
 * {@link FunctionFailure} for a body that breaks a rule.
 */
public interface AnswerDecoder {

	/**
	 * Read a chunk.
	 * @param chunk bytes that nobody writes to any more
	 * @return the parts that are complete now, without the end
	 */
	List<AnswerPart> accept(byte[] chunk);

	/**
	 * The body is complete, or nothing more of it is wanted.
	 * @return the rest, the last of it the end
	 */
	List<AnswerPart> complete();

	/**
	 * There is no room for the rest of the body.
	 * @return the end of the answer, in place of {@link #complete()}
	 */
	default List<AnswerPart> giveUp() {
		return List.of(new AnswerPart.Failed(FunctionFailure.noRoom()));
	}

	/** Whether the end has come, whatever else there is in the body. */
	default boolean hasEnded() {
		return false;
	}

	/** Bytes that are there and are no complete part yet. */
	default int held() {
		return 0;
	}

}
