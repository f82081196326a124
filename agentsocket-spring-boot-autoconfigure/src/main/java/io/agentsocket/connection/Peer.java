package io.agentsocket.connection;

import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Codec;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.connection.sequence.ReplayLog;
import io.agentsocket.connection.stream.PeerInvocation;
import io.agentsocket.connection.stream.StreamTable;
import io.agentsocket.connection.takeover.OtherPods;
import io.agentsocket.connection.takeover.Ownership;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Traffic;
import io.agentsocket.session.AgentSession;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * An end of a session: runs the actions that the other end invokes, invokes those of the
 * other end, and keeps both going across connections. Implements sections 9 to 15 of
 * {@code docs/protocol.md}, the same on both sides.
 *
 * <p>
 * All state is confined to one loop, which runs on the event loop of the present
 * connection. Public methods may be called from any thread and return at once. The other
 * side's window and credit bound the frames that are sent, {@link Limits} bound the
 * frames that are received.
 */
public final class Peer {

	private static final Log logger = PrintableLog.of(Peer.class);

	private final PeerSettings settings;

	private final SerialLoop loop;

	final PeerCore core;

	/**
	 * Create a peer without a connection.
	 * @param settings the parts of the peer
	 */
	public Peer(PeerSettings settings) {
		this.settings = settings;
		this.loop = new SerialLoop(settings.timer()::schedule, this::flush, this::broken);
		this.core = new PeerCore(settings, this.loop);
	}

	/**
	 * Whether this peer has its session for itself, owns it, or is a follower.
	 * @return the peer's part in that
	 */
	public Ownership ownership() {
		return this.core.ownership;
	}

	/**
	 * The session in the other pods: messages from them come in here.
	 * @return the way in for the pod
	 */
	public OtherPods otherPods() {
		return this.core.otherPods;
	}

	/**
	 * Sends events to the other side.
	 * @return the sender
	 */
	public EventSender events() {
		return this.core.events;
	}

	/**
	 * Tells the other side of actions that come and go.
	 * @return the announcer
	 */
	public ActionAnnouncer announcer() {
		return this.core.announcer;
	}

	/**
	 * Acknowledge soon, even if there is nothing new: the other side learns that this one
	 * has seen its first message.
	 */
	public void requestAck() {
		execute(this.core.state.receiveWindow()::requireAck);
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
	 * Run a task in the loop, behind all others that wait.
	 * @param task a task that does not block
	 */
	public void executeLater(Runnable task) {
		this.loop.executeLater(task);
	}

	/**
	 * Begin to use a connection, in place of the present one if there is one.
	 * @param attachment the connection and where the other side stands
	 */
	public void attach(Attachment attachment) {
		this.loop.execute(() -> this.core.attach(attachment));
	}

	/**
	 * The connection is closed. Invocations go on; what they send waits for the next
	 * connection. Model: calls.pml, step detached.
	 * @param closed the connection
	 * @param closeCode the close code, 1006 when it broke
	 */
	public void detached(Transport closed, int closeCode) {
		detached(closed, closeCode, true);
	}

	/**
	 * A connection is closed: the session goes on, and may be resumed with another
	 * connection.
	 * @param closed the connection
	 * @param closeCode the close code, 1006 when it broke
	 * @param here whether this side has chosen the code, or nobody
	 */
	public void detached(Transport closed, int closeCode, boolean here) {
		this.loop.execute(() -> this.core.link.closed(closed, closeCode, here));
	}

	/**
	 * Where this side stands, for a resume. Exact only within {@link #execute(Runnable)}.
	 * @return numbers of frames
	 */
	public Position position() {
		ReplayLog log = this.core.sendQueue.log();
		return new Position(this.core.state.receiveWindow().received(), log.sent(), log.firstHeld());
	}

	/**
	 * End the session on this side: running actions are stopped, open invocations fail,
	 * the connection is closed.
	 * @param code close code
	 * @param reason the error of open invocations
	 */
	public void end(int code, ActionException reason) {
		this.loop.execute(() -> this.core.end(code, reason, true));
	}

	/**
	 * End the session on this side as {@link #end} does, behind what is to be sent, and
	 * leave the connection to the caller: who says goodbye waits for the other side to
	 * close. Called in the loop.
	 * @param reason the error of open invocations
	 * @return the connection, which the caller has to close, or {@code null} when there
	 * is none
	 */
	public @Nullable Transport leave(ActionException reason) {
		return this.core.leave(reason, true);
	}

	/**
	 * Release the session, which goes on elsewhere: running actions are stopped, open
	 * invocations fail, the connection is closed, and nothing more is sent or stored.
	 * @param code close code
	 * @param reason the error of open invocations
	 */
	public void release(int code, ActionException reason) {
		this.loop.execute(() -> this.core.end(code, reason, false));
	}

	/**
	 * Whether the session has ended on this side.
	 * @return {@code true} after {@link #end(int, ActionException)} has taken effect
	 */
	public boolean isEnded() {
		return this.core.ended() != null;
	}

	/**
	 * Forget the session: invocations that were sent fail and numbers start anew.
	 * Invocations that were never sent go on waiting for their turn.
	 * @param reason the error of open invocations
	 */
	public void abandon(ActionException reason) {
		this.loop.execute(() -> this.core.abandon(reason));
	}

	/**
	 * Go on with a new log: numbers start anew. Invocations that were sent and may be
	 * made again wait for their turn, ahead of those that were not sent; the others fail.
	 * Implements section 11.3 of {@code docs/protocol.md}.
	 * @param reason the error of open invocations
	 * @param log id of the new log
	 * @param sameSession whether it is still the same session, so that idempotency keys
	 * are known
	 */
	public void reset(ActionException reason, String log, boolean sameSession) {
		this.loop.execute(() -> this.core.reset(reason, log, sameSession));
	}

	/**
	 * There will be no connection: fail the invocations that were not sent yet, and those
	 * that come.
	 * @param reason their error, or {@code null} to let them wait for a connection again
	 */
	public void unavailable(@Nullable ActionException reason) {
		this.loop.execute(() -> this.core.unavailable(reason));
	}

	/**
	 * Fail the invocations that were not sent and have waited for too long. Called in the
	 * loop.
	 * @param since time, by {@link System#nanoTime()}, from which on it counts that they
	 * wait
	 * @param longest nanoseconds that they may wait
	 * @param reason their error
	 * @return nanoseconds until the next one has waited for too long,
	 * {@link Long#MAX_VALUE} when none waits
	 */
	public long failWaiting(long since, long longest, ActionException reason) {
		return this.core.calls.abandonOverdue(since, longest, reason);
	}

	/**
	 * A message arrived. Called on the transport's executor.
	 * @param from the connection
	 * @param message the message; its array is not written to any more
	 */
	public void receive(Transport from, Bytes message) {
		Runnable task = () -> {
			if (this.core.link.isOn(from)) {
				this.core.link.read(from, message);
			}
		};
		if (this.settings.role() == Role.CLIENT) {
			// The message waits for all others that the event loop has read: the answers
			// to all of them are collected, and divided anew into messages.
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
		execute(() -> this.core.reauthorize(hidden));
	}

	/**
	 * Invoke an action of the other side.
	 * @param action its name
	 * @return the call, to be completed
	 */
	public InvocationSpec invoke(String action) {
		return new PeerInvocation(this.core.streamContext, action, null);
	}

	/**
	 * Invoke an action of the other side.
	 * @param action its name
	 * @param idempotencyKeys makes the idempotency keys of those subscriptions for which
	 * none is set
	 * @return the call, to be completed
	 */
	public InvocationSpec invoke(String action, Supplier<String> idempotencyKeys) {
		return new PeerInvocation(this.core.streamContext, action, idempotencyKeys);
	}

	/**
	 * Invoke an action of the other side of a session whose peer in this process may come
	 * and go.
	 * @param route finds the peer for each subscription, best in its loop
	 * @param action its name
	 * @return the call, to be completed
	 */
	public static InvocationSpec invoke(Mono<Peer> route, String action) {
		return new PeerInvocation(route.map((peer) -> peer.core.streamContext), action);
	}

	/**
	 * Tell the other side that the present connection is about to close. Without a
	 * connection nothing happens.
	 * @param frame when and why
	 */
	public void goAway(Frame.GoAway frame) {
		execute(() -> this.core.goAway(frame));
	}

	/**
	 * Close the present connection; the session may be resumed.
	 * @param code why
	 * @param rule the broken rule, or the event
	 */
	public void close(CloseCode code, String rule) {
		this.core.link.close(code, rule);
	}

	/**
	 * Close a connection if it is the present one; the session may be resumed.
	 * @param connection the connection, or {@code null} for whichever there is
	 * @param code why
	 * @param rule the broken rule, or the event
	 */
	public void close(@Nullable Transport connection, CloseCode code, String rule) {
		this.core.link.close(connection, code, rule);
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
		return this.core.link.isAttached();
	}

	/**
	 * Whether nothing runs in either direction.
	 * @return {@code true} when there is no open stream
	 */
	public boolean isIdle() {
		return this.core.isIdle();
	}

	/**
	 * The work of this peer.
	 * @return as of the latest turn, always the same object
	 */
	public PeerLoad load() {
		return this.core.load;
	}

	/**
	 * The open invocations in both directions, the oldest one first. Asked without the
	 * loop, so that there is an answer when a tool blocks that.
	 * @return as of some moment before
	 */
	public List<OpenStream> openStreams() {
		StreamTable streams = this.core.streams;
		return streams.open()
			.stream()
			.map((stream) -> OpenStream.of(stream, streams.isRemote(stream.id())))
			.sorted(Comparator.comparing(OpenStream::age).reversed())
			.toList();
	}

	/**
	 * Counts of traffic so far.
	 * @return a snapshot
	 */
	public Traffic traffic() {
		return this.core.link.traffic();
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
		return this.core.sendQueue.remote();
	}

	/**
	 * Limits that the other side has declared, however large they are.
	 * @return its limits as of the latest connection
	 */
	public Limits declared() {
		return this.core.sendQueue.declared();
	}

	private void flush() {
		this.core.flush();
	}

	/**
	 * A task has failed, which is a fault of this code: nothing more is sent on this
	 * connection.
	 */
	private void broken(Throwable error) {
		logger.error("The connection of session " + this.settings.session().id() + " failed", error);
		this.core.link.drop(CloseCode.INTERNAL, "Internal error");
	}

}
