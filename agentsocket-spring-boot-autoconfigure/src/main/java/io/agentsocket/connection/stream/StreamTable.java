package io.agentsocket.connection.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of a peer and the ids in use. Implements section 9.1 of
 * {@code docs/protocol.md}.
 */
public final class StreamTable {

	private final IntStreamMap callers = new IntStreamMap();

	private final IntStreamMap callees = new IntStreamMap();

	/** Ids opened by PART whose INVOKE has not arrived; false once refused. */
	private Map<Integer, Boolean> opening = Collections.emptyMap();

	private @Nullable ArrayDeque<OutgoingCall> waiting;

	private final StreamRecorder recorder;

	private final int remoteParity;

	private final int maxCallees;

	private int refused;

	/** Next id of this side, negative when they are used up. */
	private int nextId;

	private int lastRemoteId;

	/**
	 * Create an empty table.
	 * @param server whether this side has accepted the socket: its ids are even
	 * @param maxCallees how many streams the other side may have open
	 * @param recorder records streams for another owner
	 */
	public StreamTable(boolean server, int maxCallees, StreamRecorder recorder) {
		this.recorder = recorder;
		this.remoteParity = server ? 1 : 0;
		this.maxCallees = maxCallees;
		clear();
	}

	/** Whether an id is one of the other side. */
	public boolean isRemote(int id) {
		return (id & 1) == this.remoteParity;
	}

	/** The open stream with an id; null when it is closed. */
	public @Nullable Stream find(int id) {
		Stream stream = isRemote(id) ? this.callees.get(id) : this.callers.get(id);
		boolean known = isRemote(id) ? id <= this.lastRemoteId : Integer.compareUnsigned(id, this.nextId) < 0;
		if (!known || (stream instanceof OutgoingCall && !stream.hasSentFrames())) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A frame for a stream that was never opened");
		}
		return stream;
	}

	/** Whether a stream with an id is open. */
	public boolean isOpen(int id) {
		return (isRemote(id) ? this.callees : this.callers).get(id) != null;
	}

	/** The open call of this side with an id; null when there is none. */
	public @Nullable Stream caller(int id) {
		return this.callers.get(id);
	}

	/** How many calls of this side are open. */
	public int callers() {
		return this.callers.size();
	}

	/** How many calls of the other side are open. */
	public int callees() {
		return this.callees.size();
	}

	/** Whether the other side has as many open streams as it may. */
	public boolean isFull() {
		return this.callees.size() + this.opening.size() >= this.maxCallees;
	}

	/** The first frame of a stream of the other side. */
	public void openRemote(int id) {
		if (!isRemote(id)) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A stream is opened with an id of the other side's parity");
		}
		if (id <= this.lastRemoteId) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A stream id is used again");
		}
		this.lastRemoteId = id;
		this.recorder.ids(this.nextId, id);
	}

	/** A stream that was opened at the owner of the session runs here. */
	public void served(int id) {
		this.lastRemoteId = Math.max(this.lastRemoteId, id);
	}

	/** Whether an id of the other side was not used before. */
	public boolean isNewRemote(int id) {
		return id > this.lastRemoteId;
	}

	/** Whether an id was opened by PART and its INVOKE is still to come. */
	public boolean isOpening(int id) {
		// Asked for each item, and nearly always empty.
		return !this.opening.isEmpty() && this.opening.containsKey(id);
	}

	/** Whether frames of an id are ignored until its INVOKE or ERROR. */
	public boolean isRefused(int id) {
		return Boolean.FALSE.equals(this.opening.get(id));
	}

	/** An id was opened by PART. */
	public void opening(int id) {
		put(id, true);
		this.recorder.recordPartial(id);
	}

	private void put(int id, boolean accepted) {
		if (this.opening.isEmpty()) {
			this.opening = new HashMap<>();
		}
		this.opening.put(id, accepted);
	}

	/** Ignores the frames of an id until its INVOKE or ERROR. */
	public void refuse(int id) {
		if (this.refused >= this.maxCallees) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "More than " + this.maxCallees + " refused streams");
		}
		this.refused++;
		put(id, false);
		this.recorder.recordPartial(id);
	}

	/** INVOKE or ERROR has come for an id that was opened by PART. */
	public void opened(int id) {
		this.recorder.recordComplete(id);
		if (Boolean.FALSE.equals(this.opening.remove(id))) {
			this.refused--;
		}
	}

	/** Add a stream that has its id. */
	public void add(Stream stream) {
		(isRemote(stream.id()) ? this.callees : this.callers).put(stream.id(), stream);
	}

	/** Removes a stream, unless its id belongs to another one by now. */
	public void remove(Stream stream) {
		(isRemote(stream.id()) ? this.callees : this.callers).remove(stream.id(), stream);
	}

	/** Forgets the ids whose INVOKE has not arrived, and returns them. */
	public Set<Integer> forgetOpening() {
		Set<Integer> forgotten = Set.copyOf(this.opening.keySet());
		this.opening = Collections.emptyMap();
		this.refused = 0;
		return forgotten;
	}

	/** Whether this side has no further ids. */
	public boolean isExhausted() {
		return this.nextId < 0;
	}

	/** The next id for a stream of this side, negative when they are used up. */
	public int nextId() {
		return this.nextId;
	}

	/** How many ids were opened by PART and wait for their INVOKE. */
	public int halfOpened() {
		return this.opening.size();
	}

	/** Use up the next id for a stream of this side. */
	public int take() {
		int id = this.nextId;
		this.nextId += 2;
		this.recorder.ids(this.nextId, this.lastRemoteId);
		return id;
	}

	/** Goes on with the ids of the owner before. */
	public void restore(int next, int lastRemote) {
		this.nextId = next;
		this.lastRemoteId = lastRemote;
	}

	/** Invocations that have no id yet, in their order. */
	public ArrayDeque<OutgoingCall> waiting() {
		ArrayDeque<OutgoingCall> present = (this.waiting != null) ? this.waiting : new ArrayDeque<>();
		this.waiting = present;
		return present;
	}

	/** Whether invocations wait for an id. */
	public boolean hasWaiting() {
		return this.waiting != null && !this.waiting.isEmpty();
	}

	/**
	 * All streams that have an id. On another thread than the loop's these are the ones
	 * of some moment before. The actions that run here come first: what they have asked
	 * the other side fails for nobody when all of them end.
	 */
	public List<Stream> open() {
		List<Stream> streams = new ArrayList<>(this.callers.size() + this.callees.size());
		this.callees.addTo(streams);
		this.callers.addTo(streams);
		return streams;
	}

	/** Whether there is no stream, not even one that waits or is about to be opened. */
	public boolean isEmpty() {
		return this.callers.isEmpty() && this.callees.isEmpty() && this.opening.isEmpty() && !hasWaiting();
	}

	/** Starts anew. Calls that wait stay: they were not invoked yet. */
	public void clear() {
		this.callers.clear();
		this.callees.clear();
		this.opening = Collections.emptyMap();
		this.refused = 0;
		this.nextId = (this.remoteParity == 1) ? 2 : 1;
		this.lastRemoteId = 0;
	}

}
