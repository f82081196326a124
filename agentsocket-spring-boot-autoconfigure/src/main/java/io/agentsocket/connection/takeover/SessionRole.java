package io.agentsocket.connection.takeover;

import java.util.Set;

import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.connection.stream.CalleeStream;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import reactor.core.publisher.MonoSink;

/**
 * The role of a peer in its session. It decides how a turn ends, when an invocation
 * starts, and which other peers are told. A method that does not concern a role does
 * nothing there. Runs in the peer's loop.
 */
abstract class SessionRole {

	/** Whether nothing of this peer is on its way to the store or to the owner. */
	private volatile boolean settled = true;

	/**
	 * Whether nothing of this peer is on its way to the store or to the owner; from any
	 * thread.
	 */
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

	/**
	 * Ends a turn: sends frames, and stores those and all that has to be stored before
	 * them.
	 */
	abstract void flush();

	/**
	 * Starts an invocation. An invocation that must not run twice starts when it is
	 * recorded.
	 */
	void start(CalleeStream stream, boolean repeatable) {
		stream.recorded();
		stream.start();
	}

	/** Bytes that are held so that others can go on. */
	long held() {
		return 0;
	}

	/**
	 * Tells the application of an event of the agent.
	 * @param event tells it
	 * @param bytes bytes that it holds
	 */
	void deliver(Runnable event, int bytes) {
		event.run();
	}

	/** Completes a sink when the session has taken a frame that was queued just now. */
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

	/** The owner of the session has frames for this peer. */
	void framesFromOwner(String from, Bytes body) {
	}

	/** The owner of the session says which streams run here. */
	void reconcileStreams(Bytes body) {
	}

	/** The owner of the session has taken messages of this peer. */
	void taken(Bytes body) {
	}

	/** Announces an action of this peer through the owner. */
	void announce(Frame.Define frame) {
	}

	/** Asks the owner of the session to end it. */
	void requestEnd() {
	}

	/** Whether there is nothing left to do, and the peer may go away. */
	boolean isDone() {
		return false;
	}

	/** The peer ends. */
	abstract void close();

}
