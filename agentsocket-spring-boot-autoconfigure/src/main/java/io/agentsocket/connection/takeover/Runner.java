package io.agentsocket.connection.takeover;

import org.jspecify.annotations.Nullable;

/**
 * A runner as the owner of a session knows it: a peer of the session in another pod that
 * runs calls, has actions of the session, or has to be told something. All that the owner
 * remembers of this peer is here; {@link Runners} keeps it as long as it is needed.
 * Confined to the owner's loop.
 */
final class Runner {

	/** Stands for the number of the last message of a runner that was given up. */
	static final long GIVEN_UP = Long.MAX_VALUE;

	private final String name;

	/** Messages for the runner that it has not confirmed. */
	private final RunnerLane lane = new RunnerLane();

	/** Frames that go to the runner with the next step; null when there are none. */
	private RecordFormat.@Nullable Writer outbound;

	/** Whether this owner has told the runner of the present log. */
	private boolean knowsLog;

	/** Number of the runner's last message that was read from the inbox. */
	private long read;

	/** Number of the runner's last message whose frames all have numbers. */
	private long taken;

	/** Highest id of a stream that the runner has opened, as far as it was read. */
	private int opened;

	/**
	 * Highest id of a stream that the runner has opened, as far as its messages are
	 * taken.
	 */
	private int openedTaken;

	/** Number of the message after which the runner asks; 0 when it does not ask. */
	private long asked;

	/** Sets whether the runner has actions of the session. */
	private boolean watched;

	/** Whether the runner has not said yet that it knows the owner. */
	private boolean uninformed;

	/** Whether the runner is gone, and the rest of its messages is being read. */
	private boolean leaving;

	/** Open streams of the runner. */
	private int streams;

	/** Streams among them that only wait until the other side has stopped. */
	private int interrupted;

	Runner(String name) {
		this.name = name;
	}

	/** The name under which the peer belongs to the session. */
	String name() {
		return this.name;
	}

	RunnerLane lane() {
		return this.lane;
	}

	/** The frames that go to the runner with the next step; null when there are none. */
	RecordFormat.@Nullable Writer outbound() {
		return this.outbound;
	}

	/** Begins the message that goes to the runner with the next step. */
	RecordFormat.Writer beginMessage() {
		RecordFormat.Writer writer = new RecordFormat.Writer();
		this.outbound = writer;
		return writer;
	}

	/** The message for the next step is complete, or not needed any more. */
	void endMessage() {
		this.outbound = null;
	}

	/**
	 * Tells the runner of the present log.
	 * @return {@code false} when it was told before
	 */
	boolean learnLog() {
		boolean first = !this.knowsLog;
		this.knowsLog = true;
		return first;
	}

	/** There is a new log, of which the runner does not know. */
	void forgetLog() {
		this.knowsLog = false;
	}

	/** Whether a message of the runner was read before; all are, once it is given up. */
	boolean hasRead(long number) {
		return number <= this.read;
	}

	/** A message of the runner is read now. */
	void read(long number) {
		this.read = number;
	}

	/**
	 * The frames of a message have numbers.
	 * @param number number of the message
	 * @param lastOpened highest id of a stream that the messages up to it have opened
	 * @return whether later owners have to know that
	 */
	boolean take(long number, int lastOpened) {
		boolean later = number > this.taken;
		if (later) {
			this.taken = number;
			this.openedTaken = Math.max(this.openedTaken, lastOpened);
		}
		return later;
	}

	/** Goes on with the messages that earlier owners have taken. */
	void restore(RecordFormat.Reader taken) {
		this.taken = taken.number();
		this.read = this.taken;
		this.openedTaken = taken.hasMore() ? (int) taken.number() : 0;
		this.opened = Math.max(this.opened, this.openedTaken);
	}

	/** The record of the runner for later owners. */
	RecordFormat.Writer record() {
		return new RecordFormat.Writer().number(this.taken).number(this.openedTaken);
	}

	/** Whether there is a record of the runner. */
	boolean isRecorded() {
		return this.taken > 0;
	}

	/** Highest id of a stream that the runner has opened. */
	int opened() {
		return this.opened;
	}

	/**
	 * The runner opens a stream.
	 * @param localId the runner's id of the stream
	 * @return {@code false} when the stream was opened before, so that a frame of it
	 * comes late
	 */
	boolean open(int localId) {
		boolean isNew = localId > this.opened;
		this.opened = Math.max(this.opened, localId);
		return isNew;
	}

	/** The runner asks whether its messages up to a number have arrived. */
	void ask(long number) {
		this.asked = number;
	}

	/**
	 * Takes the question of the runner, which is answered now.
	 * @return number of the message, 0 when the runner has not asked
	 */
	long takeQuestion() {
		long number = this.asked;
		this.asked = 0;
		return number;
	}

	/** Sets whether the runner has actions of the session. */
	void watch(boolean present) {
		this.watched = present;
	}

	/** The runner has to be told who owns the session, until it answers. */
	void inform() {
		this.uninformed = true;
	}

	boolean isUninformed() {
		return this.uninformed;
	}

	/** The runner knows the owner, or its pod is gone. */
	void informed() {
		this.uninformed = false;
	}

	/** The runner is gone; its messages in the inbox are read before that counts. */
	void leave() {
		this.leaving = true;
	}

	boolean isLeaving() {
		return this.leaving;
	}

	void streamOpened() {
		this.streams++;
	}

	/** The other side was asked to end a stream of the runner, which is gone. */
	void streamInterrupted() {
		this.interrupted++;
	}

	void streamClosed(boolean wasInterrupted) {
		this.streams--;
		this.interrupted -= wasInterrupted ? 1 : 0;
	}

	/** Whether the owner has to notice when the pod of the runner is gone. */
	boolean isNeeded() {
		return this.watched || this.uninformed || this.streams > this.interrupted;
	}

	/** Whether the runner was given up: nothing of it counts any more. */
	boolean isGivenUp() {
		return this.taken == GIVEN_UP;
	}

	/**
	 * Gives the runner up.
	 * @return whether later owners have to know that
	 */
	boolean giveUp() {
		boolean matters = this.read > 0 || this.watched || this.streams > 0;
		this.leaving = false;
		this.uninformed = false;
		this.outbound = null;
		this.asked = 0;
		this.read = GIVEN_UP;
		this.taken = GIVEN_UP;
		return matters;
	}

	/** Whether all that is left of the runner is the number of its last message. */
	boolean isIdle() {
		return this.streams == 0 && !this.watched && !this.uninformed && !this.leaving && this.outbound == null
				&& this.lane.isEmpty() && this.asked == 0 && this.read == this.taken;
	}

}
