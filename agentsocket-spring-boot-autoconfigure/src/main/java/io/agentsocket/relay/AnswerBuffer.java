package io.agentsocket.relay;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Counts the bytes of an answer that are there and not read yet, so that functions which
 * answer slowly, or never to the end, do not hold more than the pod has. Read by one
 * thread at a time; another one may close it meanwhile.
 */
final class AnswerBuffer implements AutoCloseable {

	/** Fewer bytes are not worth the count: most answers come in one small chunk. */
	private static final int SMALL = 4 * 1024;

	private final RelayMemory memory;

	private @Nullable IncomingPush account;

	private int counted;

	private boolean closed;

	AnswerBuffer(RelayMemory memory) {
		this.memory = memory;
	}

	/** Reads as a decoder does, and counts. */
	AnswerDecoder of(AnswerDecoder decoder) {
		return new AnswerDecoder() {

			@Override
			public List<AnswerPart> accept(byte[] chunk) {
				List<AnswerPart> parts = decoder.accept(chunk);
				hold(decoder.held());
				return parts;
			}

			@Override
			public List<AnswerPart> complete() {
				return decoder.complete();
			}

			@Override
			public boolean hasEnded() {
				return decoder.hasEnded();
			}

			@Override
			public int held() {
				return decoder.held();
			}

		};
	}

	private synchronized void hold(int bytes) {
		if (this.closed || this.account == null && bytes <= SMALL) {
			return;
		}
		IncomingPush present = this.account;
		if (present == null) {
			present = this.memory.begin();
			this.account = present;
		}
		if (bytes > this.counted && !present.take(bytes - this.counted)) {
			throw FunctionFailure.noRoom();
		}
		if (bytes < this.counted) {
			present.give(this.counted - bytes);
		}
		this.counted = bytes;
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		if (this.account != null) {
			this.account.close();
		}
	}

}
