package io.agentsocket.connection;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.connection.stream.ErrorMapping;
import io.agentsocket.connection.stream.OpenCalls;
import io.agentsocket.connection.stream.OutgoingCall;
import io.agentsocket.connection.stream.RetryAfterReset;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.connection.stream.StreamHost;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.connection.takeover.FrameReceiver;
import io.agentsocket.connection.takeover.OtherPods;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.connection.takeover.OwnershipHost;
import io.agentsocket.connection.takeover.PeerState;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * The inside of a peer: puts its parts together, begins and ends the session, and is the
 * peer as its streams and its ownership see it. Runs in the peer's loop, except where a
 * method says otherwise. Implements sections 9 to 15 of {@code docs/protocol.md}.
 */
final class PeerCore implements StreamHost, OwnershipHost {

	private final SerialLoop loop;

	final PeerState state;

	final SendQueue sendQueue;

	final StreamTable streams;

	final FrameDispatcher dispatcher;

	final Link link;

	final Ownership ownership;

	final OtherPods otherPods;

	final OpenCalls calls;

	final StreamContext streamContext;

	private final Holdings holdings;

	private final PeerBounds bounds;

	private final PeerListener listener;

	private final RetryAfterReset retries;

	final EventSender events;

	final ActionAnnouncer announcer;

	private volatile @Nullable ActionException ended;

	final PeerLoad load = new PeerLoad();

	/**
	 * Create the inside of a peer without a connection.
	 * @param settings the parts of the peer
	 * @param loop runs all that the peer does
	 */
	PeerCore(PeerSettings settings, SerialLoop loop) {
		this.loop = loop;
		PeerLoop peerLoop = new PeerLoop(loop, settings.timer());
		this.state = PeerState.of(settings.role() == Role.SERVER, settings.limits());
		this.sendQueue = this.state.sendQueue();
		this.streams = this.state.streams();
		this.calls = new OpenCalls(this.streams, this.sendQueue, this.state.reassembly(), this.state.records(), this);
		this.bounds = settings.bounds();
		this.listener = settings.listener();
		this.holdings = new Holdings(this.sendQueue, this.state.reassembly(), this.state.ownAliases(),
				this.state.theirAliases(), settings.limits().assembly(), this.bounds::isWithin, this.bounds::mayHold,
				this::mayQueue);
		this.streamContext = new StreamContext(peerLoop, this.sendQueue, this.calls, settings.codec(),
				settings.limits(), this.holdings, this.state.theirAliases(),
				new ErrorMapping(settings.errorResolvers()), settings.session(), settings.questionSender(),
				settings.sessionActions(), settings.interceptors(), this.state.records(), this);
		this.retries = new RetryAfterReset(this.streamContext, this.streams);
		this.ownership = new Ownership(this.streamContext, this.state, settings.storage(), settings.listener(), this);
		this.otherPods = new OtherPods(this.ownership, peerLoop, this.sendQueue);
		this.events = new EventSender(settings, peerLoop, this.sendQueue, this.state.ownAliases(), this,
				this.ownership::handedOver);
		this.announcer = new ActionAnnouncer(peerLoop, this.sendQueue, this.state.ownAliases(), settings.codec(), this);
		this.dispatcher = new FrameDispatcher(settings, this.state, this.streamContext, this.announcer, this.ownership);
		this.link = new Link(loop, peerLoop, settings, this.state, this.dispatcher, this::flush);
	}

	private boolean mayQueue(long held, int more) {
		return this.bounds.mayQueue(held, more) && this.bounds.mayAnswer(this.holdings.waiting(), more);
	}

	/** Begin to use a connection, in place of the present one if there is one. */
	void attach(Attachment attachment) {
		this.link.disconnect(CloseCode.SUPERSEDED.code(), "A newer connection has taken over");
		if (this.ended != null) {
			attachment.transport().close(CloseCode.SESSION_ENDED.code(), "The session has ended");
			return;
		}
		if (!this.sendQueue.log().acknowledge(attachment.received())) {
			attachment.transport().close(CloseCode.SEQUENCE.code(), "The other side stands elsewhere");
			return;
		}
		this.sendQueue.setDeclared(attachment.remote());
		this.state.records().limits(attachment.remote());
		// WELCOME acknowledges this number.
		this.ownership.acknowledging(this.state.receiveWindow().received());
		this.link.attach(attachment);
		this.calls.openWaiting();
	}

	/** End the session on this side, or release it without sending. */
	void end(int code, ActionException reason, boolean sending) {
		Transport open = leave(reason, sending);
		if (open != null) {
			open.close(code, "");
		}
	}

	/** As {@link #end}, and leave the present connection open to the caller. */
	@Nullable Transport leave(ActionException reason, boolean sending) {
		if (this.ended != null) {
			return null;
		}
		this.ended = reason;
		this.retries.fail(reason);
		if (!sending) {
			this.ownership.close();
		}
		this.calls.abandonOpen(reason);
		this.calls.abandonWaiting(reason);
		if (sending && this.link.isAttached()) {
			flush();
			this.link.sendLast(this.ownership);
			this.link.releaseAll();
		}
		Transport open = this.link.release();
		this.ownership.close();
		forget();
		return open;
	}

	/** Forget the session: invocations that were sent fail, and numbers start anew. */
	void abandon(ActionException reason) {
		this.retries.fail(reason);
		reset(reason, "", false, List::of);
	}

	/** Go on with a new log: numbers start anew. */
	void reset(ActionException reason, String log, boolean sameSession) {
		reset(reason, log, sameSession, () -> this.retries.take(sameSession, reason));
	}

	private void reset(ActionException reason, String log, boolean sameSession, Supplier<List<OutgoingCall>> taken) {
		// Invocations that are made meanwhile wait for the new numbers.
		this.calls.suspend(true);
		this.ownership.begin(log);
		List<OutgoingCall> again = taken.get();
		again.forEach(OutgoingCall::awaitRepetition);
		this.calls.abandonOpen(reason);
		this.calls.suspend(false);
		forget();
		this.ownership.reset();
		this.state.records().reset(log, sameSession);
		this.retries.begin(again, reason);
	}

	private void forget() {
		this.state.clear();
		this.calls.clear();
		this.link.clear();
	}

	/**
	 * Fails the invocations that were not sent yet, and all that come; or lets them wait
	 * again.
	 */
	void unavailable(@Nullable ActionException reason) {
		this.calls.unavailable(reason);
		if (reason != null) {
			this.retries.fail(reason);
			this.calls.abandonWaiting(reason);
		}
	}

	/** End the open calls of actions that the other side may not see any more. */
	void reauthorize(Predicate<String> hidden) {
		for (Stream stream : this.streams.open()) {
			if (stream instanceof CalleeStream callee) {
				callee.reauthorize(hidden);
			}
		}
		this.ownership.reauthorize(hidden);
	}

	/** Tell the other side that the present connection, if any, is about to close. */
	void goAway(Frame.GoAway frame) {
		if (this.link.transport() != null) {
			this.sendQueue.addPrompt(frame, null);
		}
	}

	/**
	 * Whether nothing runs in either direction; from any thread. A stream that begins or
	 * ends in the present turn of the loop counts as running.
	 */
	boolean isIdle() {
		return this.load.served() + this.load.invoked() + this.streams.callees() + this.streams.callers() == 0;
	}

	/** Ends a turn of the loop: sends all that may be sent. */
	void flush() {
		this.ownership.flush();
		this.link.flushed();
		this.load.set(this.streams.callees(), this.streams.callers(), this.sendQueue.queued(),
				this.sendQueue.log().bytes());
		this.holdings.setKept(this.state.records().held() + this.ownership.held());
		this.bounds.turned(this.holdings.bytes(), this.streams.callees());
		this.events.flushed();
	}

	@Override
	public ContextView context() {
		return this.link.context();
	}

	@Override
	public @Nullable ActionException ended() {
		return this.ended;
	}

	@Override
	public FrameReceiver receiver() {
		return this.dispatcher;
	}

	@Override
	public void disconnect(CloseCode code, String rule) {
		this.link.disconnect(code.code(), rule);
	}

	@Override
	public void closeConnection(CloseCode code, String rule) {
		this.link.close(code, rule);
	}

	@Override
	public void end(int code, ActionException reason) {
		this.loop.execute(() -> end(code, reason, true));
	}

	@Override
	public void sendAll() {
		while (this.link.send(this.ownership) && goOn()) {
			// Sent frames have made room for more.
		}
	}

	@Override
	public boolean goOn() {
		return this.calls.goOn();
	}

	@Override
	public @Nullable Runnable heldMessages() {
		return this.link.heldMessages();
	}

	@Override
	public boolean isReachable() {
		return this.link.isAttached() || this.ownership.isFollower();
	}

	@Override
	public void idsUsedUp() {
		this.link.close(CloseCode.SESSION_ENDED, "The stream ids are used up");
	}

	@Override
	public void callWaits() {
		this.listener.callWaits();
	}

	@Override
	public boolean isRetired(Throwable error) {
		return this.ownership.isRetired(error);
	}

	@Override
	public boolean hasEventsUnderway() {
		return this.events.hasUnderway();
	}

	@Override
	public void sendEvent(String name, @Nullable Object payload, boolean direct, Stream cause) {
		this.events.send(name, payload, direct, cause);
	}

}
