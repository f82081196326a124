package io.agentsocket.connection;

import java.util.List;
import java.util.function.Predicate;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

/**
 * The send queue of a peer: two lanes of frames, drained into large messages. Numbers are
 * given when a frame leaves the queue; what was sent stays in the {@link OutLog} until it
 * is acknowledged. Implements sections 10, 12.1 and 13 of {@code docs/protocol.md}.
 */
final class Outgoing {

	/** Queued bytes at which producers are no longer asked for more. */
	static final int HIGH = 64 * 1024;

	/** Queued bytes at which they are asked again. */
	static final int LOW = 16 * 1024;

	/** A message is closed at this many bytes. */
	private static final int MESSAGE_BYTES = 16 * 1024;

	/** A message holds at least this many invocations if there are so many. */
	private static final int MESSAGE_INVOKES = 8;

	/** Otherwise it is closed at this fraction of the open invocations. */
	private static final int TURNS = 4;

	/** Upper bound of an ACK. */
	private static final int ACK_BYTES = 24;

	/** A message is written at once, so those of all sessions of a thread share one. */
	private static final ThreadLocal<FrameWriter> WRITERS = ThreadLocal.withInitial(() -> new FrameWriter(1024));

	private final FrameQueue prompt = new FrameQueue();

	private final FrameQueue normal = new FrameQueue();

	private final OutLog log = new OutLog();

	private final Limits own;

	private volatile Limits declared;

	/** Read by those who encode, on any thread. */
	private volatile Limits remote;

	private final Ledger ledger;

	private final StreamTable streams;

	private @Nullable Journal journal;

	/** All producers together may queue more than 2 GiB if items may be large. */
	private long queued;

	Outgoing(Limits own, Limits declared, Ledger ledger, StreamTable streams) {
		this.own = own;
		this.declared = declared;
		this.remote = declared.boundedBy(own);
		this.ledger = ledger;
		this.streams = streams;
	}

	void journal(@Nullable Journal journal) {
		this.journal = journal;
	}

	OutLog log() {
		return this.log;
	}

	/** What this side keeps to: what the other side accepts, within own bounds. */
	Limits remote() {
		return this.remote;
	}

	/** What the other side has said that it accepts. */
	Limits declared() {
		return this.declared;
	}

	/** The other side says what it accepts. */
	void declared(Limits limits) {
		this.declared = limits;
		this.remote = limits.boundedBy(this.own);
	}

	/** Bytes that wait to be sent. */
	long queued() {
		return this.queued;
	}

	boolean isFull() {
		return this.queued >= HIGH;
	}

	/** Frames in the prompt lane. */
	int prompts() {
		return this.prompt.size();
	}

	boolean isEmpty() {
		return this.prompt.isEmpty() && this.normal.isEmpty();
	}

	/**
	 * Queue a frame behind all others; one that is too large is split.
	 * @return the queued frame, the last one when split
	 */
	OutFrame add(Frame frame, @Nullable Stream stream) {
		int limit = Math.min(this.remote.frame(), MESSAGE_BYTES);
		if (FrameWriter.bound(frame) <= limit) {
			return add(this.normal, frame, stream);
		}
		List<Frame> fragments = Fragments.split(frame, limit);
		OutFrame last = add(this.normal, fragments.get(0), stream);
		for (Frame fragment : fragments.subList(1, fragments.size())) {
			last = add(this.normal, fragment, stream);
		}
		return last;
	}

	/**
	 * Queue a frame behind all others; one that is too large is split.
	 * @return the queued frames, more than one when split
	 */
	List<OutFrame> addAll(Frame frame, @Nullable Stream stream) {
		return Fragments.split(frame, Math.min(this.remote.frame(), MESSAGE_BYTES))
			.stream()
			.map((fragment) -> add(this.normal, fragment, stream))
			.toList();
	}

	/** Queue a small frame in the prompt lane, which overtakes everything queued. */
	OutFrame addPrompt(Frame frame, @Nullable Stream stream) {
		return add(this.prompt, frame, stream);
	}

	private OutFrame add(FrameQueue lane, Frame frame, @Nullable Stream stream) {
		OutFrame queuedFrame = new OutFrame(frame, stream);
		if (frame.type().isNumbered()) {
			lane.addLast(queuedFrame);
		}
		else {
			// Needs no window, so it waits for nothing.
			lane.addFirst(queuedFrame);
		}
		this.queued += queuedFrame.size();
		if (stream != null) {
			stream.queuedFrames++;
			if (frame instanceof Frame.Item) {
				stream.lastItem = queuedFrame;
			}
		}
		return queuedFrame;
	}

	/** Change a frame that is queued. */
	void replace(OutFrame queuedFrame, Frame frame) {
		this.queued += queuedFrame.replace(frame);
	}

	/** Drop what belongs to a connection and not to the session. */
	void discardUnnumbered() {
		discard(this.prompt, (frame) -> !frame.frame().type().isNumbered());
	}

	/** Drop what belongs to streams of the other side. */
	void discardAnswers() {
		Predicate<OutFrame> answers = (frame) -> frame.frame().streamId() != 0
				&& this.streams.isRemote(frame.frame().streamId());
		discard(this.normal, answers);
		discard(this.prompt, answers);
	}

	/** Drop one frame. */
	void drop(OutFrame queuedFrame) {
		if (queuedFrame.isQueued()) {
			discard(this.normal, (frame) -> frame == queuedFrame);
			discard(this.prompt, (frame) -> frame == queuedFrame);
		}
	}

	/** Drop what a stream has in the queue. */
	void discard(Stream stream) {
		if (stream.queuedFrames == 0) {
			return;
		}
		discard(this.normal, (frame) -> frame.stream == stream);
		discard(this.prompt, (frame) -> frame.stream == stream);
	}

	private void discard(FrameQueue lane, Predicate<OutFrame> which) {
		if (!lane.isEmpty()) {
			lane.discard(which, (frame) -> {
				removed(frame);
				frame.dropped();
			});
		}
	}

	private void removed(OutFrame frame) {
		this.queued -= frame.size();
		if (frame.stream != null) {
			frame.stream.queuedFrames--;
		}
	}

	/**
	 * Build the next message.
	 * @param ack an ACK to put in front, or {@code null}
	 * @return the message, or {@code null} when there is nothing that may be sent
	 */
	@Nullable Bytes nextMessage(Frame.@Nullable Ack ack) {
		if (ack == null && isEmpty()) {
			return null;
		}
		FrameWriter writer = WRITERS.get();
		writer.reset();
		int maxBytes = Math.min(MESSAGE_BYTES, this.remote.message());
		OutFrame next = peek((ack != null) ? ACK_BYTES : 0, maxBytes);
		if (ack != null) {
			writer.write(ack, next == null);
		}
		// Frames without a number come first, so that the log holds one piece per
		// message.
		while (next != null && !next.frame().type().isNumbered()) {
			OutFrame current = poll(next);
			next = peek(writer.position() + current.size(), maxBytes);
			writer.write(current.frame(), next == null);
		}
		int numberedFrom = writer.position();
		int frames = 0;
		int invokes = Math.max(MESSAGE_INVOKES, this.streams.callers() / TURNS);
		int unacknowledged = this.log.bytes();
		while (next != null) {
			OutFrame current = poll(next);
			frames++;
			if (current.frame() instanceof Frame.Invoke) {
				invokes--;
			}
			int written = writer.position() + current.size();
			next = (invokes > 0) ? peekNumbered(written, maxBytes, unacknowledged + written) : null;
			writer.write(current.frame(), next == null);
			if (current.stream != null) {
				current.stream.sentFrames++;
			}
			current.sent(this.log.sent() + frames);
			Frame frame = current.frame();
			this.ledger.written(frame, current.stream, !this.streams.isRemote(frame.streamId()));
		}
		if (writer.position() == 0) {
			return null;
		}
		Bytes message = writer.take();
		if (frames > 0) {
			Bytes numbered = message.slice(numberedFrom, message.length() - numberedFrom);
			this.log.append(frames, numbered);
			if (this.journal != null) {
				this.journal.appended(this.log.sent() - frames + 1, this.log.sent(), numbered);
			}
		}
		return message;
	}

	/** Take the next frame out of the queue without a number, for a satellite. */
	@Nullable Frame poll() {
		OutFrame next = this.prompt.peek();
		next = (next != null) ? next : this.normal.peek();
		if (next == null) {
			return null;
		}
		poll(next);
		if (next.stream != null) {
			next.stream.sentFrames++;
		}
		next.sent(0);
		return next.frame();
	}

	private @Nullable OutFrame peekNumbered(int written, int maxBytes, int unacknowledged) {
		OutFrame next = peek(written, maxBytes);
		boolean fits = next != null && next.frame().type().isNumbered()
				&& unacknowledged + next.size() <= windowFor(next);
		return fits ? next : null;
	}

	private @Nullable OutFrame peek(int written, int maxBytes) {
		OutFrame next = this.prompt.peek();
		if (next == null) {
			next = this.normal.peek();
		}
		if (next == null || !mayBeSent(next) || (written > 0 && written + next.size() > maxBytes)) {
			return null;
		}
		return next;
	}

	private boolean mayBeSent(OutFrame frame) {
		return !frame.frame().type().isNumbered() || this.log.bytes() + frame.size() <= windowFor(frame);
	}

	private int windowFor(OutFrame frame) {
		int window = this.remote.window();
		return (frame == this.prompt.peek()) ? window + Limits.CONTROL_RESERVE : window;
	}

	private OutFrame poll(OutFrame frame) {
		if (frame == this.prompt.peek()) {
			this.prompt.remove();
		}
		else {
			this.normal.remove();
		}
		removed(frame);
		return frame;
	}

	/** Forget everything: the session was reset. */
	void clear() {
		discard(this.prompt, (frame) -> true);
		discard(this.normal, (frame) -> true);
		this.log.clear();
	}

}
