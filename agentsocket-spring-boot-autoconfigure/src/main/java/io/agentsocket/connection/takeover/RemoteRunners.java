package io.agentsocket.connection.takeover;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.session.PodMessage;
import org.jspecify.annotations.Nullable;

/**
 * The owner's side of streams that go on in other pods: gives their frames numbers, and
 * passes on to them what the other side sends. Runs in the peer's loop.
 */
final class RemoteRunners implements RemoteStream.Owner, InboxReader.Taker {

	/** Told what followers ask for. */
	interface Listener {

		/** A follower asks to end the session. */
		void endRequested();

		/** A follower announces an action, or withdraws it. */
		void announced(String runner, Frame.Define frame);

		/** All that a follower has left in the inbox is taken: it is gone. */
		void drained(String runner);

	}

	/** To a follower that goes on although it was given up. */
	private static final Bytes GIVEN_UP = Bytes.of(new byte[] { 1 });

	private final StreamContext context;

	private final PeerState state;

	private final PeerStorage storage;

	private final CommitPipeline commits;

	private final Listener listener;

	private final StreamTable streams;

	/** By wire id. */
	private final Map<Integer, RemoteStream> remote = new HashMap<>(0);

	/** Frames on their way to the followers. */
	private final RunnerLanes lanes;

	/** Messages of the inbox on their way out. */
	private final InboxProgress departures;

	private final InboxReader inbox;

	private final RunnerMarks marks;

	/** Followers that matter although no stream runs there. */
	private Set<String> watched = Set.of();

	/** Peers of the session that have not said yet that they know its owner. */
	private final Set<String> untold = new HashSet<>(0);

	/** Followers that are gone; what they have left in the inbox is read first. */
	private final Set<String> gone = new HashSet<>(0);

	private boolean closed;

	RemoteRunners(StreamContext context, PeerState state, PeerStorage storage, CommitPipeline commits,
			Listener listener) {
		this.context = context;
		this.listener = listener;
		this.state = state;
		this.streams = state.streams();
		this.storage = storage;
		this.commits = commits;
		this.lanes = new RunnerLanes(context.loop(), storage, commits, this::unreachable);
		this.departures = new InboxProgress(commits);
		this.marks = new RunnerMarks(commits);
		this.inbox = new InboxReader(context, storage, commits, this);
	}

	boolean isEmpty() {
		return this.remote.isEmpty() && this.watched.isEmpty() && this.untold.isEmpty();
	}

	void watch(Set<String> names) {
		this.watched = Set.copyOf(names);
	}

	@Nullable RemoteStream find(int id) {
		return this.remote.get(id);
	}

	Set<String> names() {
		Set<String> names = new HashSet<>(this.watched);
		names.addAll(this.untold);
		this.remote.values()
			.stream()
			.filter((stream) -> !stream.isInterrupted())
			.map(RemoteStream::runner)
			.forEach(names::add);
		return names;
	}

	List<RemoteStream> of(String runner) {
		return this.remote.values().stream().filter((stream) -> stream.runner().equals(runner)).toList();
	}

	RemoteStream add(String runner, int id, int localId, boolean own) {
		RemoteStream stream = new RemoteStream(this, runner, id, localId, own);
		if (own) {
			this.marks.opened(runner, localId);
		}
		this.remote.put(id, stream);
		this.streams.add(stream);
		return stream;
	}

	/**
	 * Tell peers of the session who owns it, until they are heard. Model: calls.pml, step
	 * claim.
	 */
	void tellMoved(Set<String> names) {
		this.untold.addAll(names);
		this.untold.remove(this.storage.owner());
		// The owner before may not have got to what ran there.
		this.untold.stream().filter(this.marks::isDead).forEach(this::giveUp);
		this.untold.removeIf(this.marks::isDead);
		this.untold.forEach((name) -> this.storage.send(name, PodMessage.Type.MOVED, Bytes.EMPTY));
	}

	/**
	 * Tell each follower what runs there. Model: calls.pml, step streams; frames.pml,
	 * step streams.
	 */
	void sendStreamList() {
		tellMoved(Set.of());
		Map<String, RecordFormat.Writer> rolls = new HashMap<>();
		for (RemoteStream stream : this.remote.values()) {
			if (!stream.isOwn() && stream.isBegun()) {
				rolls.computeIfAbsent(stream.runner(), this::roll).number(stream.localId());
			}
		}
		rolls.forEach((to, roll) -> this.storage.send(to, PodMessage.Type.STREAMS, roll.take()));
	}

	/** The head of a list of streams: what has to arrive before it means something. */
	private RecordFormat.Writer roll(String follower) {
		return this.lanes.sent(follower).write(new RecordFormat.Writer().text(this.lanes.log()));
	}

	String log() {
		return this.lanes.log();
	}

	/** Go on with the log of the owner before. */
	void setLog(String id) {
		this.lanes.setLog(id);
	}

	/** Go on with what the owner before has not brought to the followers. */
	void restore(Map<String, Bytes> records) {
		this.lanes.restore(records);
	}

	/**
	 * Pass a frame of the other side on. Model: frames.pml, step receive.
	 */
	void pass(RemoteStream stream, Frame frame, long number) {
		write(stream, frame, number);
		if (stream.isEndedBy(frame)) {
			if (!stream.isOwn()) {
				this.state.records().ended(stream.id());
			}
			closed(stream);
		}
	}

	/** Tell a follower something that the other side did not send. */
	@Override
	public void tell(RemoteStream stream, Frame frame) {
		write(stream, frame, 0);
	}

	private void write(RemoteStream stream, Frame frame, long number) {
		if (!this.marks.isDead(stream.runner())) {
			this.lanes.write(stream.runner(), Frames.withStream(frame, stream.localId()), number);
		}
	}

	@Override
	public void closed(RemoteStream stream) {
		this.remote.remove(stream.id());
		this.streams.remove(stream);
		if (stream.isOwn()) {
			this.state.records().closed(stream.id());
		}
	}

	/**
	 * No frame comes from a follower any more, nor counts for later owners. Model:
	 * calls.pml, step bury.
	 */
	void forget(String runner) {
		boolean known = this.marks.isKnown(runner) || this.watched.contains(runner) || !of(runner).isEmpty();
		this.gone.remove(runner);
		this.untold.remove(runner);
		this.lanes.died(runner);
		this.marks.died(runner, known);
	}

	/**
	 * A follower says what is in the inbox, and what it has got. Model: calls.pml, step
	 * given-up; frames.pml, step woken.
	 */
	void woken(String from, Bytes body) {
		if (this.closed) {
			return;
		}
		if (from.isEmpty()) {
			this.inbox.pull();
			return;
		}
		RecordFormat.Reader reader = new RecordFormat.Reader(body);
		long pushed = reader.number();
		RunnerLane.Place place = RunnerLane.Place.read(reader);
		this.untold.remove(from);
		if (this.marks.isDead(from)) {
			this.storage.send(from, PodMessage.Type.ENDED, GIVEN_UP);
			return;
		}
		this.lanes.heard(from, place, reader.number() == 1, !of(from).isEmpty());
		if (pushed <= this.marks.last(from)) {
			this.storage.send(from, PodMessage.Type.TAKEN, PeerStorage.packed(pushed));
		}
		else {
			this.inbox.wokenBy(from, pushed);
		}
	}

	/** Read what is in the inbox. */
	void pull() {
		this.inbox.pull();
	}

	/**
	 * Read what a follower has left in the inbox before it is given up. Model: calls.pml,
	 * step bury.
	 */
	void giveUp(String runner) {
		this.gone.add(runner);
		this.inbox.pull();
	}

	@Override
	public void emptied() {
		List.copyOf(this.gone).forEach(this.listener::drained);
	}

	private void unreachable(String runner) {
		this.context.loop().execute(() -> giveUp(runner));
	}

	/**
	 * Take a message of a follower, unless it was taken before. Model: calls.pml, step
	 * pull.
	 */
	@Override
	public void take(Bytes message, long at) {
		RecordFormat.Reader reader = new RecordFormat.Reader(message);
		String from = reader.text();
		long number = reader.number();
		InboxProgress.Message underway = this.departures.begin(at, from, number);
		if (number <= this.marks.last(from)) {
			// Its sender did not know that it had arrived.
			return;
		}
		this.marks.received(from, number);
		boolean current = reader.text().equals(this.lanes.log());
		for (int i = 0; reader.hasMore(); i++) {
			Frame frame = this.departures.rest(reader.frame(), at, i);
			if (frame == null) {
				continue;
			}
			if (frame.type() == FrameType.GOAWAY) {
				this.listener.endRequested();
			}
			else if (frame instanceof Frame.Define define) {
				this.listener.announced(from, define);
			}
			else {
				List<QueuedFrame> queued = (frame.streamId() == 0) ? sendEvent(frame, current)
						: take(from, frame, current);
				queued.forEach(QueuedFrame::ofFollower);
				underway.add(i, queued);
			}
		}
	}

	/** Go on with the number of the last message that the owner before has taken. */
	void latest(String from, long number) {
		this.marks.latest(from, number);
	}

	/** Go on where the owner before has stopped in the middle of a message. */
	void departed(RecordFormat.Reader record) {
		this.departures.restore(record);
	}

	/**
	 * A message counts as taken when its frames have numbers: until then it is for the
	 * next owner, too.
	 */
	@Override
	public void settle() {
		this.departures.settle((message) -> this.marks.settled(message.from(), message.number()));
	}

	private List<QueuedFrame> take(String from, Frame frame, boolean current) {
		boolean callee = this.streams.isRemote(frame.streamId());
		if (callee && !current) {
			// Of another log: the id may be that of another stream by now.
			return List.of();
		}
		RemoteStream stream = callee ? this.remote.get(frame.streamId()) : byLocalId(from, frame.streamId());
		boolean opens = !callee && (frame instanceof Frame.Invoke || frame instanceof Frame.Part);
		if (stream == null && opens) {
			stream = open(from, frame.streamId(), !current && isOfStoppedCall(from, frame));
		}
		if (stream == null || !stream.runner().equals(from)) {
			// Its stream was ended here, or taken by another pod.
			return List.of();
		}
		List<QueuedFrame> queued = this.state.sendQueue()
			.addAll(withRef(Frames.withStream(frame, stream.id())), stream);
		boolean ends = frame instanceof Frame.Error || (callee && frame instanceof Frame.Item && frame.end());
		if (ends) {
			closed(stream);
		}
		return queued;
	}

	/** Send an event of a follower; nothing when it is none. */
	private List<QueuedFrame> sendEvent(Frame frame, boolean current) {
		if (!(frame instanceof Frame.Event event) || event.ref().name() == null) {
			return List.of();
		}
		if (!current && event.metadata().equals(OwnerFrames.OF_CALL)) {
			// A reset has stopped the call.
			return List.of();
		}
		Frame.Ref ref = this.state.ownAliases().ref(event.ref().name());
		return this.state.sendQueue().addAll(new Frame.Event(ref, Bytes.EMPTY, event.payload()), null);
	}

	private Frame withRef(Frame frame) {
		return (frame instanceof Frame.Invoke invoke && invoke.ref().name() != null)
				? Frames.withRef(frame, this.context.theirAliases().ref(invoke.ref().name())) : frame;
	}

	private @Nullable RemoteStream byLocalId(String from, int localId) {
		for (RemoteStream stream : this.remote.values()) {
			if (stream.isOwn() && stream.localId() == localId && stream.runner().equals(from)) {
				return stream;
			}
		}
		return null;
	}

	/**
	 * Whether a question of another log comes from a call that a reset has stopped. The
	 * call of a first PART is not known yet.
	 */
	private boolean isOfStoppedCall(String from, Frame frame) {
		return (frame instanceof Frame.Invoke invoke)
				? !invoke.metadata().isEmpty() && this.context.codec().decodeMetadata(invoke.metadata()).parent() != 0
				: this.lanes.isTold(from);
	}

	private @Nullable RemoteStream open(String from, int localId, boolean stopped) {
		if (!this.marks.opens(from, localId)) {
			return null;
		}
		if (stopped) {
			return refuse(from, localId, ErrorCode.SESSION_RESET, "The session was reset");
		}
		if (this.streams.isExhausted() || this.streams.callers() >= this.context.remote().streams()) {
			return refuse(from, localId, ErrorCode.RESOURCE_EXHAUSTED, "Too many open streams");
		}
		return add(from, this.streams.take(), localId, true);
	}

	private @Nullable RemoteStream refuse(String from, int localId, ErrorCode code, String text) {
		RemoteStream refused = new RemoteStream(this, from, localId, localId, true);
		tell(refused, new Frame.Error(localId, code.code(), true, false, Bytes.EMPTY, text));
		return null;
	}

	/** The end of a turn. */
	void flush() {
		if (!this.commits.isUnderway()) {
			this.lanes.seal();
		}
		this.inbox.goOn();
	}

	/**
	 * Numbers are about to start anew: what runs elsewhere ends with that. Model:
	 * calls.pml, step reset.
	 */
	void begin(String id) {
		this.lanes.begin(id, names());
	}

	/** Numbers start anew, and nothing is queued any more. */
	void reset() {
		this.commits.put(RecordKey.LOG.key(), () -> Bytes.utf8(this.lanes.log()));
		settle();
		this.departures.reset();
	}

	/** This peer no longer owns the session; its followers have a new owner. */
	void close() {
		this.closed = true;
		this.inbox.close();
		this.lanes.close();
		this.departures.close(this.state.sendQueue());
		new ArrayList<>(this.remote.values()).forEach(this.streams::remove);
		this.remote.clear();
	}

}
