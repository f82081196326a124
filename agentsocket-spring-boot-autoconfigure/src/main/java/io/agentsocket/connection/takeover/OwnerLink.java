package io.agentsocket.connection.takeover;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.codec.CodecException;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.ErrorMapping;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.InboxFullException;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;

/**
 * A peer's substitute for a connection when another pod owns its session: frames go into
 * the session's inbox, without numbers and with names in place of aliases, and those of
 * the other side come through the owner. At most 64 messages are underway, so that an
 * owner that cannot send stops the producers here. Runs in the peer's loop.
 */
final class OwnerLink {

	private static final Log logger = PrintableLog.of(OwnerLink.class);

	/** Bytes at which a message is closed: those of a message to the other side. */
	private static final int MESSAGE_BYTES = 16 * 1024;

	/**
	 * Messages that the owner need not have taken: 1 MiB, a sixteenth of the places of an
	 * inbox.
	 */
	private static final int MAX_UNDERWAY = 64;

	/**
	 * Owners whose latest message is remembered: it may come again, behind one of a later
	 * owner.
	 */
	private static final int MAX_OWNERS = 64;

	/** Messages after which the owner is told that they have arrived. */
	private static final int CONFIRM_MESSAGES = 16;

	/** Bytes of messages after which the owner is told. */
	private static final int CONFIRM_BYTES = 64 * 1024;

	/**
	 * Invocations that may be LOST and still arrive: as many as the other side may have
	 * open.
	 */
	private static final int MAX_IGNORED = 1024;

	/** Times between repetitions of a push, as for the steps of an owner. */
	private static final Retries RETRIES = new Retries(Duration.ofMillis(200), Duration.ofSeconds(2));

	/**
	 * Time between wake-ups, within which an owner finds a message that Redis has lost.
	 */
	private static final Duration WAKE = Duration.ofSeconds(2);

	private final StreamContext context;

	private final OwnershipHost host;

	/** Called when the session is gone. */
	private final Runnable gone;

	private final PeerState state;

	private final PeerStorage storage;

	private final OwnerFrames frames;

	/** Frames that got numbers of this peer which never became durable; they go first. */
	private final ArrayDeque<QueuedFrame> first = new ArrayDeque<>(0);

	/** Actions of this peer for the other side. */
	private final ArrayDeque<Frame> announcements = new ArrayDeque<>(0);

	/** The latest message that has arrived. */
	private RunnerLane.Place heardLast = RunnerLane.Place.NONE;

	private int unconfirmed;

	private int unconfirmedBytes;

	/** Numbers of the latest messages of owners. */
	private final Map<String, Long> heard = new LinkedHashMap<>(2);

	private boolean gap;

	/** Invocations that are LOST although the owner may still send them. */
	private final Set<Integer> ignored = new LinkedHashSet<>(0);

	/** Id of the log that the streams of the other side belong to. */
	private String log;

	private long pushed;

	private long taken;

	private @Nullable Bytes underway;

	private @Nullable Disposable retry;

	/** How often the message that is underway was not taken. */
	private int failures;

	private @Nullable Disposable waker;

	private boolean closed;

	/** Callers that wait until a frame is in the inbox, in the order of the frames. */
	private final ArrayDeque<Waiter> waiters = new ArrayDeque<>(0);

	/** A caller that waits until a frame is in the inbox. */
	private record Waiter(QueuedFrame frame, MonoSink<Void> sink) {

	}

	OwnerLink(StreamContext context, PeerState state, PeerStorage storage, OwnershipHost host, Runnable gone,
			String log) {
		this.context = context;
		this.host = host;
		this.gone = gone;
		this.log = log;
		this.state = state;
		this.frames = new OwnerFrames(state);
		this.storage = storage;
		// All frames of open streams were processed here so far.
		state.streams().open().forEach((stream) -> stream.beginProcessing(state.receiveWindow().received()));
		this.waker = context.loop().schedule(this::wake, WAKE);
		// An owner that hears this does not tell this peer once more.
		tellOwner();
	}

	/** Sends a frame ahead of all that are queued. */
	void pushFirst(QueuedFrame frame) {
		this.first.add(frame);
	}

	void announce(Frame.Define frame) {
		this.announcements.add(frame);
	}

	/** Whether there is nothing to bring to the owner. */
	boolean isEmpty() {
		return this.underway == null && this.announcements.isEmpty() && this.first.isEmpty();
	}

	/** Whether the owner has taken all messages. */
	boolean isTaken() {
		return isEmpty() && this.taken >= this.pushed;
	}

	/**
	 * Brings queued frames to the owner, unless a message is underway. Model: calls.pml,
	 * step push.
	 */
	void pump(SendQueue sendQueue) {
		if (this.underway != null || this.closed || this.pushed - this.taken >= MAX_UNDERWAY) {
			return;
		}
		RecordFormat.Writer writer = new RecordFormat.Writer().text(this.storage.owner())
			.number(this.pushed + 1)
			.text(this.log);
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
		while (announcement == null) {
			QueuedFrame frame = this.first.poll();
			frame = (frame != null) ? frame : sendQueue.poll();
			// A call that the next owner does not know begins there anew: nothing of it
			// is sent.
			Frame mapped = (frame != null && frame.isRecorded()) ? this.frames.of(frame) : null;
			if (frame == null || mapped != null) {
				return mapped;
			}
		}
		return announcement;
	}

	private void push() {
		Bytes message = this.underway;
		if (message != null && !this.closed) {
			this.storage.push(message, wakeUp())
				.subscribe(null, (error) -> this.context.loop().executeLater(() -> notPushed(error)),
						() -> this.context.loop().executeLater(this::pushed));
		}
	}

	private void pushed() {
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
	 * Wakes the owner from time to time: it may be another one by now, and the session
	 * may be gone.
	 */
	private void wake() {
		if (this.closed) {
			return;
		}
		this.waker = this.context.loop().schedule(this::wake, WAKE);
		tellOwner();
	}

	private void tellOwner() {
		this.storage.wake(wakeUp()).subscribe(null, (error) -> {
			if (error instanceof FencedException) {
				this.context.loop().execute(this.gone);
			}
		});
	}

	/**
	 * The body of WAKE: the last message of this peer in the inbox, and the last message
	 * of the owner that has arrived here. Model: frames.pml, step wake.
	 */
	private Bytes wakeUp() {
		this.unconfirmed = 0;
		this.unconfirmedBytes = 0;
		return this.heardLast.write(new RecordFormat.Writer().number(this.pushed)).number(this.gap ? 1 : 0).take();
	}

	/** A message of the owner is missing: the owner sends all unconfirmed ones again. */
	private void missing() {
		if (!this.gap) {
			this.gap = true;
			tellOwner();
		}
	}

	/** Whether a message has arrived. */
	boolean hasHeard(RunnerLane.Place place) {
		return this.heard.getOrDefault(place.owner(), 0L) >= place.number();
	}

	String log() {
		return this.log;
	}

	/**
	 * Takes note of an invocation that is LOST: if its INVOKE arrives late, it does not
	 * run.
	 * @return whether that is new
	 */
	boolean ignore(int streamId) {
		boolean added = this.ignored.add(streamId);
		if (this.ignored.size() > MAX_IGNORED) {
			this.ignored.remove(this.ignored.iterator().next());
		}
		return added;
	}

	/** The owner has taken messages. */
	void taken(Bytes body) {
		this.taken = Math.max(this.taken, new RecordFormat.Reader(body).number());
	}

	/**
	 * Takes a message of the owner, with frames of the other side. Model: frames.pml,
	 * step frames.
	 */
	void receive(String from, Bytes body, FrameReceiver receiver) {
		RecordFormat.Reader message = new RecordFormat.Reader(body);
		RunnerLane.Place place = RunnerLane.Place.read(message);
		if (hasHeard(place)) {
			return;
		}
		if (!hasHeard(RunnerLane.Place.read(message))) {
			missing();
			return;
		}
		this.gap = false;
		heard(place);
		RecordFormat.Reader reader = new RecordFormat.Reader(message.bytes());
		while (reader.hasMore()) {
			long number = reader.number();
			Frame frame = reader.frame();
			if (frame instanceof Frame.GoAway told) {
				begin(told.text());
			}
			else {
				accept(number, frame, receiver);
			}
		}
		this.unconfirmed++;
		this.unconfirmedBytes += body.length();
		if (this.unconfirmed >= CONFIRM_MESSAGES || this.unconfirmedBytes >= CONFIRM_BYTES) {
			this.storage.send(from, PodMessage.Type.WAKE, wakeUp());
		}
	}

	private void heard(RunnerLane.Place place) {
		this.heardLast = place;
		this.heard.remove(place.owner());
		this.heard.put(place.owner(), place.number());
		if (this.heard.size() > MAX_OWNERS) {
			this.heard.remove(this.heard.keySet().iterator().next());
		}
	}

	/**
	 * Takes a frame unless it was processed here before: frames that were not durable
	 * when this peer lost the session come again. The number 0 is that of a frame of the
	 * owner itself.
	 */
	private void accept(long number, Frame frame, FrameReceiver receiver) {
		int id = frame.streamId();
		Stream stream = (id != 0 && this.state.streams().isOpen(id)) ? this.state.streams().find(id) : null;
		if (stream == null || number == 0 || stream.beginProcessing(number)) {
			accept(frame, receiver);
		}
	}

	private void accept(Frame frame, FrameReceiver receiver) {
		int id = frame.streamId();
		try {
			if (frame instanceof Frame.Invoke invoke) {
				serve(invoke, receiver);
			}
			else if (id == 0 || this.state.streams().isOpen(id)) {
				receiver.accept(frame);
			}
		}
		catch (ProtocolException | CodecException ex) {
			// There is no connection here that could be closed: the stream ends instead.
			logger.debug("A frame does not follow the protocol", ex);
			Stream stream = (id != 0 && this.state.streams().isOpen(id)) ? this.state.streams().find(id) : null;
			if (stream != null) {
				stream.breakOff(new ActionException(ErrorCode.INVALID_ARGUMENT, "A frame breaks the protocol"));
			}
		}
	}

	private void serve(Frame.Invoke invoke, FrameReceiver receiver) {
		if (!this.ignored.contains(invoke.streamId()) && !this.state.streams().isOpen(invoke.streamId())) {
			try {
				receiver.serve(invoke);
			}
			catch (RuntimeException ex) {
				// Code of the application has failed, such as the check of a visible
				// action.
				ActionException error = ErrorMapping.internal(ex, String.valueOf(invoke.ref().name()));
				this.state.sendQueue().add(this.context.errorFrame(invoke.streamId(), error), null);
			}
		}
	}

	/**
	 * The session was reset: calls of the log before end here, and the other side is not
	 * told. Model: calls.pml, step log.
	 */
	private void begin(String id) {
		if (id.equals(this.log)) {
			return;
		}
		this.log = id;
		this.ignored.clear();
		StreamTable streams = this.state.streams();
		streams.open()
			.stream()
			.filter((stream) -> streams.isRemote(stream.id()))
			.forEach((stream) -> stream.abandon(new ActionException(ErrorCode.CANCELLED, "The session was reset")));
		this.first.removeIf((frame) -> frame.isCaused()
				|| (frame.frame().streamId() != 0 && streams.isRemote(frame.frame().streamId())));
		this.state.sendQueue().discardAnswers();
	}

	void close() {
		this.closed = true;
		ActionException reason = this.host.ended();
		List<Waiter> left = List.copyOf(this.waiters);
		this.waiters.clear();
		ActionException told = (reason != null) ? reason
				: new ActionException(ErrorCode.CANCELLED, "The session goes on without this pod");
		left.forEach((waiter) -> waiter.sink.error(told.foreign()));
		dispose(this.retry);
		dispose(this.waker);
	}

	private static void dispose(@Nullable Disposable disposable) {
		if (disposable != null) {
			disposable.dispose();
		}
	}

}
