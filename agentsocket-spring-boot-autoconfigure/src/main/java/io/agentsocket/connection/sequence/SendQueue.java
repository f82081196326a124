package io.agentsocket.connection.sequence;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntSupplier;
import java.util.function.Predicate;

import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.jspecify.annotations.Nullable;

/**
 * The send queue of a peer: two lanes of frames, drained into large messages. Numbers are
 * given when a frame leaves the queue; sent frames stay in the {@link ReplayLog} until
 * they are acknowledged. Implements sections 10, 12.1 and 13 of {@code docs/protocol.md}.
 */
public final class SendQueue {

	/** Queued bytes at which producers are no longer asked for more. */
	public static final int HIGH = 64 * 1024;

	/** Queued bytes at which producers are asked again. */
	private static final int LOW = 16 * 1024;

	/** A message is closed at this many bytes. */
	private static final int MESSAGE_BYTES = 16 * 1024;

	/** A message holds at least this many invocations if there are so many. */
	private static final int MESSAGE_INVOKES = 8;

	/** A message with more invocations is closed at this fraction of the open ones. */
	private static final int TURNS = 4;

	/** Upper bound of an ACK. */
	private static final int ACK_BYTES = 24;

	/** A message is written at once, so those of all sessions of a thread share one. */
	private static final ThreadLocal<FrameWriter> WRITERS = ThreadLocal.withInitial(() -> new FrameWriter(1024));

	private final FrameQueue prompt = new FrameQueue();

	private final FrameQueue normal = new FrameQueue();

	private final ReplayLog log = new ReplayLog();

	private final Limits own;

	private volatile Limits declared;

	/** Limits that this side keeps to. Threads that encode items read them. */
	private volatile Limits remote;

	private final SendListener listener;

	private final IntPredicate isRemote;

	private final IntSupplier openCalls;

	/**
	 * Bytes that wait; if items may be large, all producers together may queue more than
	 * 2 GiB.
	 */
	private long queued;

	/**
	 * Create an empty queue.
	 * @param own limits of this side
	 * @param declared limits that the other side has declared
	 * @param listener hears which frames leave the queue
	 * @param isRemote whether a stream id is one of the other side
	 * @param openCalls how many invocations of this side are open
	 */
	public SendQueue(Limits own, Limits declared, SendListener listener, IntPredicate isRemote, IntSupplier openCalls) {
		this.own = own;
		this.declared = declared;
		this.remote = declared.boundedBy(own);
		this.listener = listener;
		this.isRemote = isRemote;
		this.openCalls = openCalls;
	}

	/** The frames that were sent and are not acknowledged. */
	public ReplayLog log() {
		return this.log;
	}

	/** Limits that this side keeps to: those of the other side, within own bounds. */
	public Limits remote() {
		return this.remote;
	}

	/** Limits that the other side has declared. */
	public Limits declared() {
		return this.declared;
	}

	/** Sets the limits that the other side has declared. */
	public void setDeclared(Limits limits) {
		this.declared = limits;
		this.remote = limits.boundedBy(this.own);
	}

	/** Bytes that wait to be sent. */
	public long queued() {
		return this.queued;
	}

	/** Bytes that wait to be sent, as far as the window of the other side takes them. */
	public long sendable() {
		QueuedFrame next = this.prompt.peek();
		next = (next != null) ? next : this.normal.peek();
		return (next == null || !mayBeSent(next)) ? 0
				: Math.max(next.size(), Math.min(this.queued, (long) this.remote.window() - this.log.bytes()));
	}

	/** Whether so much waits that producers are not asked for more. */
	public boolean isFull() {
		return this.queued >= HIGH;
	}

	/** Whether so little waits that producers are asked again. */
	public boolean isLow() {
		return this.queued <= LOW;
	}

	/** Frames in the prompt lane. */
	public int prompts() {
		return this.prompt.size();
	}

	/** Frames that wait. */
	public int frames() {
		return this.prompt.size() + this.normal.size();
	}

	/** Whether no frame waits. */
	public boolean isEmpty() {
		return this.prompt.isEmpty() && this.normal.isEmpty();
	}

	/**
	 * Queue a frame behind all others; one that is too large is split.
	 * @return the queued frame, the last one when split
	 */
	public QueuedFrame add(Frame frame, QueuedFrame.@Nullable Owner owner) {
		int limit = Math.min(this.remote.frame(), MESSAGE_BYTES);
		if (FrameWriter.bound(frame) <= limit) {
			return add(this.normal, frame, owner);
		}
		List<Frame> fragments = Fragmenter.split(frame, limit);
		QueuedFrame last = add(this.normal, fragments.get(0), owner);
		for (Frame fragment : fragments.subList(1, fragments.size())) {
			last = add(this.normal, new QueuedFrame(fragment, owner, true));
		}
		return last;
	}

	/**
	 * Queue a frame behind all others; one that is too large is split.
	 * @return the queued frames, more than one when split
	 */
	public List<QueuedFrame> addAll(Frame frame, QueuedFrame.@Nullable Owner owner) {
		return addAll(frame, owner, null);
	}

	/**
	 * Queue an event behind all others.
	 * @param event the event
	 * @param cause the invocation that sends it, if any
	 */
	public void addEvent(Frame.Event event, QueuedFrame.@Nullable Owner cause) {
		addAll(event, null, cause);
	}

	private List<QueuedFrame> addAll(Frame frame, QueuedFrame.@Nullable Owner owner,
			QueuedFrame.@Nullable Owner cause) {
		List<QueuedFrame> added = new ArrayList<>(1);
		for (Frame fragment : Fragmenter.split(frame, Math.min(this.remote.frame(), MESSAGE_BYTES))) {
			QueuedFrame queuedFrame = new QueuedFrame(fragment, owner, !added.isEmpty());
			queuedFrame.causedBy(cause);
			added.add(add(this.normal, queuedFrame));
		}
		return added;
	}

	/** Queue a small frame in the prompt lane, which overtakes everything queued. */
	public QueuedFrame addPrompt(Frame frame, QueuedFrame.@Nullable Owner owner) {
		return add(this.prompt, frame, owner);
	}

	private QueuedFrame add(FrameQueue lane, Frame frame, QueuedFrame.@Nullable Owner owner) {
		return add(lane, new QueuedFrame(frame, owner));
	}

	private QueuedFrame add(FrameQueue lane, QueuedFrame queuedFrame) {
		Frame frame = queuedFrame.frame();
		QueuedFrame.Owner owner = queuedFrame.owner();
		if (frame.type().isNumbered()) {
			lane.addLast(queuedFrame);
		}
		else {
			// The frame needs no window, so it waits for nothing.
			lane.addFirst(queuedFrame);
		}
		this.queued += queuedFrame.size();
		if (owner != null) {
			owner.queued(queuedFrame, frame instanceof Frame.Item);
		}
		return queuedFrame;
	}

	/** Change a frame that is queued. */
	public void replace(QueuedFrame queuedFrame, Frame frame) {
		this.queued += queuedFrame.replace(frame);
	}

	/** Makes the last item of a stream the end of its side, if it was not sent yet. */
	public boolean markLast(QueuedFrame.Owner owner) {
		QueuedFrame last = owner.lastItem();
		if (last == null || !last.isQueued() || !(last.frame() instanceof Frame.Item item)) {
			return false;
		}
		replace(last, item.withEnd());
		return true;
	}

	/** Drops the frames that belong to a connection and not to the session. */
	public void discardUnnumbered() {
		discard(this.prompt, (frame) -> !frame.frame().type().isNumbered());
	}

	/** Drops the frames of streams of the other side, and the events of their calls. */
	public void discardAnswers() {
		Predicate<QueuedFrame> answers = (frame) -> frame.isCaused()
				|| (frame.frame().streamId() != 0 && this.isRemote.test(frame.frame().streamId()));
		discard(this.normal, answers);
		discard(this.prompt, answers);
	}

	/** Drop one frame. */
	public void drop(QueuedFrame queuedFrame) {
		if (queuedFrame.isQueued()) {
			discard(this.normal, (frame) -> frame == queuedFrame);
			discard(this.prompt, (frame) -> frame == queuedFrame);
		}
	}

	/** Drops the queued frames of a stream. */
	public void discard(QueuedFrame.Owner owner) {
		if (!owner.hasQueuedFrames()) {
			return;
		}
		discard(this.normal, (frame) -> frame.owner() == owner);
		discard(this.prompt, (frame) -> frame.owner() == owner);
	}

	private void discard(FrameQueue lane, Predicate<QueuedFrame> which) {
		if (!lane.isEmpty()) {
			lane.discard(which, (frame) -> {
				removed(frame);
				frame.dropped();
			});
		}
	}

	private void removed(QueuedFrame frame) {
		this.queued -= frame.size();
		QueuedFrame.Owner owner = frame.owner();
		if (owner != null) {
			owner.removed();
		}
	}

	/**
	 * Build the next message. Model: calls.pml, step begin.
	 * @param ack an ACK to put in front, or {@code null}
	 * @return the message, or {@code null} when there is nothing that may be sent
	 */
	public @Nullable Bytes nextMessage(Frame.@Nullable Ack ack) {
		if (ack == null && isEmpty()) {
			return null;
		}
		FrameWriter writer = WRITERS.get();
		writer.reset();
		int maxBytes = Math.min(MESSAGE_BYTES, this.remote.message());
		QueuedFrame next = peek((ack != null) ? ACK_BYTES : 0, maxBytes);
		if (ack != null) {
			writer.write(ack, next == null);
		}
		// Frames without a number come first, so that the log holds one piece per
		// message.
		while (next != null && !next.frame().type().isNumbered()) {
			QueuedFrame current = takeOut(next);
			next = peek(writer.position() + current.size(), maxBytes);
			writer.write(current.frame(), next == null);
		}
		int numberedFrom = writer.position();
		int frames = 0;
		int invokes = Math.max(MESSAGE_INVOKES, this.openCalls.getAsInt() / TURNS);
		int unacknowledged = this.log.bytes();
		while (next != null) {
			QueuedFrame current = takeOut(next);
			frames++;
			if (current.frame() instanceof Frame.Invoke) {
				invokes--;
			}
			int written = writer.position() + current.size();
			next = (invokes > 0) ? peekNumbered(written, maxBytes, unacknowledged + written) : null;
			writer.write(current.frame(), next == null);
			QueuedFrame.Owner owner = current.owner();
			if (owner != null) {
				owner.sent();
			}
			current.sent();
			this.listener.numbered(current, !this.isRemote.test(current.frame().streamId()));
		}
		if (writer.position() == 0) {
			return null;
		}
		Bytes message = writer.take();
		if (frames > 0) {
			Bytes numbered = message.slice(numberedFrom, message.length() - numberedFrom);
			this.log.append(frames, numbered);
			this.listener.messageBuilt(this.log.sent() - frames + 1, this.log.sent(), numbered);
		}
		return message;
	}

	/** Take the next frame out of the queue without a number, for a follower. */
	public @Nullable QueuedFrame poll() {
		QueuedFrame next = this.prompt.peek();
		next = (next != null) ? next : this.normal.peek();
		if (next == null) {
			return null;
		}
		takeOut(next);
		QueuedFrame.Owner owner = next.owner();
		if (owner != null) {
			owner.sent();
		}
		next.sent();
		return next;
	}

	private @Nullable QueuedFrame peekNumbered(int written, int maxBytes, int unacknowledged) {
		QueuedFrame next = peek(written, maxBytes);
		boolean fits = next != null && next.frame().type().isNumbered()
				&& unacknowledged + next.size() <= windowFor(next);
		return fits ? next : null;
	}

	private @Nullable QueuedFrame peek(int written, int maxBytes) {
		QueuedFrame next = this.prompt.peek();
		if (next == null) {
			next = this.normal.peek();
		}
		if (next == null || !mayBeSent(next) || (written > 0 && written + next.size() > maxBytes)) {
			return null;
		}
		return next;
	}

	private boolean mayBeSent(QueuedFrame frame) {
		return !frame.frame().type().isNumbered() || this.log.bytes() + frame.size() <= windowFor(frame);
	}

	private int windowFor(QueuedFrame frame) {
		int window = this.remote.window();
		return (frame == this.prompt.peek()) ? window + Limits.CONTROL_RESERVE : window;
	}

	private QueuedFrame takeOut(QueuedFrame frame) {
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
	public void clear() {
		discard(this.prompt, (frame) -> true);
		discard(this.normal, (frame) -> true);
		this.log.clear();
	}

}
