package io.agentsocket.connection;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.connection.sequence.Frames;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.session.Inbox;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * The owner's side of streams that go on in other pods: gives their frames numbers, and
 * passes on to them what the other side sends. Runs in the peer's loop.
 */
final class Executors {

	private static final Log logger = LogFactory.getLog(Executors.class);

	private static final int MAX_SATELLITES = 64;

	/** To a satellite that goes on although it was given up. */
	private static final Bytes GIVEN_UP = Bytes.of(new byte[] { 1 });

	private final Peer peer;

	private final PeerState state;

	private final PeerStorage storage;

	private final Journal journal;

	private final StreamTable streams;

	/** By wire id. */
	private final Map<Integer, RemoteStream> remote = new HashMap<>(0);

	/** What goes to each satellite at the end of this turn. */
	private final Map<String, Packed.Writer> outbound = new LinkedHashMap<>(0);

	/** What is on its way to each satellite. */
	private final Map<String, Lane> lanes = new LinkedHashMap<>(0);

	/** Messages that were sent to satellites. */
	private long messages;

	/** What of the inbox is on its way out. */
	private final Departures departures;

	/** Messages of the inbox that were read so far. */
	private long read;

	/** Who has woken this peer, with the number of the message. */
	private final Map<String, Long> wakers = new HashMap<>(0);

	/** Numbers of the messages that were taken. */
	private final Map<String, Long> latest = new LinkedHashMap<>(0);

	/** Numbers of the messages that were read. */
	private final Map<String, Long> received = new HashMap<>(0);

	/** Highest ids that satellites have given to their own streams. */
	private final Map<String, Integer> opened = new HashMap<>(0);

	/** Satellites that matter although no stream runs there. */
	private Set<String> watched = Set.of();

	private final Set<String> dead = new HashSet<>(0);

	/**
	 * Id of the log that a reset has begun, or empty. Stream ids begin anew with it: what
	 * a satellite says of a stream counts only if it means this log.
	 */
	private String log = "";

	/** Satellites that know it. */
	private final Set<String> told = new HashSet<>(0);

	/** Satellites that are gone; what they have left in the inbox is read first. */
	private final Set<String> gone = new HashSet<>(0);

	private @Nullable Disposable pull;

	private boolean again;

	/** Messages wait for room in the send queue. */
	private boolean blocked;

	private boolean closed;

	Executors(Peer peer, PeerState state, PeerStorage storage, Journal journal) {
		this.peer = peer;
		this.state = state;
		this.streams = state.streams();
		this.storage = storage;
		this.journal = journal;
		this.departures = new Departures(journal);
	}

	boolean isEmpty() {
		return this.remote.isEmpty() && this.watched.isEmpty();
	}

	void watch(Set<String> names) {
		this.watched = Set.copyOf(names);
	}

	@Nullable RemoteStream find(int id) {
		return this.remote.get(id);
	}

	Set<String> names() {
		Set<String> names = new HashSet<>(this.watched);
		this.remote.values().forEach((stream) -> names.add(stream.executor()));
		return names;
	}

	List<RemoteStream> of(String executor) {
		return this.remote.values().stream().filter((stream) -> stream.executor().equals(executor)).toList();
	}

	RemoteStream add(String executor, int id, int localId, boolean own) {
		RemoteStream stream = new RemoteStream(this, executor, id, localId, own);
		if (own) {
			this.opened.merge(executor, localId, Math::max);
		}
		this.remote.put(id, stream);
		this.streams.add(stream);
		return stream;
	}

	/** Tell a satellite of an invocation that runs there. */
	void begin(RemoteStream stream, Frame.Invoke frame) {
		List<RemoteStream.Held> waited = stream.release();
		if (this.remote.get(stream.id()) == stream) {
			tellLog(stream.executor());
			tell(stream, frame);
			waited.forEach((held) -> write(stream, held.frame(), held.number()));
		}
	}

	/** Tell each satellite what runs there. */
	void callRoll() {
		// What is on its way there arrives first.
		sendOutbound();
		Map<String, Packed.Writer> rolls = new HashMap<>();
		for (RemoteStream stream : this.remote.values()) {
			if (!stream.isOwn() && !stream.isHeld()) {
				rolls.computeIfAbsent(stream.executor(), (name) -> new Packed.Writer()).number(stream.localId());
			}
		}
		rolls.forEach((to, roll) -> {
			tellLog(to);
			this.storage.send(to, PodMessage.Type.STREAMS, roll.take());
		});
	}

	private void tellLog(String satellite) {
		if (this.told.add(satellite)) {
			send(satellite, new Packed.Writer().number(0).frame(Satellite.log(this.log)).take());
		}
	}

	String log() {
		return this.log;
	}

	/** Go on with the log of the owner before. */
	void log(String id) {
		this.log = id;
	}

	/** Pass a frame of the other side on. */
	void pass(RemoteStream stream, Frame frame, long number) {
		if (!stream.keptBack(frame, number)) {
			write(stream, frame, number);
		}
		if (stream.isEndedBy(frame)) {
			if (!stream.isOwn()) {
				this.state.ledger().ended(stream.id());
			}
			closed(stream);
		}
	}

	/** Tell a satellite something that the other side did not send. */
	void tell(RemoteStream stream, Frame frame) {
		if (!stream.isHeld()) {
			write(stream, frame, 0);
		}
	}

	private void write(RemoteStream stream, Frame frame, long number) {
		packed(stream.executor()).number(number).frame(Frames.withStream(frame, stream.localId()));
	}

	private Packed.Writer packed(String satellite) {
		return this.outbound.computeIfAbsent(satellite, (name) -> new Packed.Writer());
	}

	void closed(RemoteStream stream) {
		this.remote.remove(stream.id());
		this.streams.remove(stream);
		if (stream.isOwn()) {
			this.state.ledger().closed(stream.id());
		}
	}

	/** No frame comes from a satellite any more. */
	void died(String executor) {
		this.gone.remove(executor);
		this.lanes.remove(executor);
		this.opened.remove(executor);
		this.dead.add(executor);
		if (this.dead.size() > MAX_SATELLITES) {
			this.dead.clear();
			this.dead.add(executor);
		}
	}

	/** A satellite says what is in the inbox, and what it has got. */
	void woken(String from, Bytes body) {
		if (!from.isEmpty() && !this.closed) {
			Packed.Reader reader = new Packed.Reader(body);
			this.wakers.put(from, reader.number());
			boolean mine = reader.text().equals(this.storage.owner());
			long heard = reader.number();
			heard(from, mine ? heard : 0, reader.number() == 1);
		}
		pull();
	}

	private void heard(String from, long number, boolean missing) {
		if (this.dead.contains(from)) {
			this.storage.send(from, PodMessage.Type.ENDED, GIVEN_UP);
			return;
		}
		Lane lane = this.lanes.get(from);
		if (lane == null) {
			return;
		}
		long now = this.peer.now();
		lane.heard(number, now);
		if (lane.isBroken(now)) {
			logger.warn("Frames for " + from + " are lost, its calls are given up");
			this.peer.ownership().executorGone(from);
		}
		else if (lane.isEmpty() && of(from).isEmpty()) {
			this.lanes.remove(from);
		}
		else {
			lane.overdue(now, missing).forEach((message) -> this.storage.send(from, PodMessage.Type.FRAMES, message));
		}
	}

	private void send(String to, Bytes frames) {
		Lane lane = this.lanes.remove(to);
		lane = (lane != null) ? lane : new Lane();
		this.lanes.put(to, lane);
		if (this.lanes.size() > MAX_SATELLITES) {
			this.lanes.remove(this.lanes.keySet().iterator().next());
		}
		this.storage.send(to, PodMessage.Type.FRAMES, lane.next(++this.messages, frames, this.peer.now()));
	}

	void pull() {
		if (this.closed) {
			return;
		}
		if (this.pull != null) {
			this.again = true;
			return;
		}
		this.again = false;
		this.pull = this.storage.pull()
			.subscribe((inbox) -> this.peer.executeLater(() -> pulled(inbox)),
					(error) -> this.peer.executeLater(() -> notPulled(error)));
	}

	private void notPulled(Throwable error) {
		this.pull = null;
		if (logger.isDebugEnabled()) {
			logger.debug("The inbox of session " + this.peer.session().id() + " cannot be read", error);
		}
	}

	private void pulled(Inbox inbox) {
		this.pull = null;
		if (this.closed) {
			return;
		}
		Map<String, Long> asking = Map.copyOf(this.wakers);
		long at = inbox.taken();
		this.blocked = false;
		for (Bytes message : inbox.messages()) {
			at++;
			if (at <= Math.max(this.read, this.journal.taken())) {
				continue;
			}
			if (this.peer.isFull()) {
				this.blocked = true;
				return;
			}
			this.read = at;
			take(message, at);
		}
		settle();
		asking.forEach((from, number) -> {
			this.wakers.remove(from, number);
			this.storage.send(from, PodMessage.Type.TAKEN, PeerStorage.packed(number));
		});
		if (this.again) {
			pull();
		}
		else {
			List.copyOf(this.gone).forEach(this.peer.ownership()::buried);
		}
	}

	/** Read what a satellite has left in the inbox before it is given up. */
	void bury(String executor) {
		this.gone.add(executor);
		pull();
	}

	private void take(Bytes message, long at) {
		Packed.Reader reader = new Packed.Reader(message);
		String from = reader.text();
		long number = reader.number();
		Departures.Message underway = this.departures.begin(at, from, number);
		if (number <= this.received.getOrDefault(from, this.latest.getOrDefault(from, 0L))) {
			// Its sender did not know that it had arrived.
			return;
		}
		this.received.put(from, number);
		boolean current = reader.text().equals(this.log);
		for (int i = 0; reader.hasMore(); i++) {
			Frame frame = this.departures.rest(reader.frame(), at, i);
			if (frame == null) {
				continue;
			}
			if (frame.type() == FrameType.GOAWAY) {
				this.peer.ownership().endRequested();
			}
			else if (frame instanceof Frame.Define define) {
				offered(from, define);
			}
			else {
				List<QueuedFrame> queued = (frame.streamId() == 0) ? sendEvent(frame) : take(from, frame, current);
				underway.add(i, queued);
			}
		}
	}

	/** Go on where the owner before has stopped in the middle of a message. */
	void departed(Packed.Reader record) {
		this.departures.restore(record);
	}

	/**
	 * A message counts as taken when its frames have numbers: until then it is for the
	 * next owner, too.
	 */
	void settle() {
		this.departures.settle((message) -> {
			if (message.number() > this.latest.getOrDefault(message.from(), 0L)) {
				latest(message.from(), message.number());
			}
		});
	}

	/** Whether a frame that was numbered here came from a satellite. */
	boolean isOfSatellite(Frame frame, long number) {
		return (frame.streamId() != 0) ? this.remote.containsKey(frame.streamId()) : this.departures.isEvent(number);
	}

	/** The number of the last message of a satellite; kept for the latest 64 of them. */
	void latest(String from, long number) {
		this.latest.remove(from);
		this.latest.put(from, number);
		if (this.latest.size() > MAX_SATELLITES) {
			String eldest = this.latest.keySet().iterator().next();
			this.latest.remove(eldest);
			this.received.remove(eldest);
			this.opened.remove(eldest);
			this.journal.remove("q" + eldest);
		}
		this.journal.put("q" + from, () -> new Packed.Writer().number(number).take());
	}

	private List<QueuedFrame> take(String from, Frame frame, boolean current) {
		boolean callee = this.streams.isRemote(frame.streamId());
		if (callee && !current) {
			// Of another log: the id may be that of another stream by now.
			return List.of();
		}
		RemoteStream stream = callee ? this.remote.get(frame.streamId()) : byLocalId(from, frame.streamId());
		boolean opens = !callee && (frame instanceof Frame.Invoke || frame instanceof Frame.Part);
		if (stream == null && opens && !this.dead.contains(from)) {
			stream = open(from, frame.streamId());
		}
		if (stream == null || !stream.executor().equals(from)) {
			// Its stream was ended here, or taken by another pod.
			return List.of();
		}
		List<QueuedFrame> queued = this.state.outgoing().addAll(withRef(Frames.withStream(frame, stream.id())), stream);
		boolean ends = frame instanceof Frame.Error || (callee && frame instanceof Frame.Item && frame.end());
		if (ends) {
			closed(stream);
		}
		return queued;
	}

	private void offered(String from, Frame.Define frame) {
		if (!this.dead.contains(from)) {
			this.peer.ownership().offered(from, frame);
		}
	}

	/** Send an event of a satellite; nothing when it is none. */
	private List<QueuedFrame> sendEvent(Frame frame) {
		return (frame instanceof Frame.Event event && event.ref().name() != null)
				? this.state.outgoing().addAll(Frames.withRef(event, this.state.mine().ref(event.ref().name())), null)
				: List.of();
	}

	private Frame withRef(Frame frame) {
		return (frame instanceof Frame.Invoke invoke && invoke.ref().name() != null)
				? Frames.withRef(frame, this.peer.ref(invoke.ref().name())) : frame;
	}

	private @Nullable RemoteStream byLocalId(String from, int localId) {
		for (RemoteStream stream : this.remote.values()) {
			if (stream.isOwn() && stream.localId() == localId && stream.executor().equals(from)) {
				return stream;
			}
		}
		return null;
	}

	private @Nullable RemoteStream open(String from, int localId) {
		if (localId <= this.opened.getOrDefault(from, 0)) {
			// Its stream has ended; what comes late is no new one.
			return null;
		}
		this.opened.put(from, localId);
		if (this.streams.isExhausted() || this.streams.callers() >= this.peer.remote().streams()) {
			RemoteStream refused = new RemoteStream(this, from, localId, localId, true);
			tell(refused, new Frame.Error(localId, ErrorCode.RESOURCE_EXHAUSTED.code(), true, false, Bytes.EMPTY,
					"Too many open streams"));
			return null;
		}
		return add(from, this.streams.take(), localId, true);
	}

	private void sendOutbound() {
		if (!this.outbound.isEmpty()) {
			this.outbound.forEach((to, writer) -> send(to, writer.take()));
			this.outbound.clear();
		}
	}

	/** The end of a turn. */
	void flush() {
		sendOutbound();
		if (this.blocked && !this.peer.isFull()) {
			this.blocked = false;
			pull();
		}
	}

	/** Numbers are about to start anew: what runs elsewhere ends with that. */
	void begin(String id) {
		flush();
		this.log = id;
		this.told.clear();
		names().forEach(this::tellLog);
	}

	/** Numbers start anew, and nothing is queued any more. */
	void reset() {
		this.journal.put("g", () -> Bytes.utf8(this.log));
		flush();
		settle();
		this.departures.reset();
	}

	/** This peer no longer owns the session; its satellites have a new owner. */
	void close() {
		this.closed = true;
		this.outbound.clear();
		this.departures.close(this.state.outgoing());
		if (this.pull != null) {
			this.pull.dispose();
			this.pull = null;
		}
		new ArrayList<>(this.remote.values()).forEach(this.streams::remove);
		this.remote.clear();
	}

}
