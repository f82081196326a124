package io.agentsocket.connection;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.connection.sequence.Budget;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.sequence.ReplayLog;
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
import io.agentsocket.connection.takeover.FrameReceiver;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.connection.takeover.OwnershipHost;
import io.agentsocket.connection.takeover.PeerState;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.util.context.ContextView;

/**
 * An end of a session: runs the actions that the other end invokes, invokes those of the
 * other end, and keeps both going across connections. Implements sections 9 to 15 of
 * {@code docs/protocol.md}, the same on both sides.
 *
 * <p>
 * All state is confined to one loop, which runs on the event loop of the present
 * connection. Public methods may be called from any thread and return at once. The other
 * side's window and credit bound what is sent; what is received by {@link Limits}.
 */
public final class Peer {

	private static final Log logger = LogFactory.getLog(Peer.class);

	private final PeerSettings settings;

	private final SerialLoop loop;

	private final PeerLoop peerLoop;

	final PeerState state;

	private final SendQueue outgoing;

	private final StreamTable streams;

	final FrameDispatcher dispatcher;

	final Link link;

	private final Ownership ownership;

	final OpenCalls calls;

	final StreamContext streamContext;

	private final RetryAfterReset retries;

	private final EventSender events;

	private final ActionAnnouncer announcer;

	private volatile @Nullable ActionException ended;

	private volatile boolean idle = true;

	/**
	 * Create a peer without a connection.
	 * @param settings what it is made of
	 */
	public Peer(PeerSettings settings) {
		this.settings = settings;
		this.loop = new SerialLoop(settings.timer()::schedule, this::flush, this::broken);
		this.peerLoop = new PeerLoop(this.loop, settings.timer());
		this.state = PeerState.of(settings.role() == Role.SERVER, settings.limits());
		this.outgoing = this.state.outgoing();
		this.streams = this.state.streams();
		Host host = new Host();
		this.calls = new OpenCalls(this.streams, this.outgoing, this.state.assembly(), this.state.ledger(), host);
		this.streamContext = new StreamContext(this.peerLoop, this.outgoing, this.calls, settings.codec(),
				settings.limits(), new Budget(settings.limits().assembly()), this.state.theirs(),
				new ErrorMapping(settings.errorResolvers()), settings.session(), settings.questionSender(),
				settings.sessionActions(), settings.interceptors(), this.state.ledger(), host);
		this.retries = new RetryAfterReset(this.streamContext, this.streams);
		this.events = new EventSender(settings, this.peerLoop, this.outgoing, this.state.mine(), host, this::handOver);
		this.announcer = new ActionAnnouncer(this.peerLoop, this.outgoing, this.state.mine(), settings.codec(), host);
		this.ownership = new Ownership(this.streamContext, this.state, settings.storage(), settings.listener(), host);
		this.dispatcher = new FrameDispatcher(settings, this.state, this.streamContext, this.announcer, this.ownership);
		this.link = new Link(this.loop, this.peerLoop, settings, this.state, this.dispatcher, this::flush);
	}

	/**
	 * Whether this peer has its session for itself, owns it, or is a satellite.
	 * @return the peer's part in that
	 */
	public Ownership ownership() {
		return this.ownership;
	}

	/**
	 * Sends events to the other side.
	 * @return the sender
	 */
	public EventSender events() {
		return this.events;
	}

	/**
	 * Tells the other side of actions that come and go.
	 * @return the announcer
	 */
	public ActionAnnouncer announcer() {
		return this.announcer;
	}

	/**
	 * Acknowledge soon, even if there is nothing new: the other side learns that this one
	 * has seen its first message.
	 */
	public void requestAck() {
		execute(this.state.incoming()::requireAck);
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
		this.link.disconnect(CloseCode.SUPERSEDED.code(), "A newer connection has taken over");
		if (this.ended != null) {
			attachment.transport().close(CloseCode.SESSION_ENDED.code(), "The session has ended");
			return;
		}
		if (!this.outgoing.log().acknowledge(attachment.received())) {
			attachment.transport().close(CloseCode.SEQUENCE.code(), "The other side stands elsewhere");
			return;
		}
		this.outgoing.declared(attachment.remote());
		this.state.ledger().limits(attachment.remote());
		// WELCOME acknowledges it.
		this.ownership.acknowledging(this.state.incoming().received());
		this.link.attach(attachment);
		this.calls.openWaiting();
	}

	/**
	 * The connection is closed. Invocations go on; what they send waits for the next
	 * connection. Model: calls.pml, step detached.
	 * @param closed the connection
	 * @param closeCode the close code, 1006 when it broke
	 */
	public void detached(Transport closed, int closeCode) {
		this.loop.execute(() -> this.link.closed(closed, closeCode));
	}

	/**
	 * Where this side stands, for a resume. Exact only within {@link #execute(Runnable)}.
	 * @return numbers of frames
	 */
	public Position position() {
		ReplayLog log = this.outgoing.log();
		return new Position(this.state.incoming().received(), log.sent(), log.firstHeld());
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
				if (sending && this.link.isAttached()) {
					flush();
					this.link.releaseAll();
				}
				this.link.disconnect(code, "");
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
		// Invocations that are made meanwhile wait for the new numbers.
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
	 * Fail the invocations that were not sent and have waited for too long. Called in the
	 * loop.
	 * @param since time, by {@link System#nanoTime()}, from which on it counts that they
	 * wait
	 * @param longest nanoseconds that they may wait
	 * @param reason what they fail with
	 * @return nanoseconds until the next one has waited for too long, at most that time
	 */
	public long failWaiting(long since, long longest, ActionException reason) {
		return this.calls.abandonOverdue(since, longest, reason);
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

	/**
	 * The other side was authenticated anew: its open calls of actions that it may not
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
	 * Invoke an action of the other side of a session whose peer in this process may come
	 * and go.
	 * @param route finds the peer for each subscription, best in its loop
	 * @param action its name
	 * @return what to call
	 */
	public static InvocationSpec invoke(Mono<Peer> route, String action) {
		return new PeerInvocation(route.map((peer) -> peer.streamContext), action);
	}

	private void handOver(QueuedFrame frame, MonoSink<Void> sink) {
		this.ownership.handedOver(frame, sink);
	}

	/**
	 * Tell the other side that the present connection is about to close. Without a
	 * connection nothing happens.
	 * @param frame when and why
	 */
	public void goAway(Frame.GoAway frame) {
		execute(() -> {
			if (this.link.transport() != null) {
				this.outgoing.addPrompt(frame, null);
			}
		});
	}

	/**
	 * Close the present connection; the session may be resumed.
	 * @param code why
	 * @param rule the broken rule, or what happened
	 */
	public void close(CloseCode code, String rule) {
		this.link.close(code, rule);
	}

	/**
	 * Close a connection if it is the present one; the session may be resumed.
	 * @param connection the connection, or {@code null} for whichever there is
	 * @param code why
	 * @param rule the broken rule, or what happened
	 */
	public void close(@Nullable Transport connection, CloseCode code, String rule) {
		this.link.close(connection, code, rule);
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
	 * Counts of traffic so far.
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
	 * Limits that this side keeps to when it sends: what the other side accepts, within
	 * the bounds of this side.
	 * @return limits as of the latest connection
	 */
	public Limits remote() {
		return this.outgoing.remote();
	}

	/**
	 * Limits that the other side has declared, however large they are.
	 * @return its limits as of the latest connection
	 */
	public Limits declared() {
		return this.outgoing.declared();
	}

	/** Send what may be sent; the last thing that each turn of the loop does. */
	private void flush() {
		this.ownership.flush();
		this.link.flushed();
		this.idle = this.streams.callers() + this.streams.callees() == 0;
		this.events.flushed();
	}

	/** A task failed, which none should: nothing more is sent on this connection. */
	private void broken(Throwable error) {
		logger.error("The connection of session " + this.settings.session().id() + " failed", error);
		this.link.drop(CloseCode.INTERNAL, "Internal error");
	}

	/** The peer as its streams and its ownership see it. */
	private final class Host implements StreamHost, OwnershipHost {

		@Override
		public ContextView context() {
			return Peer.this.link.context();
		}

		@Override
		public @Nullable ActionException ended() {
			return Peer.this.ended;
		}

		@Override
		public FrameReceiver receiver() {
			return Peer.this.dispatcher;
		}

		@Override
		public void disconnect(CloseCode code, String rule) {
			Peer.this.link.disconnect(code.code(), rule);
		}

		@Override
		public void closeConnection(CloseCode code, String rule) {
			Peer.this.link.close(code, rule);
		}

		@Override
		public void end(int code, ActionException reason) {
			Peer.this.end(code, reason);
		}

		@Override
		public void sendAll() {
			while (Peer.this.link.send(Peer.this.ownership) && goOn()) {
				// Sent frames have made room for more.
			}
		}

		@Override
		public boolean goOn() {
			return Peer.this.calls.goOn();
		}

		@Override
		public @Nullable Runnable heldMessages() {
			return Peer.this.link.heldMessages();
		}

		@Override
		public boolean isReachable() {
			return Peer.this.link.isAttached() || Peer.this.ownership.isSatellite();
		}

		@Override
		public void idsUsedUp() {
			Peer.this.link.close(CloseCode.SESSION_ENDED, "The stream ids are used up");
		}

		@Override
		public boolean isReleased(Throwable error) {
			return Peer.this.ownership.isReleased(error);
		}

		@Override
		public boolean hasEventsUnderway() {
			return Peer.this.events.hasUnderway();
		}

		@Override
		public void sendEvent(String name, @Nullable Object payload, boolean direct, Stream cause) {
			Peer.this.events.send(name, payload, direct, cause);
		}

	}

}
