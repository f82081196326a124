package io.agentsocket.relay.answer;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Counts the bytes of an answer that are there and not read yet, so that functions which
 * answer slowly, or never to the end, do not hold more than the pod has. Read by one
 * thread at a time; another one may close it meanwhile.
 */
public final class AnswerBuffer implements AutoCloseable {

	/** Fewer bytes are not worth the count: most answers come in one small chunk. */
	private static final int SMALL = 4 * 1024;

	private final RelayMemory memory;

	private @Nullable IncomingPush account;

	private int counted;

	private boolean closed;

	public AnswerBuffer(RelayMemory memory) {
		this.memory = memory;
	}

	/**
	 * Reads as a decoder does, and counts. When there is no room, the items that are
	 * complete are passed on, and nothing is held any more.
	 */
	public AnswerDecoder of(AnswerDecoder decoder) {
		return new Counted(decoder);
	}

	/** Whether there is room for so many bytes. */
	private synchronized boolean hold(int bytes) {
		if (this.closed || this.account == null && bytes <= SMALL) {
			return true;
		}
		IncomingPush present = this.account;
		if (present == null) {
			present = this.memory.beginAnswer();
			this.account = present;
		}
		if (bytes > this.counted && !present.take(bytes - this.counted)) {
			return false;
		}
		if (bytes < this.counted) {
			present.give(this.counted - bytes);
		}
		this.counted = bytes;
		return true;
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		if (this.account != null) {
			this.account.close();
		}
	}

	/** Reads as a decoder does, as long as there is room. */
	private final class Counted implements AnswerDecoder {

		private AnswerDecoder decoder;

		private Counted(AnswerDecoder decoder) {
			this.decoder = decoder;
		}

		@Override
		public List<AnswerPart> accept(byte[] chunk) {
			List<AnswerPart> parts = this.decoder.accept(chunk);
			// Bytes behind the end are about to go.
			if (!hold(this.decoder.hasEnded() ? 0 : this.decoder.held())) {
				this.decoder = new EndedDecoder(this.decoder.giveUp());
				hold(0);
			}
			return parts;
		}

		@Override
		public List<AnswerPart> complete() {
			return this.decoder.complete();
		}

		@Override
		public boolean hasEnded() {
			return this.decoder.hasEnded();
		}

		@Override
		public int held() {
			return this.decoder.held();
		}

	}

}
