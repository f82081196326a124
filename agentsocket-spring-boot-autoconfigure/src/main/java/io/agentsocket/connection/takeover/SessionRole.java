package io.agentsocket.connection.takeover;

import java.util.Set;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import reactor.core.publisher.MonoSink;

/**
 * The part that a peer has in its session: how a turn ends, when an invocation starts,
 * and who is told of what. A method that does not concern a role does nothing there. Runs
 * in the peer's loop.
 */
abstract class SessionRole {

	/** Whether all that happened here is known to those who need to know. */
	private volatile boolean settled = true;

	/** From any thread. */
	final boolean isSettled() {
		return this.settled;
	}

	final void settled(boolean present) {
		this.settled = present;
	}

	/** Names of the peers at which streams run; from any thread. */
	Set<String> runnerNames() {
		return Set.of();
	}

	/** The end of a turn: send, and store what was sent or what must come first. */
	abstract void flush();

	/** Start an invocation, if it must not run twice then after that was recorded. */
	void start(CalleeStream stream, boolean repeatable) {
		stream.recorded();
		stream.start();
	}

	/** Tell when the session has taken a frame that was queued just now. */
	void handedOver(QueuedFrame queued, MonoSink<Void> sink) {
		sink.success();
	}

	/** Received frames are about to be acknowledged. */
	void acknowledging(long received) {
	}

	/** Whether messages wait until they are durable. */
	boolean isStrict() {
		return false;
	}

	/** The session has another owner. */
	void moved(long epoch) {
	}

	/** The owner of the session has something for this peer. */
	void framesFromOwner(String from, Bytes body) {
	}

	/** The owner of the session says which streams run here. */
	void reconcileStreams(Bytes body) {
	}

	/** The owner of the session has taken messages of this peer. */
	void taken(Bytes body) {
	}

	/** Announce an action of this peer, or ask for the end, through the owner. */
	void announce(Frame.Define frame) {
	}

	/** Ask the owner of the session to end it. */
	void requestEnd() {
	}

	/** Whether there is nothing left to do, and the peer may go away. */
	boolean isDone() {
		return false;
	}

	/** The peer ends. */
	abstract void close();

}
