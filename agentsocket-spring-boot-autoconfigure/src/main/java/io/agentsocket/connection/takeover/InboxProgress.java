package io.agentsocket.connection.takeover;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import io.agentsocket.connection.sequence.Fragmenter;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;

/**
 * The messages of the inbox whose frames are in the owner's send queue. A message counts
 * as taken when all its frames have numbers. A record tells how far the oldest message
 * has left, so that the next owner goes on from there. Runs in the owner's loop.
 */
final class InboxProgress {

	private final CommitPipeline commits;

	private final ArrayDeque<Message> underway = new ArrayDeque<>(0);

	/** The progress of the oldest message, as it is recorded. */
	private @Nullable Departure recorded;

	/** The place at which the owner before has stopped. */
	private Departure before = new Departure(0, 0, 0);

	/**
	 * The part of a message that has left: frames with numbers are not for the next
	 * owner.
	 *
	 * @param at number of the message
	 * @param frames frames that have left
	 * @param bytes bytes of the payload of the next one that have left in PART frames
	 */
	private record Departure(long at, int frames, int bytes) {

	}

	/** A frame of a message in the send queue, or a part of it. */
	private record Piece(int index, QueuedFrame frame) {

	}

	/** A message of a runner on its way out. */
	static final class Message {

		private final long at;

		private final Runner runner;

		private final long number;

		/** Its frames, as far as they were taken into the send queue. */
		private final List<Piece> pieces = new ArrayList<>();

		private int opened;

		private Message(long at, Runner runner, long number) {
			this.at = at;
			this.runner = runner;
			this.number = number;
		}

		Runner runner() {
			return this.runner;
		}

		/** The number of the message among those of the runner. */
		long number() {
			return this.number;
		}

		/** Highest id of a stream that the runner has opened up to this message. */
		int opened() {
			return this.opened;
		}

		/** A frame of the message is in the send queue. */
		void add(int index, List<QueuedFrame> queued) {
			queued.forEach((frame) -> this.pieces.add(new Piece(index, frame)));
		}

		/** All its frames were taken. */
		void read() {
			this.opened = this.runner.opened();
		}

		private boolean isSent() {
			return this.pieces.stream().noneMatch((piece) -> piece.frame.isQueued());
		}

		/** How far the message is, or {@code null} when nothing of it has left. */
		private @Nullable Departure departure(Departure before) {
			boolean begun = before.at == this.at;
			int index = -1;
			int bytes = 0;
			for (Piece piece : this.pieces) {
				if (piece.frame.isQueued()) {
					if (index < 0) {
						return begun ? before : null;
					}
					return (piece.index == index) ? new Departure(this.at, index, bytes)
							: new Departure(this.at, index + 1, 0);
				}
				if (piece.index != index) {
					index = piece.index;
					bytes = (begun && before.frames == index) ? before.bytes : 0;
				}
				bytes += Fragmenter.payload(piece.frame.frame()).length();
			}
			return null;
		}

	}

	InboxProgress(CommitPipeline commits) {
		this.commits = commits;
	}

	/** Goes on in the middle of a message, where the owner before has stopped. */
	void restore(RecordFormat.Reader packed) {
		this.before = new Departure(packed.number(), (int) packed.number(), (int) packed.number());
		this.recorded = this.before;
	}

	/** Takes note of a message that is read now. */
	Message begin(long at, Runner runner, long number) {
		Message message = new Message(at, runner, number);
		this.underway.add(message);
		return message;
	}

	/**
	 * The rest of a frame that the owner before has not sent; null when it has sent all
	 * of it.
	 */
	@Nullable Frame rest(Frame frame, long at, int index) {
		if (this.before.at != at || index > this.before.frames) {
			return frame;
		}
		if (index < this.before.frames) {
			return null;
		}
		int sent = this.before.bytes;
		Bytes payload = Fragmenter.payload(frame);
		return (sent != 0) ? Fragmenter.withPayload(frame, payload.slice(sent, payload.length() - sent)) : frame;
	}

	/** Counts the messages whose frames have all left as taken. */
	void settle(Consumer<Message> taken) {
		Message next = this.underway.peek();
		while (next != null && next.isSent()) {
			this.underway.remove();
			this.commits.setTaken(next.at);
			taken.accept(next);
			next = this.underway.peek();
		}
		Departure present = (next != null) ? next.departure(this.before) : null;
		if (present != null && !present.equals(this.recorded)) {
			put(present);
		}
		else if (present == null && this.recorded != null && this.recorded.at <= this.commits.taken()) {
			this.recorded = null;
			this.commits.remove(RecordKey.INBOX_PROGRESS.key());
		}
	}

	private void put(Departure present) {
		this.recorded = present;
		this.commits.put(RecordKey.INBOX_PROGRESS.key(),
				() -> new RecordFormat.Writer().number(present.at).number(present.frames).number(present.bytes).take());
	}

	/** Numbers start anew, and all messages that were read are settled. */
	void reset() {
		if (this.before.at > this.commits.taken() && this.before.bytes > 0) {
			// The parts that have left went with the log before: the frame is gone.
			this.before = new Departure(this.before.at, this.before.frames + 1, 0);
			put(this.before);
		}
	}

	/** Drops the frames that have not left: they are for the next owner. */
	void close(SendQueue sendQueue) {
		this.underway.forEach((message) -> message.pieces.forEach((piece) -> sendQueue.drop(piece.frame)));
		this.underway.clear();
	}

}
