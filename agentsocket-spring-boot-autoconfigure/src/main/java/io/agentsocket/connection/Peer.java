package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.Asker;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.StoredSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * One end of a session: runs the actions that the other end invokes, invokes those of the
 * other end, and keeps both going across connections. Implements sections 9 to 15 of
 * {@code docs/protocol.md}, the same on both sides.
 *
 * <p>
 * All state is confined to one loop, which runs on the event loop of the present
 * connection. Public methods may be called from any thread and return at once. What is
 * sent is bounded by the other side's window and credit; what is received by
 * {@link Limits}.
 */
public final class Peer {

	private static final AtomicIntegerFieldUpdater<Peer> EVENTS = AtomicIntegerFieldUpdater.newUpdater(Peer.class,
			"eventsUnderway");

	private static final Log logger = LogFactory.getLog(Peer.class);

	private static final Duration ACK_DELAY = Duration.ofSeconds(1);

	private static final Duration CENTURY = Duration.ofDays(36_500);

	private static final int MAX_WAITING = 65_536;

	private final PeerSettings settings;

	private final ErrorMapping errors;

	private final SerialLoop loop;

	private final Outgoing outgoing;

	private final Inbound inbound;

	private final Incoming incoming;

	private final Budget backlog;

	private final Aliases mine = new Aliases();

	private final Aliases theirs = new Aliases();

	private final StreamTable streams;

	private final Set<Stream> awaitingRoom = new LinkedHashSet<>(2);

	private final ArrayDeque<Bytes> replay = new ArrayDeque<>(0);

	/** Messages that are sent when they have become durable. */
	private final ArrayDeque<Bytes> held = new ArrayDeque<>(0);

	private final Ledger ledger = new Ledger();

	private final @Nullable PeerStorage storage;

	private @Nullable Journal journal;

	private @Nullable Executors executors;

	private @Nullable Satellite satellite;

	/** Parts of an event on its way from a satellite. */
	private Bytes eventParts = Bytes.EMPTY;

	private @Nullable Transport transport;

	private @Nullable Keepalive keepalive;

	private @Nullable Disposable ackTimer;

	private @Nullable ActionException ended;

	private @Nullable ActionException unavailable;

	private boolean resetting;

	private boolean pingDue;

	private boolean unconfirmed;

	private volatile ContextView context = Context.empty();

	private volatile boolean attached;

	private volatile boolean idle = true;

	private volatile boolean congested;

	private volatile boolean settled = true;

	private volatile Set<String> executorNames = Set.of();

	private volatile int eventsUnderway;

	private final TrafficCount traffic;

	/**
	 * Create a peer without a connection.
	 * @param settings what it is made of
	 */
	public Peer(PeerSettings settings) {
		this.settings = settings;
		this.traffic = new TrafficCount(settings.role() == Role.CLIENT);
		this.errors = new ErrorMapping(settings.errorResolvers());
		this.loop = new SerialLoop(settings.timer()::schedule, this::flush, this::broken);
		this.backlog = new Budget(settings.limits().assembly());
		this.streams = new StreamTable(settings.role(), settings.limits().streams(), this.ledger);
		this.outgoing = new Outgoing((settings.role() == Role.CLIENT) ? Limits.SERVER : Limits.CLIENT, this.ledger,
				this.streams);
		this.inbound = new Inbound(this, settings, this.outgoing, this.streams, this.mine, this.theirs, this.ledger);
		this.incoming = this.inbound.incoming();
		this.storage = settings.storage();
		if (this.storage != null) {
			open(this.storage);
		}
	}

	private void open(PeerStorage present) {
		Journal created = new Journal(this, present, new Journal.Listener() {

			@Override
			public void committed() {
				// The end of this turn sends what has waited.
			}

			@Override
			public void fenced(long epoch) {
				becomeSatellite(epoch);
			}

			@Override
			public void stalled() {
				close(CloseCode.STORE_UNAVAILABLE, "The session store is out of reach");
			}

		});
		this.journal = created;
		this.ledger.open(created, present.owner());
		this.outgoing.journal(created);
		this.executors = new Executors(this, present, created, this.streams);
		this.inbound.executors(this.executors);
	}

	/**
	 * Own a session that another peer has owned before. Streams that were open go on
	 * where they run. Called before the first {@link #attach(Attachment)}.
	 * @param stored what its owners have committed
	 */
	public void restore(StoredSession stored) {
		execute(() -> doRestore(stored));
	}

	private void doRestore(StoredSession stored) {
		Executors present = this.executors;
		if (this.journal == null || present == null) {
			throw new IllegalStateException("There is no storage");
		}
		this.journal.restore(stored);
		this.outgoing.log().restore(stored);
		this.incoming.restore(stored.received());
		this.ledger.restore(stored.records());
		this.ledger.calls()
			.forEach((call) -> present.add(call.executor, call.invoke.streamId(), call.invoke.streamId(), false));
		stored.records().forEach((key, value) -> {
			switch (key.charAt(0)) {
				case 'm' -> this.mine.restore(Integer.parseInt(key.substring(1)), value.toUtf8());
				case 't' -> this.theirs.restore(Integer.parseInt(key.substring(1)), value.toUtf8());
				case 'n' -> {
					Packed.Reader reader = new Packed.Reader(value);
					this.streams.restore((int) reader.number(), (int) reader.number());
				}
				case 'l' -> this.outgoing.remote(Ledger.unpackLimits(value));
				case 'q' -> present.latest(key.substring(1), new Packed.Reader(value).number());
				case 's' -> restoreCall(present, Integer.parseInt(key.substring(1)), new Packed.Reader(value));
				default -> {
					// Of the ledger, or of the owner.
				}
			}
		});
		stored.records()
			.keySet()
			.stream()
			.filter((key) -> key.startsWith("p") && !key.equals("p0"))
			.forEach((key) -> this.inbound.restoreParts(Integer.parseInt(key.substring(1))));
		present.pull();
	}

	private void restoreCall(Executors present, int id, Packed.Reader record) {
		if (record.number() == 1) {
			this.ledger.invoked(id);
		}
		int localId = (int) record.number();
		present.add(record.text(), id, localId, true);
	}

	/**
	 * The peers of the session at which streams run, beside this one.
	 * @return their names as of the end of the latest turn
	 */
	public Set<String> executors() {
		return this.executorNames;
	}

	/**
	 * The same in the loop, right after {@link #restore(StoredSession)}.
	 * @return their names
	 */
	public Set<String> restoredExecutors() {
		return (this.executors != null) ? this.executors.names() : Set.of();
	}

	/**
	 * Whether there are such peers.
	 * @return {@code true} if so
	 */
	public boolean hasExecutors() {
		return !this.executorNames.isEmpty();
	}

	/**
	 * Whether all that happened here is known to those who need to know.
	 * @return {@code false} while something is on its way to the store
	 */
	public boolean isSettled() {
		return this.settled;
	}

	/**
	 * Keep something for the next owner of the session.
	 * @param key begins with {@code x}
	 * @param value the value
	 */
	public void record(String key, Bytes value) {
		execute(() -> {
			if (this.journal != null) {
				this.journal.put(key, () -> value);
			}
		});
	}

	/**
	 * Acknowledge soon, even if there is nothing new: the other side learns that this one
	 * has seen its first message.
	 */
	public void confirm() {
		execute(this.incoming::due);
	}

	/**
	 * Let the store forget what the other side has acknowledged meanwhile.
	 */
	public void tidy() {
		execute(() -> {
			if (this.journal != null) {
				this.journal.tidy();
			}
		});
	}

	/**
	 * The session has another owner: what runs here goes on as its satellite.
	 * @param epoch epoch of the session, 0 when it is gone; the maximum when it is not
	 * known
	 */
	public void moved(long epoch) {
		execute(() -> {
			if (this.journal != null) {
				this.journal.moved(epoch);
			}
		});
	}

	/**
	 * Begin as a satellite: this peer reaches the session through its owner.
	 * @param remote what the other side accepts
	 */
	public void orbit(Limits remote) {
		execute(() -> {
			this.outgoing.remote(remote);
			becomeSatellite(Long.MAX_VALUE);
		});
	}

	private void becomeSatellite(long epoch) {
		Journal before = this.journal;
		PeerStorage present = this.storage;
		if (before == null || present == null) {
			return;
		}
		CloseCode code = this.settings.listener().fenced(epoch);
		Transport connection = this.transport;
		if (connection != null) {
			detach(connection);
			connection.close(code.code(), "Another connection has the session");
		}
		if (this.ended != null) {
			return;
		}
		Satellite created = new Satellite(this, present, this.incoming.received());
		Executors executing = this.executors;
		for (StoredSession.LogEntry entry : before.notDurable()) {
			FrameReader reader = new FrameReader(entry.frames(), Packed.TRUSTED);
			long number = entry.first();
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				// What satellites have sent is still in the inbox, for the new owner.
				if (executing == null || !executing.isOfSatellite(frame, number)) {
					created.first(frame);
				}
				number++;
			}
		}
		this.streams.open()
			.stream()
			.filter((stream) -> stream instanceof CalleeStream && !before.isDurable("c" + stream.id()))
			.forEach((stream) -> stream.abandon(new ActionException(ErrorCode.CANCELLED, "It runs elsewhere")));
		closeStorage();
		this.outgoing.log().clear();
		this.satellite = created;
		if (epoch == 0) {
			goneElsewhere();
		}
	}

	private void closeStorage() {
		if (this.journal != null) {
			this.journal.close();
			this.journal = null;
		}
		this.ledger.close();
		this.outgoing.journal(null);
		this.inbound.executors(null);
		if (this.executors != null) {
			this.executors.close();
			this.executors = null;
		}
		this.executorNames = Set.of();
		this.settled = true;
	}

	void drop(OutFrame queued) {
		this.outgoing.drop(queued);
	}

	/** The session was ended by its owner, or has expired. */
	void goneElsewhere() {
		end(CloseCode.SESSION_ENDED.code(), new ActionException(ErrorCode.CANCELLED, "The session has ended"));
		this.settings.listener().released();
	}

	/** A satellite asks to end the session. */
	void endRequested() {
		this.settings.listener().endRequested();
	}

	/**
	 * There is something in the inbox.
	 * @param from who says so, or empty to have a look
	 * @param number number of the last message, in packed form
	 */
	public void woken(String from, Bytes number) {
		execute(() -> {
			if (this.executors != null) {
				this.executors.woken(from, number.isEmpty() ? 0 : new Packed.Reader(number).number());
			}
		});
	}

	/**
	 * The owner of the session has something for this satellite.
	 * @param body frames
	 */
	public void framesFromOwner(Bytes body) {
		execute(() -> {
			if (this.satellite != null) {
				this.satellite.receive(body, this.inbound);
			}
		});
	}

	/**
	 * The owner of the session has taken messages of this satellite.
	 * @param body which ones
	 */
	public void taken(Bytes body) {
		execute(() -> {
			if (this.satellite != null) {
				this.satellite.taken(body);
			}
		});
	}

	/**
	 * Ask the owner of the session to end it, as a satellite.
	 */
	public void requestEnd() {
		execute(() -> {
			if (this.satellite != null) {
				this.satellite.first(new Frame.GoAway(0, 0, 0, ""));
			}
		});
	}

	/**
	 * A peer at which streams run is gone. What may run again runs here, the rest is
	 * LOST.
	 * @param executor name of the peer
	 */
	public void executorGone(String executor) {
		execute(() -> {
			Executors present = this.executors;
			if (present != null) {
				present.died(executor);
				present.of(executor).forEach((stream) -> lost(present, stream));
			}
		});
	}

	private void lost(Executors present, RemoteStream stream) {
		int id = stream.id();
		if (!stream.isOwn()) {
			Ledger.Call call = this.ledger.call(id);
			present.closed(stream);
			if (call == null) {
				return;
			}
			try {
				if (this.inbound.runAgain(call, System.currentTimeMillis())) {
					logger.info("Action " + call.action() + " of session " + session().id()
							+ " runs again: its pod is gone");
					return;
				}
			}
			catch (RuntimeException ex) {
				logger.error("An action could not run again", ex);
			}
			sendPrompt(errorFrame(id, call.lost()), null);
		}
		else if (this.ledger.isInvoked(id)) {
			// What comes of it interests nobody any more.
			sendPrompt(new Frame.Interrupt(id, Frame.Interrupt.NOW, Bytes.EMPTY, ""), stream);
		}
		else {
			present.closed(stream);
			sendPrompt(errorFrame(id, new ActionException(ErrorCode.CANCELLED, "Not invoked")), null);
		}
	}

	/** The form of a frame for the owner; null when the owner has its own. */
	@Nullable Frame forOwner(Frame frame) {
		if (frame instanceof Frame.GoAway) {
			return frame;
		}
		if (!frame.type().isNumbered() || frame instanceof Frame.Define) {
			return null;
		}
		if (frame instanceof Frame.Part part && part.streamId() == 0) {
			this.eventParts = join(this.eventParts, part.body());
			return null;
		}
		if (frame instanceof Frame.Event event) {
			String name = (event.ref().name() != null) ? event.ref().name() : this.mine.name(event.ref().alias());
			Bytes whole = join(this.eventParts, event.payload());
			this.eventParts = Bytes.EMPTY;
			return (name != null) ? new Frame.Event(Frame.Ref.name(name), event.metadata(), whole) : null;
		}
		if (frame instanceof Frame.Invoke invoke && invoke.ref().name() == null) {
			String name = this.theirs.name(invoke.ref().alias());
			return Frames.withRef(invoke, Frame.Ref.name((name != null) ? name : ""));
		}
		return frame;
	}

	private static Bytes join(Bytes first, Bytes second) {
		if (first.isEmpty()) {
			return second;
		}
		byte[] joined = java.util.Arrays.copyOf(first.toArray(), first.length() + second.length());
		System.arraycopy(second.array(), second.offset(), joined, first.length(), second.length());
		return Bytes.of(joined);
	}

	/** An event of a satellite; null when it is none. */
	@Nullable OutFrame sendForSatellite(Frame frame) {
		return (frame instanceof Frame.Event event && event.ref().name() != null)
				? send(Frames.withRef(event, this.mine.ref(event.ref().name())), null) : null;
	}

	/** Start an invocation, if it must not run twice then after that was recorded. */
	void start(CalleeStream stream, boolean repeatable) {
		if (this.journal == null || repeatable) {
			stream.start();
		}
		else {
			this.journal.whenDurable(stream::start);
		}
	}

	void remoteClosed(RemoteStream stream) {
		this.streams.remove(stream);
		if (stream.isOwn()) {
			this.ledger.closed(stream.id());
		}
	}

	/**
	 * Run a task in the loop, where {@link #position()} is exact and
	 * {@link #attach(Attachment)} takes effect at once.
	 * @param task a task that does not block
	 */
	public void execute(Runnable task) {
		this.loop.execute(task);
	}

	/**
	 * Begin to use a connection, in place of the present one if there is one.
	 * @param attachment the connection and where the other side stands
	 */
	public void attach(Attachment attachment) {
		this.loop.execute(() -> doAttach(attachment));
	}

	private void doAttach(Attachment attachment) {
		Transport before = this.transport;
		if (before != null) {
			detach(before);
			before.close(CloseCode.SUPERSEDED.code(), "A newer connection has taken over");
		}
		if (this.ended != null) {
			attachment.transport().close(CloseCode.SESSION_ENDED.code(), "The session has ended");
			return;
		}
		if (!this.outgoing.log().acknowledge(attachment.received())) {
			attachment.transport().close(CloseCode.SEQUENCE.code(), "The other side stands elsewhere");
			return;
		}
		this.loop.runOn(attachment.transport().executor());
		this.outgoing.remote(attachment.remote());
		this.ledger.limits(attachment.remote());
		if (this.journal != null && this.incoming.received() > this.journal.committedReceived()) {
			// WELCOME acknowledges it.
			this.journal.acknowledging();
		}
		this.incoming.acknowledged();
		this.context = attachment.context();
		this.transport = attachment.transport();
		this.attached = true;
		this.unconfirmed = true;
		Bytes first = attachment.firstMessage();
		if (!first.isEmpty()) {
			this.replay.add(first);
		}
		this.replay.addAll(this.outgoing.log().unacknowledged(attachment.remote()));
		Keepalive created = new Keepalive(this, this.settings, attachment.keepalive());
		this.keepalive = created;
		created.start();
		openWaiting();
	}

	/**
	 * The connection is closed. Invocations go on; what they send waits for the next
	 * connection.
	 * @param closed the connection
	 * @param closeCode the close code, 1006 when it broke
	 */
	public void detached(Transport closed, int closeCode) {
		this.loop.execute(() -> {
			if (this.transport == closed) {
				detach(closed);
				this.settings.listener().detached(closeCode);
			}
		});
	}

	private void detach(Transport closed) {
		this.transport = null;
		this.attached = false;
		this.replay.clear();
		this.held.clear();
		this.outgoing.discardUnnumbered();
		this.pingDue = false;
		if (this.keepalive != null) {
			this.keepalive.stop();
			this.keepalive = null;
		}
		if (this.ackTimer != null) {
			this.ackTimer.dispose();
			this.ackTimer = null;
		}
		this.loop.runOn(null);
	}

	/**
	 * Where this side stands, for a resume. Exact only within {@link #execute(Runnable)}.
	 * @return numbers of frames
	 */
	public Position position() {
		OutLog log = this.outgoing.log();
		return new Position(this.incoming.received(), log.sent(), log.firstHeld());
	}

	/**
	 * End the session on this side: running actions are stopped, open invocations fail,
	 * the connection is closed.
	 * @param code close code
	 * @param reason what open invocations fail with
	 */
	public void end(int code, ActionException reason) {
		end(code, reason, true);
	}

	/**
	 * Let go of the session, which goes on elsewhere: running actions are stopped, open
	 * invocations fail, the connection is closed, and nothing more is sent or stored.
	 * @param code close code
	 * @param reason what open invocations fail with
	 */
	public void letGo(int code, ActionException reason) {
		end(code, reason, false);
	}

	private void end(int code, ActionException reason, boolean sending) {
		this.loop.execute(() -> {
			if (this.ended == null) {
				this.ended = reason;
				if (!sending) {
					closeStorage();
				}
				abandonOpen(reason);
				List<CallerStream<?>> waiting = List.copyOf(this.streams.waiting());
				this.streams.waiting().clear();
				waiting.forEach((stream) -> stream.abandon(reason));
				Transport present = this.transport;
				if (present != null) {
					if (sending) {
						flush();
						this.held.forEach(present::write);
					}
					detach(present);
					present.close(code, "");
				}
				closeStorage();
				if (this.satellite != null) {
					this.satellite.close();
				}
				forget();
			}
		});
	}

	/**
	 * Forget the session's protocol state: open invocations fail and numbers start anew.
	 * Invocations that wait for their turn go on waiting.
	 * @param reason what open invocations fail with
	 * @param log id of the new log
	 */
	public void reset(ActionException reason, String log) {
		this.loop.execute(() -> {
			// What is invoked meanwhile waits for the new numbers.
			this.resetting = true;
			abandonOpen(reason);
			if (this.executors != null) {
				this.executors.flush();
			}
			this.resetting = false;
			forget();
			this.ledger.reset(log);
		});
	}

	private void abandonOpen(ActionException reason) {
		this.streams.open().forEach((stream) -> stream.abandon(reason));
	}

	private void forget() {
		this.outgoing.clear();
		this.inbound.reset();
		this.mine.clear();
		this.theirs.clear();
		this.streams.clear();
		this.awaitingRoom.clear();
		this.replay.clear();
	}

	/**
	 * There will be no connection: fail the invocations that were not sent yet, and those
	 * that come.
	 * @param reason what they fail with, or {@code null} to let them wait for a
	 * connection again
	 */
	public void unavailable(@Nullable ActionException reason) {
		this.loop.execute(() -> {
			this.unavailable = reason;
			if (reason != null) {
				failWaiting(reason);
			}
		});
	}

	/**
	 * Fail the invocations that were not sent yet.
	 * @param reason what they fail with
	 */
	public void failWaiting(ActionException reason) {
		this.loop.execute(() -> List.copyOf(this.streams.waiting()).forEach((stream) -> stream.abandon(reason)));
	}

	/**
	 * A message arrived. Called on the transport's executor.
	 * @param from the connection
	 * @param message the message; its array is not written to any more
	 */
	public void receive(Transport from, Bytes message) {
		Runnable task = () -> {
			if (this.transport == from) {
				read(from, message);
			}
		};
		if (this.settings.role() == Role.CLIENT) {
			// With all others that the event loop has read: what they lead to is
			// collected, and divided anew into messages.
			this.loop.executeLater(task);
		}
		else {
			// A message is answered with a message.
			this.loop.executeHere(task, from.executor());
		}
	}

	private void read(Transport from, Bytes message) {
		if (this.keepalive != null) {
			this.keepalive.received();
		}
		this.traffic.received(message.length());
		try {
			this.inbound.read(from, message);
		}
		catch (ProtocolException ex) {
			drop(ex.closeCode(), String.valueOf(ex.getMessage()));
		}
		catch (CodecException ex) {
			drop(CloseCode.PROTOCOL, "Metadata or a descriptor cannot be decoded");
		}
		if (this.transport == from && this.incoming.isPending() && !this.incoming.isDue() && this.ackTimer == null) {
			this.ackTimer = schedule(this::acknowledgeLate, ACK_DELAY);
		}
	}

	private void acknowledgeLate() {
		this.ackTimer = null;
		if (this.incoming.isPending()) {
			this.incoming.due();
		}
	}

	/** An ACK arrived; {@code ping} asks for an answer. */
	void acknowledged(boolean ping) {
		if (ping) {
			if (this.keepalive != null) {
				this.keepalive.pinged();
			}
			this.incoming.due();
		}
		if (this.unconfirmed) {
			this.unconfirmed = false;
			this.settings.listener().confirmed();
		}
	}

	boolean isOn(Transport connection) {
		return this.transport == connection;
	}

	/**
	 * Invoke an action of the other side.
	 * @param action its name
	 * @return what to call
	 */
	public InvocationSpec invoke(String action) {
		return new PeerInvocation(this, action, null);
	}

	/**
	 * Send an event.
	 * @param name name of the event
	 * @param payload the payload, or {@code null}
	 * @throws CodecException if the payload cannot be encoded
	 * @throws ActionException TOO_LARGE if it exceeds what the other side accepts;
	 * RESOURCE_EXHAUSTED if more waits to be sent than this side holds
	 */
	public void sendEvent(String name, @Nullable Object payload) {
		sendEvent(name, payload, true);
	}

	/**
	 * Send an event behind what was submitted before.
	 * @param name its name
	 * @param payload its payload
	 * @param direct whether nothing else that it must not overtake is underway to the
	 * loop
	 */
	void sendEvent(String name, @Nullable Object payload, boolean direct) {
		if (!Names.isValid(name) || name.length() > remote().name()) {
			throw new IllegalArgumentException("Not the name of an event: " + name);
		}
		Bytes encoded = (payload != null) ? codec().encode(payload) : Bytes.EMPTY;
		if (encoded.length() > remote().item()) {
			throw new ActionException(ErrorCode.TOO_LARGE, "The event exceeds what the other side accepts");
		}
		if (this.congested) {
			throw new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too much waits to be sent").retryable();
		}
		Runnable task = () -> send(new Frame.Event(this.mine.ref(name), Bytes.EMPTY, encoded), null);
		if (direct && inLoop() && !hasEventsUnderway()) {
			whileAlive(task);
			return;
		}
		EVENTS.incrementAndGet(this);
		executeLater(() -> {
			EVENTS.decrementAndGet(this);
			whileAlive(task);
		});
	}

	/**
	 * Whether events are on their way into the loop, which nothing later may overtake.
	 */
	boolean hasEventsUnderway() {
		return this.eventsUnderway != 0;
	}

	/**
	 * Tell the other side that an action has become available.
	 * @param name its name
	 * @param descriptor its descriptor, as maps and lists
	 * @param catalogHash hash of the catalog after the change
	 */
	public void announce(String name, Object descriptor, String catalogHash) {
		Bytes encoded = codec().encode(descriptor);
		Bytes metadata = codec().encodeMetadata(Metadata.ofCatalog(catalogHash));
		whileAlive(() -> {
			int alias = this.mine.define(name, this.outgoing.remote().aliases());
			send(new Frame.Define(alias, name, metadata, encoded), null);
		});
	}

	/**
	 * Tell the other side that an action is no longer available.
	 * @param name its name
	 * @param catalogHash hash of the catalog after the change
	 */
	public void withdraw(String name, String catalogHash) {
		Bytes metadata = codec().encodeMetadata(Metadata.ofCatalog(catalogHash));
		whileAlive(() -> {
			int alias = this.mine.withdraw(name);
			send(new Frame.Define(alias, (alias != 0) ? "" : name, metadata, Bytes.EMPTY), null);
		});
	}

	private void whileAlive(Runnable task) {
		execute(() -> {
			if (this.ended == null) {
				task.run();
			}
		});
	}

	/**
	 * Tell the other side that the present connection is about to close. Without a
	 * connection nothing happens.
	 * @param frame when and why
	 */
	public void goAway(Frame.GoAway frame) {
		execute(() -> {
			if (this.transport != null) {
				sendPrompt(frame, null);
			}
		});
	}

	/**
	 * Close the present connection; the session may be resumed.
	 * @param code why
	 * @param rule the broken rule, or what happened
	 */
	public void close(CloseCode code, String rule) {
		close(null, code, rule);
	}

	/**
	 * Close a connection if it is the present one; the session may be resumed.
	 * @param connection the connection, or {@code null} for whichever there is
	 * @param code why
	 * @param rule the broken rule, or what happened
	 */
	public void close(@Nullable Transport connection, CloseCode code, String rule) {
		execute(() -> {
			Transport present = this.transport;
			if (present != null && (connection == null || connection == present)) {
				flush();
				drop(code, rule);
			}
		});
	}

	/** Close the present connection; nothing more is sent on it. */
	private void drop(CloseCode code, String rule) {
		Transport present = this.transport;
		if (present != null) {
			if (logger.isDebugEnabled()) {
				logger.debug("Closing connection of session " + this.settings.session().id() + " with " + code.code()
						+ ": " + rule);
			}
			detach(present);
			present.close(code.code(), rule);
			this.settings.listener().detached(code.code());
		}
	}

	/** The transport takes messages again. */
	public void writable() {
		this.loop.execute(() -> {
		});
	}

	/**
	 * Whether there is a connection now.
	 * @return {@code true} while attached
	 */
	public boolean isAttached() {
		return this.attached;
	}

	/**
	 * Whether nothing runs in either direction.
	 * @return {@code true} when there is no open stream
	 */
	public boolean isIdle() {
		return this.idle;
	}

	/**
	 * What was sent and received so far.
	 * @return a snapshot
	 */
	public Traffic traffic() {
		return this.traffic.read();
	}

	/**
	 * The session of this peer.
	 * @return the session
	 */
	public AgentSession session() {
		return this.settings.session();
	}

	/**
	 * The codec of the session.
	 * @return the codec
	 */
	public Codec codec() {
		return this.settings.codec();
	}

	void forgetCallKey(@Nullable String callKey) {
		this.inbound.forget(callKey);
	}

	Asker asker() {
		return this.settings.asker();
	}

	ActionCatalog sessionActions() {
		return this.settings.sessionActions().get();
	}

	ErrorMapping errors() {
		return this.errors;
	}

	ContextView context() {
		return this.context;
	}

	Limits local() {
		return this.settings.limits();
	}

	/**
	 * What the other side accepts.
	 * @return its limits as of the latest connection
	 */
	public Limits remote() {
		return this.outgoing.remote();
	}

	Budget backlog() {
		return this.backlog;
	}

	boolean inLoop() {
		return this.loop.inLoop();
	}

	/** Run a task in the loop behind all that were submitted before. */
	void executeLater(Runnable task) {
		this.loop.executeLater(task);
	}

	long now() {
		return this.settings.timer().now(TimeUnit.NANOSECONDS);
	}

	/** A time as timers can take it: "for ever" comes early enough after a century. */
	static Duration bounded(Duration time) {
		return (time.compareTo(CENTURY) < 0) ? time : CENTURY;
	}

	/** Run a task in the loop after a time; the caller owns the timer. */
	Disposable schedule(Runnable task, Duration delay) {
		return this.settings.timer().schedule(() -> execute(task), delay.toNanos(), TimeUnit.NANOSECONDS);
	}

	void ping() {
		this.pingDue = true;
	}

	Frame.Ref ref(String action) {
		return this.theirs.ref(action);
	}

	Frame.Error errorFrame(int streamId, ActionException error) {
		return ErrorMapping.toFrame(streamId, error, codec(), remote());
	}

	OutFrame send(Frame frame, @Nullable Stream stream) {
		return this.outgoing.add(frame, stream);
	}

	OutFrame sendPrompt(Frame frame, @Nullable Stream stream) {
		return this.outgoing.addPrompt(frame, stream);
	}

	void replace(OutFrame queued, Frame frame) {
		this.outgoing.replace(queued, frame);
	}

	/** Make the last item of a stream the end of its side, if it was not sent yet. */
	boolean markLast(Stream stream) {
		OutFrame queued = stream.lastItem;
		if (queued == null || !queued.isQueued() || !(queued.frame() instanceof Frame.Item item)) {
			return false;
		}
		this.outgoing.replace(queued, item.withEnd());
		return true;
	}

	/** Give a name an alias for the other side to use, if there is none yet. */
	void define(String name) {
		int alias = (name.length() <= remote().name()) ? this.mine.define(name, remote().aliases()) : 0;
		if (alias != 0) {
			send(new Frame.Define(alias, name, Bytes.EMPTY, Bytes.EMPTY), null);
		}
	}

	void discard(Stream stream) {
		this.outgoing.discard(stream);
	}

	boolean isFull() {
		return this.outgoing.isFull();
	}

	void awaitRoom(Stream stream) {
		this.awaitingRoom.add(stream);
	}

	void open(CallerStream<?> stream) {
		if (this.ended != null) {
			stream.abandon(this.ended);
		}
		else if (this.unavailable != null && !this.attached && this.satellite == null) {
			stream.abandon(this.unavailable);
		}
		else if (canOpen()) {
			openNow(stream);
		}
		else if (this.streams.waiting().size() < MAX_WAITING) {
			this.streams.waiting().add(stream);
		}
		else {
			stream.abandon(new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many invocations wait").retryable());
		}
	}

	private void openNow(CallerStream<?> stream) {
		if (this.streams.isExhausted()) {
			stream.abandon(new ActionException(ErrorCode.UNAVAILABLE, "The session has used up its stream ids"));
			close(CloseCode.SESSION_ENDED, "The stream ids are used up");
		}
		else {
			stream.open(this.streams.take());
		}
	}

	void opened(CallerStream<?> stream) {
		this.streams.add(stream);
	}

	private boolean canOpen() {
		return (this.attached || this.satellite != null) && !this.resetting
				&& this.streams.callers() < remote().streams() && !isFull();
	}

	private boolean openWaiting() {
		boolean opened = false;
		while (!this.streams.waiting().isEmpty() && canOpen()) {
			openNow(this.streams.waiting().removeFirst());
			opened = true;
		}
		return opened;
	}

	void callerClosed(CallerStream<?> stream) {
		if (stream.id() != 0) {
			this.streams.remove(stream);
			this.ledger.closed(stream.id());
			closed(stream);
		}
		else {
			this.streams.waiting().remove(stream);
		}
	}

	void calleeClosed(CalleeStream stream) {
		this.streams.remove(stream);
		closed(stream);
	}

	private void closed(Stream stream) {
		this.inbound.assembly().discard(stream.id());
		this.awaitingRoom.remove(stream);
	}

	/** Send what may be sent; the last thing that each turn of the loop does. */
	private void flush() {
		if (this.satellite != null) {
			flush(this.satellite);
		}
		else if (this.journal == null) {
			flushAll();
		}
		else {
			flush(this.journal);
		}
		if (this.keepalive != null) {
			this.keepalive.stalled(!this.outgoing.isEmpty() || this.pingDue);
		}
		this.idle = this.streams.callers() + this.streams.callees() == 0;
		this.congested = this.outgoing.queued() > this.settings.limits().assembly();
	}

	private void flushAll() {
		while (flushed()) {
			// What was sent has made room for more.
		}
	}

	private void settle() {
		if (this.executors != null) {
			this.executors.settle();
		}
	}

	private void flush(Journal present) {
		if (!present.isStrict()) {
			if (!present.isBehind()) {
				flushAll();
			}
			settle();
		}
		else if (!present.isUnderway()) {
			flushAll();
			settle();
			int messages = this.held.size();
			Transport connection = this.transport;
			if (messages > 0 && connection != null) {
				present.whenDurable(() -> writeHeld(connection, messages));
			}
		}
		if (this.executors != null) {
			this.executors.flush();
			if (!this.executors.isEmpty() || !this.executorNames.isEmpty()) {
				this.executorNames = this.executors.names();
			}
		}
		present.flush();
		this.settled = !present.isUnderway() && !present.isDirty();
	}

	private void writeHeld(Transport connection, int messages) {
		if (this.transport == connection) {
			for (int i = 0; i < messages; i++) {
				connection.write(this.held.remove());
			}
		}
	}

	private void flush(Satellite present) {
		do {
			present.pump(this.outgoing);
		}
		while (this.ended == null && (resumeSources() | openWaiting()) && present.isEmpty());
		boolean done = this.streams.isEmpty() && this.outgoing.isEmpty() && present.isEmpty();
		this.settled = this.outgoing.isEmpty() && present.isEmpty();
		if (done && this.ended == null) {
			this.settings.listener().released();
		}
	}

	private boolean flushed() {
		Transport present = this.transport;
		if (present == null) {
			return false;
		}
		while (present.isWritable() && write(present)) {
			// Until the transport, the window or the queue says no.
		}
		return present.isWritable() && (resumeSources() | openWaiting());
	}

	private boolean write(Transport present) {
		long sentBefore = this.outgoing.log().sent();
		boolean ping = false;
		Bytes message = this.replay.poll();
		boolean replayed = message != null;
		if (message == null) {
			ping = this.pingDue;
			Frame.Ack ack = (this.incoming.isDue() || ping) ? new Frame.Ack(this.incoming.received(), sentBefore, ping)
					: null;
			if (ack != null && this.journal != null && ack.received() > this.journal.committedReceived()) {
				this.journal.acknowledging();
			}
			message = this.outgoing.nextMessage(ack);
			if (message == null) {
				return false;
			}
			if (ack != null) {
				this.incoming.acknowledged();
				this.pingDue = false;
			}
		}
		if (this.journal != null && this.journal.isStrict()) {
			this.held.add(message);
		}
		else {
			present.write(message);
		}
		if (this.keepalive != null) {
			this.keepalive.sent(ping, replayed || this.outgoing.log().sent() > sentBefore);
		}
		this.traffic.sent(message.length());
		return true;
	}

	private boolean resumeSources() {
		if (this.awaitingRoom.isEmpty() || this.outgoing.queued() > Outgoing.LOW) {
			return false;
		}
		List<Stream> waiting = List.copyOf(this.awaitingRoom);
		this.awaitingRoom.clear();
		waiting.forEach(Stream::resume);
		return !this.outgoing.isEmpty();
	}

	/** A task failed, which none should: nothing more is sent on this connection. */
	private void broken(Throwable error) {
		logger.error("The connection of session " + this.settings.session().id() + " failed", error);
		drop(CloseCode.INTERNAL, "Internal error");
	}

	/**
	 * A connection that a peer begins to use.
	 *
	 * @param transport the connection
	 * @param remote what the other side accepts
	 * @param firstMessage sent before everything else (WELCOME), or empty
	 * @param received highest number that the other side has accepted
	 * @param keepalive time without sending after which the server asks for a sign of
	 * life
	 * @param context Reactor context of the connection, seen by actions
	 */
	public record Attachment(Transport transport, Limits remote, Bytes firstMessage, long received, Duration keepalive,
			ContextView context) {

	}

	/**
	 * Where one side stands in the sequence.
	 *
	 * @param received highest number accepted
	 * @param sent highest number sent
	 * @param firstHeld lowest number that can be sent again, sent + 1 when none
	 */
	public record Position(long received, long sent, long firstHeld) {

		/**
		 * Whether a session can go on from here.
		 * @param other where the other side stands
		 * @return {@code true} when neither side lacks a frame that the other no longer
		 * has
		 */
		public boolean canResume(Position other) {
			return other.firstHeld <= this.received + 1 && this.received <= other.sent && other.received <= this.sent
					&& other.received + 1 >= this.firstHeld;
		}

	}

}
