package io.agentsocket.connection.stream;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.agentsocket.connection.sequence.Reassembly;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Opens the calls of this side as there is a connection, a free stream and room in the
 * send queue, and lets producers go on that have waited for room. Runs in the peer's
 * loop.
 */
public final class OpenCalls {

	/**
	 * Calls that may wait: each takes some hundred bytes and its arguments, so all take
	 * some tens of MiB.
	 */
	private static final int MAX_WAITING = 65_536;

	private final StreamTable streams;

	private final SendQueue sendQueue;

	private final Reassembly reassembly;

	private final StreamRecorder recorder;

	private final StreamHost host;

	private Set<Stream> awaitingRoom = Collections.emptySet();

	/** Calls whose fate after a reset the other side decides. */
	private Set<OutgoingCall> undecided = Set.of();

	private @Nullable ActionException unavailable;

	private boolean suspended;

	/**
	 * Create the calls of a peer, of which there are none yet.
	 * @param streams the open streams
	 * @param sendQueue the send queue
	 * @param reassembly payloads that arrive in parts
	 * @param recorder told when a call is over
	 * @param host the peer
	 */
	public OpenCalls(StreamTable streams, SendQueue sendQueue, Reassembly reassembly, StreamRecorder recorder,
			StreamHost host) {
		this.streams = streams;
		this.sendQueue = sendQueue;
		this.reassembly = reassembly;
		this.recorder = recorder;
		this.host = host;
	}

	/** Opens a call now, lets it wait for its turn, or fails it. */
	void open(OutgoingCall call) {
		ActionException ended = this.host.ended();
		if (ended != null) {
			call.abandon(ended);
		}
		else if (this.unavailable != null && !this.host.isReachable()) {
			call.abandon(this.unavailable);
		}
		else if (isRefusedByAll()) {
			call.abandon(noStreams());
		}
		else if (canOpen()) {
			openNow(call);
		}
		else if (this.streams.waiting().size() < MAX_WAITING) {
			call.beginWaiting();
			this.streams.waiting().add(call);
			this.host.callWaits();
		}
		else {
			call.abandon(new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many invocations wait").retryable());
		}
	}

	/** Lets calls wait ahead of those that wait already. */
	void openAgain(List<OutgoingCall> calls) {
		ActionException ended = this.host.ended();
		if (ended != null) {
			calls.forEach((call) -> call.abandon(ended));
			return;
		}
		for (int i = calls.size() - 1; i >= 0; i--) {
			calls.get(i).beginWaiting();
			this.streams.waiting().addFirst(calls.get(i));
		}
		if (!calls.isEmpty()) {
			this.host.callWaits();
		}
	}

	private void openNow(OutgoingCall call) {
		if (this.streams.isExhausted()) {
			call.abandon(new ActionException(ErrorCode.UNAVAILABLE, "The session has used up its stream ids"));
			this.host.idsUsedUp();
		}
		else {
			call.open(this.streams.take());
		}
	}

	/** The open call of a stream id; null when there is none. */
	@Nullable OutgoingCall find(int streamId) {
		return (this.streams.caller(streamId) instanceof OutgoingCall call) ? call : null;
	}

	/** A call has got its stream id. */
	void opened(OutgoingCall call) {
		this.streams.add(call);
	}

	/** Whether the other side has said that it takes no call at all. */
	private boolean isRefusedByAll() {
		return this.host.isReachable() && this.sendQueue.remote().streams() == 0;
	}

	private static ActionException noStreams() {
		return new ActionException(ErrorCode.NOT_FOUND, "The other side takes no invocations");
	}

	private boolean canOpen() {
		return this.host.isReachable() && !this.suspended && this.streams.callers() < this.sendQueue.remote().streams()
				&& !this.sendQueue.isFull();
	}

	/**
	 * Opens waiting calls as far as there is room.
	 * @return whether a call was opened
	 */
	public boolean openWaiting() {
		boolean opened = false;
		while (this.streams.hasWaiting() && isRefusedByAll()) {
			this.streams.waiting().removeFirst().abandon(noStreams());
		}
		while (this.streams.hasWaiting() && canOpen()) {
			openNow(this.streams.waiting().removeFirst());
			opened = true;
		}
		return opened;
	}

	/**
	 * Resumes paused producers and opens waiting calls.
	 * @return whether that queued anything
	 */
	public boolean goOn() {
		return resumeProducers() | openWaiting();
	}

	private boolean resumeProducers() {
		if (this.awaitingRoom.isEmpty() || !this.sendQueue.isLow()) {
			return false;
		}
		Set<Stream> waiting = this.awaitingRoom;
		this.awaitingRoom = Collections.emptySet();
		waiting.forEach(Stream::resume);
		return !this.sendQueue.isEmpty();
	}

	/** The producer of a stream goes on when there is room in the send queue. */
	void awaitRoom(Stream stream) {
		if (this.awaitingRoom.isEmpty()) {
			this.awaitingRoom = new LinkedHashSet<>();
		}
		this.awaitingRoom.add(stream);
	}

	/** How many producers wait for room in the send queue. */
	public int pausedProducers() {
		return this.awaitingRoom.size();
	}

	/** A call is over, or becomes one that was not opened. */
	void callerClosed(OutgoingCall call) {
		if (call.id() != 0) {
			this.streams.remove(call);
			this.recorder.closed(call.id());
			closed(call);
		}
		else if (!decided(call)) {
			this.streams.waiting().remove(call);
		}
	}

	/** An invocation that ran here is over. */
	void calleeClosed(Stream stream) {
		this.streams.remove(stream);
		closed(stream);
	}

	private void closed(Stream stream) {
		this.reassembly.discard(stream.id());
		if (!this.awaitingRoom.isEmpty()) {
			this.awaitingRoom.remove(stream);
		}
	}

	Set<OutgoingCall> undecided() {
		return this.undecided;
	}

	void setUndecided(Set<OutgoingCall> calls) {
		this.undecided = calls;
	}

	/** The fate of a call is decided, or it is over; false when it was decided before. */
	boolean decided(OutgoingCall call) {
		return !this.undecided.isEmpty() && this.undecided.remove(call);
	}

	/**
	 * Let all calls wait, or no longer: calls that are made during a reset wait for the
	 * new numbers.
	 * @param suspended whether none is opened
	 */
	public void suspend(boolean suspended) {
		this.suspended = suspended;
	}

	/**
	 * There will be no connection: calls that come fail at once.
	 * @param reason their error, or {@code null} to let them wait again
	 */
	public void unavailable(@Nullable ActionException reason) {
		this.unavailable = reason;
	}

	/**
	 * Ends all open streams. The actions that run here end first: what they have asked
	 * the other side is not answered then, and none of them takes that for an answer.
	 */
	public void abandonOpen(ActionException reason) {
		this.streams.open().forEach((stream) -> stream.abandon(reason));
	}

	/** Fails all calls that wait for their turn. */
	public void abandonWaiting(ActionException reason) {
		if (this.streams.hasWaiting()) {
			List.copyOf(this.streams.waiting()).forEach((call) -> call.abandon(reason));
		}
	}

	/**
	 * Fails the calls that have waited for their turn for too long.
	 * @param since time, by {@link System#nanoTime()}, from which on it counts that they
	 * wait
	 * @param longest nanoseconds that they may wait
	 * @param reason their error
	 * @return nanoseconds until the next one has waited for too long,
	 * {@link Long#MAX_VALUE} when none waits
	 */
	public long abandonOverdue(long since, long longest, ActionException reason) {
		long next = Long.MAX_VALUE;
		long now = System.nanoTime();
		List<OutgoingCall> waiting = this.streams.hasWaiting() ? List.copyOf(this.streams.waiting()) : List.of();
		for (OutgoingCall call : waiting) {
			long left = longest - Math.min(now - call.waitingSince(), now - since);
			if (left <= 0) {
				call.abandon(reason);
			}
			else {
				next = Math.min(next, left);
			}
		}
		return next;
	}

	/** Forgets the producers that wait for room: nothing is queued any more. */
	public void clear() {
		this.awaitingRoom = Collections.emptySet();
	}

}
