package io.agentsocket.connection.takeover;

import java.util.Set;
import java.util.function.Predicate;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.connection.stream.Stream;
import io.agentsocket.connection.stream.StreamContext;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.StoredSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.MonoSink;

/**
 * Whether a peer owns its session or is a follower of the peer that does, in another pod.
 * This is the switch between the roles {@link SoleOwner}, {@link RecordedOwner} and
 * {@link Follower}: an owner becomes a follower when it learns of another owner, and
 * never the other way round.
 *
 * <p>
 * This is what the engine asks, in the peer's loop; {@link OtherPods} is for the pod.
 * {@link #isSettled()}, {@link #isRetired(Throwable)} and {@link #isFollower()} may be
 * called from any thread. Implements section 11 of {@code docs/protocol.md} where pods
 * share a store.
 */
public final class Ownership {

	/** Close code of a peer that goes away by itself. */
	private static final int NORMAL = 1000;

	private final StreamContext context;

	private final OwnershipListener listener;

	private final OwnershipHost host;

	private final PeerState state;

	private final @Nullable PeerStorage storage;

	private volatile SessionRole role;

	/** The streams that an owner has in other pods; looked up for each frame. */
	private @Nullable RemoteStreams remoteStreams;

	private volatile @Nullable ActionException retirement;

	/**
	 * Own a session.
	 * @param context the parts of the peer that streams share
	 * @param state where the peer stands
	 * @param storage makes the session durable, or {@code null} when it lives in this
	 * process only
	 * @param listener told of events that concern other pods
	 * @param host the peer
	 */
	public Ownership(StreamContext context, PeerState state, @Nullable PeerStorage storage, OwnershipListener listener,
			OwnershipHost host) {
		this.context = context;
		this.listener = listener;
		this.host = host;
		this.state = state;
		this.storage = storage;
		this.role = (storage != null) ? recorded(storage) : new SoleOwner(host);
	}

	private RecordedOwner recorded(PeerStorage present) {
		RecordedOwner owner = new RecordedOwner(this.context, this.state, present, this.listener, this.host,
				this::follow);
		this.remoteStreams = owner.runners().streams();
		return owner;
	}

	/**
	 * Whether another owner can go on with a session: an event or a descriptor of which
	 * only a part has arrived, or left, is gone with the owner before.
	 * @param stored the committed state
	 * @return {@code false} when the session has to be reset
	 */
	public static boolean isWhole(StoredSession stored) {
		return !stored.records().containsKey(SessionRecords.UNFINISHED_RECEIVED)
				&& !stored.records().containsKey(SessionRecords.UNFINISHED_SENT);
	}

	/** Whether nothing of this peer is on its way to the store or to the owner. */
	public boolean isSettled() {
		return this.role.isSettled();
	}

	/**
	 * Limits of the other side, as the owner has recorded them.
	 * @param record the record of {@link RecordKey#LIMITS}
	 * @return the limits
	 */
	public static Limits limits(Bytes record) {
		return SessionRecords.unpackLimits(record);
	}

	/**
	 * Another peer owns the session: this one becomes a follower. Calls that run here go
	 * on, and frames that are not durable go to the new owner. Model: calls.pml, step
	 * moved.
	 */
	void follow(long epoch) {
		PeerStorage present = this.storage;
		if (present == null || !(this.role instanceof RecordedOwner before)) {
			return;
		}
		CloseCode code = this.listener.fenced(epoch);
		this.host.disconnect(code, "Another connection has the session");
		if (this.host.ended() != null) {
			return;
		}
		OwnerLink link = new OwnerLink(this.context, this.state, present, this.host, this::goneElsewhere,
				before.runners().log());
		// The other side sends their INVOKE again, to the new owner.
		for (Stream stream : this.state.streams().open()) {
			if (stream instanceof CalleeStream callee && !callee.isRecorded()) {
				callee.abandon(new ActionException(ErrorCode.CANCELLED, "It runs elsewhere"));
			}
		}
		before.notDurable().forEach(link.inbox()::pushFirst);
		Set<String> uncertain = before.commits().uncertain(RecordKey::isForeign);
		before.close();
		this.state.sendQueue().log().clear();
		// The rest of these payloads arrives elsewhere.
		this.state.streams().forgetOpening().forEach(this.state.reassembly()::discard);
		this.state.reassembly().discard(0);
		Follower follower = new Follower(this.context, this.state, link, this.listener, this.host);
		this.remoteStreams = null;
		this.role = follower;
		this.listener.uncertain(uncertain);
		before.takeEarly(follower::framesFromOwner);
		if (epoch == 0) {
			goneElsewhere();
		}
	}

	/** The session was ended by its owner, or has expired. */
	private void goneElsewhere() {
		this.host.end(CloseCode.SESSION_ENDED.code(),
				new ActionException(ErrorCode.FAILED_PRECONDITION, "The session has ended"));
		this.listener.finished();
	}

	/** End the calls of hidden actions that run in other pods. */
	public void reauthorize(Predicate<String> hidden) {
		if (this.role instanceof RecordedOwner owner) {
			owner.reauthorize(hidden);
		}
	}

	/** The stream in another pod that has an id; null when there is none. */
	public @Nullable RemoteStream remoteStream(int id) {
		RemoteStreams present = this.remoteStreams;
		return (present != null) ? present.find(id) : null;
	}

	/** Pass a frame of the other side on to a stream in another pod. */
	public void pass(RemoteStream stream, Frame frame, long number) {
		if (this.remoteStreams != null) {
			this.remoteStreams.pass(stream, frame, number);
		}
	}

	/** Whether this peer owns a session that other pods can reach. */
	public boolean isOwner() {
		return this.remoteStreams != null;
	}

	/** Pass an invocation on to the peer that has the action, when it is recorded. */
	public void relay(Frame.Invoke frame, String runner) {
		if (this.role instanceof RecordedOwner owner) {
			owner.relay(frame, runner);
		}
	}

	/**
	 * Start an invocation. An invocation that must not run twice starts when it is
	 * recorded. Model: calls.pml, step invoke.
	 */
	public void start(CalleeStream stream, boolean repeatable) {
		this.role.start(stream, repeatable);
	}

	/** Tell the application, once, of an event of the agent that holds so many bytes. */
	public void deliver(Runnable event, int bytes) {
		this.role.deliver(event, bytes);
	}

	/** Bytes that this peer holds so that others can go on. */
	public long held() {
		return this.role.held();
	}

	/** Received frames are about to be acknowledged. */
	public void acknowledging(long received) {
		this.role.acknowledging(received);
	}

	/** Whether messages wait until they are durable. */
	public boolean isStrict() {
		return this.role.isStrict();
	}

	/** The present role. */
	SessionRole role() {
		return this.role;
	}

	/** Whether another peer owns the session. */
	public boolean isFollower() {
		return this.role instanceof Follower;
	}

	/** Numbers are about to start anew. */
	public void begin(String log) {
		if (this.role instanceof RecordedOwner owner) {
			owner.runners().begin(log);
		}
	}

	/** Numbers start anew, and nothing is queued any more. */
	public void reset() {
		if (this.role instanceof RecordedOwner owner) {
			owner.runners().reset();
		}
	}

	/** Complete a sink when the session has taken a frame that was queued just now. */
	public void handedOver(QueuedFrame queued, MonoSink<Void> sink) {
		this.role.handedOver(queued, sink);
	}

	/**
	 * In the loop: whether this is a follower that has nothing left to do.
	 * @return {@code true} if it may go away
	 */
	public boolean isDone() {
		return this.role.isDone();
	}

	/**
	 * Go away, as a follower that has nothing left to do.
	 */
	public void retire() {
		ActionException reason = new ActionException(ErrorCode.CANCELLED, "Nothing is left here").foreign();
		this.retirement = reason;
		this.host.end(NORMAL, reason);
	}

	/**
	 * Whether a call failed only because this peer had gone away before: nothing of the
	 * call was sent, and another peer of the session can make it.
	 * @param error the error of the call
	 * @return {@code true} if so
	 */
	public boolean isRetired(Throwable error) {
		return error == this.retirement;
	}

	/** Stop storing: the session ends here. */
	public void close() {
		if (this.role instanceof RecordedOwner owner) {
			owner.deliverAll();
		}
		this.role.close();
		if (this.role instanceof RecordedOwner) {
			this.remoteStreams = null;
			this.role = new SoleOwner(this.host);
		}
	}

	/** End a turn: send frames, and store them and all that comes before them. */
	public void flush() {
		this.role.flush();
	}

}
