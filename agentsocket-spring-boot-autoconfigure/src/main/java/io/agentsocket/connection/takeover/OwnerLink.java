package io.agentsocket.connection.takeover;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

import io.agentsocket.codec.CodecException;
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
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.FencedException;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * A peer's substitute for a connection when another pod owns its session. Frames go into
 * the session's inbox ({@link InboxWriter}), and those of the other side come through the
 * owner: this class puts them in order, and tells the owner how far it has got. Runs in
 * the peer's loop.
 */
final class OwnerLink {

	private static final Log logger = PrintableLog.of(OwnerLink.class);

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

	private final InboxWriter inbox;

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

	private @Nullable Disposable waker;

	private boolean closed;

	OwnerLink(StreamContext context, PeerState state, PeerStorage storage, OwnershipHost host, Runnable gone,
			String log) {
		this.context = context;
		this.host = host;
		this.gone = gone;
		this.log = log;
		this.state = state;
		this.storage = storage;
		this.inbox = new InboxWriter(context, state, storage, this::wakeUp, gone);
		// All frames of open streams were processed here so far.
		state.streams().open().forEach((stream) -> stream.beginProcessing(state.receiveWindow().received()));
		this.waker = context.loop().schedule(this::wake, WAKE);
		// An owner that hears this does not tell this peer once more.
		tellOwner();
	}

	/** The way of this peer's frames to the owner. */
	InboxWriter inbox() {
		return this.inbox;
	}

	/** Brings queued frames to the owner. */
	void pump(SendQueue sendQueue) {
		this.inbox.pump(sendQueue, this.log);
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
		return this.heardLast.write(new RecordFormat.Writer().number(this.inbox.pushed()))
			.number(this.gap ? 1 : 0)
			.take();
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
		this.inbox.taken(new RecordFormat.Reader(body).number());
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
	 * The session was reset: calls and subscriptions of the log before end here, and the
	 * other side is not told. Model: calls.pml, step log.
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
		this.inbox.discardFirst((frame) -> frame.isCaused()
				|| (frame.frame().streamId() != 0 && streams.isRemote(frame.frame().streamId())));
		this.inbox.discardAnnouncements(Names.SUBSCRIBE);
		this.state.sendQueue().discardAnswers();
	}

	void close() {
		this.closed = true;
		ActionException reason = this.host.ended();
		ActionException told = (reason != null) ? reason
				: new ActionException(ErrorCode.CANCELLED, "The session goes on without this pod");
		this.inbox.close(told.foreign());
		if (this.waker != null) {
			this.waker.dispose();
		}
	}

}
