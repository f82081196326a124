package io.agentsocket.connection;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.connection.sequence.Budget;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.connection.stream.ErrorMapping;
import io.agentsocket.connection.stream.OpenCalls;
import io.agentsocket.connection.stream.OutgoingCall;
import io.agentsocket.connection.stream.PeerInvocation;
import io.agentsocket.connection.stream.RetryAfterReset;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.connection.stream.StreamHost;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
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

	private static final int MAX_WAITING = 65_536;

	private final PeerSettings settings;

	private final SerialLoop loop;

	private final PeerLoop peerLoop;

	final PeerState state;

	private final SendQueue outgoing;

	private final StreamTable streams;

	private final Inbound inbound;

	final Link link;

	private final Ownership ownership;

	final OpenCalls calls;

	final StreamContext streamContext;

	private final RetryAfterReset retries;

	private volatile @Nullable ActionException ended;

	private volatile boolean idle = true;

	private volatile boolean congested;

	private volatile int eventsUnderway;

	/**
	 * Create a peer without a connection.
	 * @param settings what it is made of
	 */
	public Peer(PeerSettings settings) {
		this.settings = settings;
		this.loop = new SerialLoop(settings.timer()::schedule, this::flush, this::broken);
		this.peerLoop = new PeerLoop(this.loop, settings.timer());
		this.state = PeerState.of(settings);
		this.outgoing = this.state.outgoing();
		this.streams = this.state.streams();
		StreamHost host = new Host();
		this.calls = new OpenCalls(this.streams, this.outgoing, this.state.assembly(), this.state.ledger(), host);
		this.streamContext = new StreamContext(this.peerLoop, this.outgoing, this.calls, settings.codec(),
				settings.limits(), new Budget(settings.limits().assembly()), this.state.theirs(),
				new ErrorMapping(settings.errorResolvers()), settings.session(), settings.questionSender(),
				settings.sessionActions(), this.state.ledger(), host);
		this.retries = new RetryAfterReset(this.streamContext, this.streams);
		this.inbound = new Inbound(this, settings, this.state, this.streamContext);
		this.link = new Link(this, this.peerLoop, settings, this.state, this.inbound);
		this.ownership = new Ownership(this, settings, this.state, this.inbound, this.link);
	}

	/**
	 * Whether this peer has its session for itself, owns it, or is a satellite.
	 * @return the peer's part in that
	 */
	public Ownership ownership() {
		return this.ownership;
	}

	/**
	 * Acknowledge soon, even if there is nothing new: the other side learns that this one
	 * has seen its first message.
	 */
	public void confirm() {
		execute(this.state.incoming()::due);
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
		disconnect(CloseCode.SUPERSEDED, "A newer connection has taken over");
		if (this.ended != null) {
			attachment.transport().close(CloseCode.SESSION_ENDED.code(), "The session has ended");
			return;
		}
		if (!this.outgoing.log().acknowledge(attachment.received())) {
			attachment.transport().close(CloseCode.SEQUENCE.code(), "The other side stands elsewhere");
			return;
		}
		this.loop.runOn(attachment.transport().executor());
		this.outgoing.declared(attachment.remote());
		this.state.ledger().limits(attachment.remote());
		// WELCOME acknowledges it.
		this.ownership.acknowledging(this.state.incoming().received());
		this.link.attach(attachment);
		this.calls.openWaiting();
	}

	/**
	 * The connection is closed. Invocations go on; what they send waits for the next
	 * connection.
	 * @param closed the connection
	 * @param closeCode the close code, 1006 when it broke
	 */
	public void detached(Transport closed, int closeCode) {
		this.loop.execute(() -> {
			if (this.link.isOn(closed)) {
				detach();
				this.settings.listener().detached(closeCode);
			}
		});
	}

	private void detach() {
		this.link.detach();
		this.loop.runOn(null);
	}

	/** Close the present connection if there is one. */
	void disconnect(CloseCode code, String rule) {
		Transport present = this.link.transport();
		if (present != null) {
			detach();
			present.close(code.code(), rule);
		}
	}

	/**
	 * Where this side stands, for a resume. Exact only within {@link #execute(Runnable)}.
	 * @return numbers of frames
	 */
	public Position position() {
		return this.state.position();
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
				this.retries.fail(reason);
				if (!sending) {
					this.ownership.close();
				}
				this.calls.abandonOpen(reason);
				this.calls.abandonWaiting(reason);
				Transport present = this.link.transport();
				if (present != null) {
					if (sending) {
						flush();
						this.link.releaseAll();
					}
					detach();
					present.close(code, "");
				}
				this.ownership.close();
				forget();
			}
		});
	}

	/**
	 * Whether the session has ended on this side.
	 * @return {@code true} after {@link #end(int, ActionException)} has taken effect
	 */
	public boolean isEnded() {
		return this.ended != null;
	}

	/** Why the session has ended here; null while it has not. */
	@Nullable ActionException ended() {
		return this.ended;
	}

	/**
	 * Forget the session: open invocations fail and numbers start anew. Invocations that
	 * wait for their turn go on waiting.
	 * @param reason what open invocations fail with
	 */
	public void abandon(ActionException reason) {
		this.loop.execute(() -> {
			this.retries.fail(reason);
			reset(reason, "", false, List.of());
		});
	}

	/**
	 * Go on with a new log: numbers start anew. Open invocations that may be made again
	 * wait for their turn, ahead of those that wait already; the others fail. Implements
	 * section 11.3 of {@code docs/protocol.md}.
	 * @param reason what open invocations fail with
	 * @param log id of the new log
	 * @param sameSession whether it is still the same session, so that idempotency keys
	 * are known
	 */
	public void reset(ActionException reason, String log, boolean sameSession) {
		this.loop.execute(() -> reset(reason, log, sameSession, this.retries.take(sameSession)));
	}

	private void reset(ActionException reason, String log, boolean sameSession, List<OutgoingCall> again) {
		// What is invoked meanwhile waits for the new numbers.
		this.calls.suspend(true);
		this.ownership.begin(log);
		again.forEach(OutgoingCall::awaitRepetition);
		this.calls.abandonOpen(reason);
		this.calls.suspend(false);
		forget();
		this.ownership.reset();
		this.state.ledger().reset(log, sameSession);
		this.retries.begin(again, reason);
	}

	private void forget() {
		this.state.clear();
		this.calls.clear();
		this.link.clear();
	}

	/**
	 * There will be no connection: fail the invocations that were not sent yet, and those
	 * that come.
	 * @param reason what they fail with, or {@code null} to let them wait for a
	 * connection again
	 */
	public void unavailable(@Nullable ActionException reason) {
		this.loop.execute(() -> {
			this.calls.unavailable(reason);
			if (reason != null) {
				this.retries.fail(reason);
				this.calls.abandonWaiting(reason);
			}
		});
	}

	/**
	 * Fail the invocations that were not sent yet.
	 * @param reason what they fail with
	 */
	public void failWaiting(ActionException reason) {
		this.loop.execute(() -> this.calls.abandonWaiting(reason));
	}

	/**
	 * A message arrived. Called on the transport's executor.
	 * @param from the connection
	 * @param message the message; its array is not written to any more
	 */
	public void receive(Transport from, Bytes message) {
		Runnable task = () -> {
			if (this.link.isOn(from)) {
				this.link.read(from, message);
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

	/** An ACK arrived; {@code ping} asks for an answer. */
	void acknowledged(boolean ping) {
		this.link.acknowledged(ping);
	}

	boolean isOn(Transport connection) {
		return this.link.isOn(connection);
	}

	/**
	 * Who the other side is was found out anew: its open calls of actions that it may not
	 * see any more end, and the others go on with the new principal.
	 * @param hidden tells for the name of an action that runs in another pod
	 */
	public void reauthorize(Predicate<String> hidden) {
		execute(() -> {
			for (Stream stream : this.streams.open()) {
				if (stream instanceof CalleeStream callee) {
					callee.reauthorize();
				}
			}
			this.ownership.reauthorize(hidden);
		});
	}

	/**
	 * Invoke an action of the other side.
	 * @param action its name
	 * @return what to call
	 */
	public InvocationSpec invoke(String action) {
		return new PeerInvocation(this.streamContext, action, null);
	}

	/**
	 * Invoke an action of the other side.
	 * @param action its name
	 * @param idempotencyKeys makes the idempotency keys of those subscriptions for which
	 * none is set
	 * @return what to call
	 */
	public InvocationSpec invoke(String action, Supplier<String> idempotencyKeys) {
		return new PeerInvocation(this.streamContext, action, idempotencyKeys);
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
	 * Invoke an action of the other side of a session whose peer in this process may come
	 * and go.
	 * @param route finds the peer for each subscription, best in its loop
	 * @param action its name
	 * @return what to call
	 */
	public static InvocationSpec invoke(Mono<Peer> route, String action) {
		return new PeerInvocation(route.map((peer) -> peer.streamContext), action);
	}

	/**
	 * Send an event and learn what becomes of it.
	 * @param name name of the event
	 * @param payload the payload, or {@code null}
	 * @return sends when it is subscribed to, and completes when the session has taken
	 * the event: it waits to be sent, or is in the inbox if another pod owns the session.
	 * Fails as {@link #sendEvent(String, Object)} does, and with what ended the session
	 */
	public Mono<Void> deliver(String name, @Nullable Object payload) {
		return Mono.create((sink) -> {
			Bytes encoded = encodedEvent(name, payload);
			Runnable task = () -> deliver(name, encoded, sink);
			if (inLoop() && hasEventsUnderway()) {
				executeLater(task);
			}
			else {
				execute(task);
			}
		});
	}

	private void deliver(String name, Bytes encoded, MonoSink<Void> sink) {
		ActionException over = this.ended;
		if (over != null) {
			sink.error(over);
		}
		else if (this.state.outgoing().queued() > this.settings.limits().assembly()) {
			sink.error(tooMuch());
		}
		else {
			this.ownership.handedOver(send(event(name, encoded), null), sink);
		}
	}

	/**
	 * Send an event behind what was submitted before.
	 * @param name its name
	 * @param payload its payload
	 * @param direct whether nothing else that it must not overtake is underway to the
	 * loop
	 */
	void sendEvent(String name, @Nullable Object payload, boolean direct) {
		Bytes encoded = encodedEvent(name, payload);
		if (this.congested) {
			throw tooMuch();
		}
		Runnable task = () -> send(event(name, encoded), null);
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

	private Bytes encodedEvent(String name, @Nullable Object payload) {
		if (!Names.isValid(name) || name.length() > remote().name()) {
			throw new IllegalArgumentException("Not the name of an event: " + name);
		}
		Bytes encoded = (payload != null) ? codec().encode(payload) : Bytes.EMPTY;
		if (encoded.length() > remote().item()) {
			throw new ActionException(ErrorCode.TOO_LARGE, "The event exceeds what the other side accepts");
		}
		return encoded;
	}

	private Frame event(String name, Bytes payload) {
		return new Frame.Event(this.state.mine().ref(name), Bytes.EMPTY, payload);
	}

	private static ActionException tooMuch() {
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too much waits to be sent").retryable();
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
			int alias = this.state.mine().define(name, this.outgoing.remote().aliases());
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
			int alias = this.state.mine().withdraw(name);
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
			if (this.link.transport() != null) {
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
			Transport present = this.link.transport();
			if (present != null && (connection == null || connection == present)) {
				flush();
				drop(code, rule);
			}
		});
	}

	/** Close the present connection; nothing more is sent on it. */
	void drop(CloseCode code, String rule) {
		if (this.link.transport() != null) {
			if (logger.isDebugEnabled()) {
				logger.debug("Closing connection of session " + this.settings.session().id() + " with " + code.code()
						+ ": " + rule);
			}
			disconnect(code, rule);
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
		return this.link.isAttached();
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
		return this.link.traffic();
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

	/**
	 * What this side keeps to when it sends: what the other side accepts, within the
	 * bounds of this side.
	 * @return limits as of the latest connection
	 */
	public Limits remote() {
		return this.outgoing.remote();
	}

	/**
	 * What the other side has said that it accepts, however much that is.
	 * @return its limits as of the latest connection
	 */
	public Limits declared() {
		return this.outgoing.declared();
	}

	boolean inLoop() {
		return this.loop.inLoop();
	}

	/** Run a task in the loop behind all that were submitted before. */
	void executeLater(Runnable task) {
		this.loop.executeLater(task);
	}

	long now() {
		return this.peerLoop.now();
	}

	/** Run a task in the loop after a time; the caller owns the timer. */
	Disposable schedule(Runnable task, Duration delay) {
		return this.peerLoop.schedule(task, delay);
	}

	void ping() {
		this.link.ping();
	}

	Frame.Ref ref(String action) {
		return this.state.theirs().ref(action);
	}

	Frame.Error errorFrame(int streamId, ActionException error) {
		return ErrorMapping.toFrame(streamId, error, codec(), remote());
	}

	QueuedFrame send(Frame frame, @Nullable Stream stream) {
		return this.outgoing.add(frame, stream);
	}

	QueuedFrame sendPrompt(Frame frame, @Nullable Stream stream) {
		return this.outgoing.addPrompt(frame, stream);
	}

	/** Give a name an alias for the other side to use, if there is none yet. */
	void define(String name) {
		int alias = (name.length() <= remote().name()) ? this.state.mine().define(name, remote().aliases()) : 0;
		if (alias != 0) {
			send(new Frame.Define(alias, name, Bytes.EMPTY, Bytes.EMPTY), null);
		}
	}

	boolean isFull() {
		return this.outgoing.isFull();
	}

	/** Send what may be sent; the last thing that each turn of the loop does. */
	private void flush() {
		this.ownership.flush();
		this.link.flushed();
		this.idle = this.streams.callers() + this.streams.callees() == 0;
		this.congested = this.outgoing.queued() > this.settings.limits().assembly();
	}

	/** Send as long as the connection takes something and there is something. */
	void sendAll() {
		while (this.link.send(this.ownership) && goOn()) {
			// What was sent has made room for more.
		}
	}

	/** Resumes paused producers and opens waiting calls; whether that queued anything. */
	boolean goOn() {
		return this.calls.goOn();
	}

	/** A task failed, which none should: nothing more is sent on this connection. */
	private void broken(Throwable error) {
		logger.error("The connection of session " + this.settings.session().id() + " failed", error);
		drop(CloseCode.INTERNAL, "Internal error");
	}

	/** What streams see of this peer. */
	private final class Host implements StreamHost {

		@Override
		public ContextView context() {
			return Peer.this.link.context();
		}

		@Override
		public @Nullable ActionException ended() {
			return Peer.this.ended;
		}

		@Override
		public boolean isReachable() {
			return Peer.this.link.isAttached() || Peer.this.ownership.isSatellite();
		}

		@Override
		public void idsUsedUp() {
			close(CloseCode.SESSION_ENDED, "The stream ids are used up");
		}

		@Override
		public boolean isReleased(Throwable error) {
			return Peer.this.ownership.isReleased(error);
		}

		@Override
		public boolean hasEventsUnderway() {
			return Peer.this.eventsUnderway != 0;
		}

		@Override
		public void sendEvent(String name, @Nullable Object payload, boolean direct) {
			Peer.this.sendEvent(name, payload, direct);
		}

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

}
