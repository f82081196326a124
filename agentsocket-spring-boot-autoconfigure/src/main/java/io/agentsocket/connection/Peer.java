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
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.AgentSession;
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

	private volatile int eventsUnderway;

	private volatile Traffic traffic = new Traffic(0, 0, 0, 0);

	/**
	 * Create a peer without a connection.
	 * @param settings what it is made of
	 */
	public Peer(PeerSettings settings) {
		this.settings = settings;
		this.errors = new ErrorMapping(settings.errorResolvers());
		this.loop = new SerialLoop(settings.timer()::schedule, this::flush, this::broken);
		this.outgoing = new Outgoing((settings.role() == Role.CLIENT) ? Limits.SERVER : Limits.CLIENT);
		this.backlog = new Budget(settings.limits().assembly());
		this.streams = new StreamTable(settings.role(), settings.limits().streams());
		this.inbound = new Inbound(this, settings, this.outgoing, this.streams, this.mine, this.theirs);
		this.incoming = this.inbound.incoming();
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
		this.loop.execute(() -> {
			if (this.ended == null) {
				this.ended = reason;
				abandonOpen(reason);
				List<CallerStream<?>> waiting = List.copyOf(this.streams.waiting());
				this.streams.waiting().clear();
				waiting.forEach((stream) -> stream.abandon(reason));
				Transport present = this.transport;
				if (present != null) {
					flush();
					detach(present);
					present.close(code, "");
				}
				forget();
			}
		});
	}

	/**
	 * Forget the session's protocol state: open invocations fail and numbers start anew.
	 * Invocations that wait for their turn go on waiting.
	 * @param reason what open invocations fail with
	 */
	public void reset(ActionException reason) {
		this.loop.execute(() -> {
			// What is invoked meanwhile waits for the new numbers.
			this.resetting = true;
			abandonOpen(reason);
			this.resetting = false;
			forget();
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
		this.loop.executeHere(() -> {
			if (this.transport == from) {
				read(from, message);
			}
		}, from.executor());
	}

	private void read(Transport from, Bytes message) {
		if (this.keepalive != null) {
			this.keepalive.received();
		}
		Traffic before = this.traffic;
		boolean masked = this.settings.role() == Role.SERVER;
		this.traffic = new Traffic(before.messagesSent(), before.bytesSent(), before.messagesReceived() + 1,
				before.bytesReceived() + message.length() + Traffic.header(message.length(), masked));
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
		return this.traffic;
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
		else if (this.unavailable != null && !this.attached) {
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
			stream.open(this.streams.add(stream));
		}
	}

	private boolean canOpen() {
		return this.attached && !this.resetting && this.streams.callers() < remote().streams() && !isFull();
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
		while (flushed()) {
			// What was sent has made room for more.
		}
		if (this.keepalive != null) {
			this.keepalive.stalled(!this.outgoing.isEmpty() || this.pingDue);
		}
		this.idle = this.streams.callers() + this.streams.callees() == 0;
		this.congested = this.outgoing.queued() > this.settings.limits().assembly();
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
			message = this.outgoing.nextMessage(ack);
			if (message == null) {
				return false;
			}
			if (ack != null) {
				this.incoming.acknowledged();
				this.pingDue = false;
			}
		}
		present.write(message);
		if (this.keepalive != null) {
			this.keepalive.sent(ping, replayed || this.outgoing.log().sent() > sentBefore);
		}
		Traffic before = this.traffic;
		boolean masked = this.settings.role() == Role.CLIENT;
		this.traffic = new Traffic(before.messagesSent() + 1,
				before.bytesSent() + message.length() + Traffic.header(message.length(), masked),
				before.messagesReceived(), before.bytesReceived());
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
