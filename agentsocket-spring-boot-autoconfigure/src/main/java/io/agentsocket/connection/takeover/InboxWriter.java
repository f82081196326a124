package io.agentsocket.connection.takeover;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.InboxFullException;
import io.agentsocket.session.Retries;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;

/**
 * Brings the frames of a follower into the inbox of its session, from where
 * {@link InboxReader} of the owner takes them: one message at a time, repeated until the
 * store has it. At most 64 messages are there that the owner has not taken, so that an
 * owner that cannot send stops the producers here. Runs in the peer's loop.
 */
final class InboxWriter {

	private static final Log logger = PrintableLog.of(InboxWriter.class);

	/** Bytes at which a message is closed: those of a message to the other side. */
	private static final int MESSAGE_BYTES = 16 * 1024;

	/**
	 * Messages that the owner need not have taken: 1 MiB, a sixteenth of the places of an
	 * inbox.
	 */
	private static final int MAX_UNDERWAY = 64;

	/** A frame or a caller that waits, beside the bytes of the frame. */
	private static final int WAITING = 64;

	/** Times between repetitions of a push, as for the steps of an owner. */
	private static final Retries RETRIES = new Retries(Duration.ofMillis(200), Duration.ofSeconds(2));

	private final StreamContext context;

	private final PeerStorage storage;

	private final OwnerFrames frames;

	/** The body of the WAKE that goes with each message. */
	private final Supplier<Bytes> wakeUp;

	/** Called when the session is gone. */
	private final Runnable gone;

	/** Frames that got numbers of this peer which never became durable; they go first. */
	private final ArrayDeque<QueuedFrame> first = new ArrayDeque<>(0);

	/** Actions of this peer for the other side. */
	private final ArrayDeque<Frame.Define> announcements = new ArrayDeque<>(0);

	/** Callers that wait until a frame is in the inbox, in the order of the frames. */
	private final ArrayDeque<Waiter> waiters = new ArrayDeque<>(0);

	/** Bytes of {@link #first} and {@link #announcements}. */
	private long waiting;

	private long pushed;

	private long taken;

	private @Nullable Bytes underway;

	private @Nullable Disposable retry;

	/** How often the message that is underway was not taken. */
	private int failures;

	private boolean closed;

	/** A caller that waits until a frame is in the inbox. */
	private record Waiter(QueuedFrame frame, MonoSink<Void> sink) {

	}

	InboxWriter(StreamContext context, PeerState state, PeerStorage storage, Supplier<Bytes> wakeUp, Runnable gone) {
		this.context = context;
		this.storage = storage;
		this.frames = new OwnerFrames(state);
		this.wakeUp = wakeUp;
		this.gone = gone;
	}

	/** Sends a frame ahead of all that are queued. */
	void pushFirst(QueuedFrame frame) {
		this.first.add(frame);
		this.waiting += held(frame.frame());
	}

	/** Announces an action of this peer, ahead of all frames. */
	void announce(Frame.Define frame) {
		this.announcements.add(frame);
		this.waiting += held(frame);
	}

	/** Drops the announcements of a name. */
	void discardAnnouncements(String name) {
		this.announcements.removeIf((frame) -> {
			boolean discarded = frame.name().equals(name);
			this.waiting -= discarded ? held(frame) : 0;
			return discarded;
		});
	}

	/** Drops frames that were to go first. */
	void discardFirst(Predicate<QueuedFrame> which) {
		this.first.removeIf((frame) -> {
			boolean discarded = which.test(frame);
			this.waiting -= discarded ? held(frame.frame()) : 0;
			return discarded;
		});
	}

	/** Bytes of a frame that waits outside of the send queue. */
	private static long held(Frame frame) {
		return WAITING + (long) FrameWriter.bound(frame);
	}

	/** Bytes that wait for the store, the send queue not counted. */
	long held() {
		Bytes message = this.underway;
		return this.waiting + ((message != null) ? message.array().length : 0) + this.frames.held()
				+ (long) WAITING * this.waiters.size();
	}

	/** Number of the latest message. */
	long pushed() {
		return this.pushed;
	}

	/** Whether there is nothing to bring to the owner. */
	boolean isEmpty() {
		return this.underway == null && this.announcements.isEmpty() && this.first.isEmpty();
	}

	/** Whether the owner has taken all messages. */
	boolean isTaken() {
		return isEmpty() && this.taken >= this.pushed;
	}

	/** The owner has taken messages, up to a number. */
	void taken(long number) {
		this.taken = Math.max(this.taken, number);
	}

	/**
	 * Brings queued frames to the owner, unless a message is underway. Model: calls.pml,
	 * step push.
	 * @param sendQueue the frames
	 * @param log id of the log that the streams of the other side belong to
	 */
	void pump(SendQueue sendQueue, String log) {
		if (this.underway != null || this.closed || this.pushed - this.taken >= MAX_UNDERWAY) {
			return;
		}
		RecordFormat.Writer writer = new RecordFormat.Writer().text(this.storage.owner())
			.number(this.pushed + 1)
			.text(log);
		int empty = writer.size();
		Frame next = poll(sendQueue);
		while (next != null) {
			writer.frame(next);
			next = (writer.size() < MESSAGE_BYTES) ? poll(sendQueue) : null;
		}
		if (writer.size() > empty) {
			this.pushed++;
			this.underway = writer.take();
			push();
		}
	}

	private @Nullable Frame poll(SendQueue sendQueue) {
		Frame announcement = this.announcements.poll();
		if (announcement != null) {
			this.waiting -= held(announcement);
			return announcement;
		}
		while (true) {
			QueuedFrame frame = this.first.poll();
			if (frame != null) {
				this.waiting -= held(frame.frame());
			}
			else {
				frame = sendQueue.poll();
			}
			// A call that the next owner does not know begins there anew: nothing of it
			// is sent.
			Frame mapped = (frame != null && frame.isRecorded()) ? this.frames.of(frame) : null;
			if (frame == null || mapped != null) {
				return mapped;
			}
		}
	}

	private void push() {
		Bytes message = this.underway;
		if (message != null && !this.closed) {
			this.storage.push(message, this.wakeUp.get())
				.subscribe(null, (error) -> this.context.loop().executeLater(() -> notPushed(error)),
						() -> this.context.loop().executeLater(this::stored));
		}
	}

	private void stored() {
		this.underway = null;
		this.failures = 0;
		Waiter next = this.waiters.peek();
		while (next != null && !next.frame.isQueued()) {
			this.waiters.remove();
			next.sink.success();
			next = this.waiters.peek();
		}
	}

	/** Completes a sink when a queued frame is in the inbox. */
	void whenPushed(QueuedFrame queued, MonoSink<Void> sink) {
		this.waiters.add(new Waiter(queued, sink));
	}

	/**
	 * The push failed, or its outcome is unknown: the message is pushed again with the
	 * same number. Model: calls.pml, step pushed.
	 */
	private void notPushed(Throwable error) {
		if (this.closed) {
			return;
		}
		if (error instanceof FencedException) {
			this.gone.run();
			return;
		}
		if (!(error instanceof InboxFullException)) {
			logger.debug("A message to the owner of session " + this.context.session().id() + " is repeated", error);
		}
		this.retry = this.context.loop().schedule(this::push, RETRIES.delay(this.failures++));
	}

	/**
	 * Brings nothing more to the owner.
	 * @param reason told to all that wait
	 */
	void close(ActionException reason) {
		this.closed = true;
		List<Waiter> left = List.copyOf(this.waiters);
		this.waiters.clear();
		this.first.clear();
		this.announcements.clear();
		this.waiting = 0;
		left.forEach((waiter) -> waiter.sink.error(reason));
		if (this.retry != null) {
			this.retry.dispose();
		}
	}

}
