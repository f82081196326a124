package io.agentsocket.connection.takeover;

import java.util.List;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Commit;

/**
 * A step on its way to the store. Its outcome counts when that of all steps before it is
 * known. Runs in the peer's loop.
 */
final class UnderwayStep {

	/**
	 * Bytes that a record counts as, when it is decided whether another step is worth it:
	 * about its key and the work that Redis has with it.
	 */
	static final int RECORD_WEIGHT = 64;

	/** Looks after which an outcome is lost: the socket is closed with the first one. */
	private static final int STALLS = 2;

	private final Commit commit;

	private final List<QueuedFrame> frames;

	/** Bytes of the frames of this side. */
	private final int bytes;

	private final int recordBytes;

	private final int weight;

	private boolean outdated;

	/** Whether it is stored, or failed, before the steps ahead of it are known. */
	private boolean stored;

	private boolean failed;

	private int failures;

	/** How often it was looked for in vain. */
	private int stalls;

	/**
	 * Begin a step.
	 * @param commit the step
	 * @param frames the frames that got a number in it
	 * @param bytes bytes of these frames
	 * @param passed bytes of frames of the other side that are passed on
	 */
	UnderwayStep(Commit commit, List<QueuedFrame> frames, int bytes, int passed) {
		this.commit = commit;
		this.frames = frames;
		this.bytes = bytes;
		this.recordBytes = commit.records().values().stream().mapToInt(Bytes::length).sum();
		this.weight = bytes + passed + RECORD_WEIGHT * (commit.records().size() + commit.removed().size());
	}

	Commit commit() {
		return this.commit;
	}

	/** Its frames, as far as they belong to the present log. */
	List<QueuedFrame> frames() {
		return this.outdated ? List.of() : this.frames;
	}

	int bytes() {
		return this.bytes;
	}

	int recordBytes() {
		return this.recordBytes;
	}

	/** How much there is to do for it. */
	int weight() {
		return this.weight;
	}

	/** A new log has begun: its frames are void. */
	void outdate() {
		this.outdated = true;
	}

	/** The store has it. */
	void stored() {
		this.stored = true;
		this.failed = false;
	}

	boolean isStored() {
		return this.stored;
	}

	/** The store does not have it, or nobody knows; returns how often that was before. */
	int failed() {
		this.failed = true;
		return this.failures++;
	}

	boolean isFailed() {
		return this.failed;
	}

	/**
	 * It was looked for in vain. A driver that waits for a store that is away holds no
	 * more than one repetition of it.
	 * @return whether it is to be repeated, which is so once
	 */
	boolean stalled() {
		return ++this.stalls == STALLS;
	}

	/** Whether it has failed once and its outcome is not known. */
	boolean isInDoubt() {
		return this.failures > 0 && !this.stored;
	}

	/** It is sent again. */
	void repeated() {
		this.failed = false;
	}

}
