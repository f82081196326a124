package io.agentsocket.connection;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of a peer and the ids in use. Implements section 9.1 of
 * {@code docs/protocol.md}.
 */
final class StreamTable {

	private final StreamMap callers = new StreamMap();

	private final StreamMap callees = new StreamMap();

	/** Ids opened by PART whose INVOKE has not arrived; false once refused. */
	private Map<Integer, Boolean> opening = Collections.emptyMap();

	private @Nullable ArrayDeque<CallerStream<?>> waiting;

	private final Ledger ledger;

	private final int remoteParity;

	private final int maxCallees;

	private int refused;

	/** Next id of this side, negative when they are used up. */
	private int nextId;

	private int lastRemoteId;

	StreamTable(Role role, int maxCallees, Ledger ledger) {
		this.ledger = ledger;
		this.remoteParity = (role == Role.SERVER) ? 1 : 0;
		this.maxCallees = maxCallees;
		clear();
	}

	boolean isRemote(int id) {
		return (id & 1) == this.remoteParity;
	}

	/** The open stream with an id; null when it is closed. */
	@Nullable Stream find(int id) {
		Stream stream = isRemote(id) ? this.callees.get(id) : this.callers.get(id);
		boolean known = isRemote(id) ? id <= this.lastRemoteId : Integer.compareUnsigned(id, this.nextId) < 0;
		if (!known || (stream instanceof CallerStream<?> && !stream.hasSentFrames())) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A frame for a stream that was never opened");
		}
		return stream;
	}

	/** Whether a stream with an id is open. */
	boolean isOpen(int id) {
		return (isRemote(id) ? this.callees : this.callers).get(id) != null;
	}

	@Nullable Stream caller(int id) {
		return this.callers.get(id);
	}

	int callers() {
		return this.callers.size();
	}

	int callees() {
		return this.callees.size();
	}

	/** Whether the other side has as many open streams as it may. */
	boolean isFull() {
		return this.callees.size() + this.opening.size() >= this.maxCallees;
	}

	/** The first frame of a stream of the other side. */
	void openRemote(int id) {
		if (!isRemote(id)) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A stream is opened with an id of the other side's parity");
		}
		if (id <= this.lastRemoteId) {
			throw new ProtocolException(CloseCode.PROTOCOL, "A stream id is used again");
		}
		this.lastRemoteId = id;
		this.ledger.ids(this.nextId, id);
	}

	/** A stream that was opened at the owner of the session runs here. */
	void served(int id) {
		this.lastRemoteId = Math.max(this.lastRemoteId, id);
	}

	boolean isNewRemote(int id) {
		return id > this.lastRemoteId;
	}

	/** Whether an id was opened by PART and its INVOKE is still to come. */
	boolean isOpening(int id) {
		// Asked for each item, and nearly always empty.
		return !this.opening.isEmpty() && this.opening.containsKey(id);
	}

	boolean isRefused(int id) {
		return Boolean.FALSE.equals(this.opening.get(id));
	}

	/** An id was opened by PART. */
	void opening(int id) {
		put(id, true);
		this.ledger.partly(id);
	}

	private void put(int id, boolean accepted) {
		if (this.opening.isEmpty()) {
			this.opening = new HashMap<>();
		}
		this.opening.put(id, accepted);
	}

	/** Ignore what comes for an id until its INVOKE or ERROR. */
	void refuse(int id) {
		if (this.refused >= this.maxCallees) {
			throw new ProtocolException(CloseCode.TOO_LARGE, "More than " + this.maxCallees + " refused streams");
		}
		this.refused++;
		put(id, false);
		this.ledger.partly(id);
	}

	/** INVOKE or ERROR has come for an id that was opened by PART. */
	void opened(int id) {
		this.ledger.whole(id);
		if (Boolean.FALSE.equals(this.opening.remove(id))) {
			this.refused--;
		}
	}

	/** Add a stream that has its id. */
	void add(Stream stream) {
		(isRemote(stream.id()) ? this.callees : this.callers).put(stream.id(), stream);
	}

	void remove(Stream stream) {
		(isRemote(stream.id()) ? this.callees : this.callers).remove(stream.id(), stream);
	}

	/** Forget the ids whose INVOKE has not arrived, and tell them. */
	Set<Integer> forgetOpening() {
		Set<Integer> forgotten = Set.copyOf(this.opening.keySet());
		this.opening = Collections.emptyMap();
		this.refused = 0;
		return forgotten;
	}

	/** Whether this side has no further ids. */
	boolean isExhausted() {
		return this.nextId < 0;
	}

	/** The next id for a stream of this side. */
	int take() {
		int id = this.nextId;
		this.nextId += 2;
		this.ledger.ids(this.nextId, this.lastRemoteId);
		return id;
	}

	/** Go on where another owner has stopped. */
	void restore(int next, int lastRemote) {
		this.nextId = next;
		this.lastRemoteId = lastRemote;
	}

	/** Invocations that have no id yet, in their order. */
	ArrayDeque<CallerStream<?>> waiting() {
		ArrayDeque<CallerStream<?>> present = (this.waiting != null) ? this.waiting : new ArrayDeque<>();
		this.waiting = present;
		return present;
	}

	boolean hasWaiting() {
		return this.waiting != null && !this.waiting.isEmpty();
	}

	/** All streams that have an id. */
	List<Stream> open() {
		List<Stream> streams = new ArrayList<>(this.callers.size() + this.callees.size());
		this.callers.addTo(streams);
		this.callees.addTo(streams);
		return streams;
	}

	/** Whether there is none, not even one that waits or is about to be opened. */
	boolean isEmpty() {
		return this.callers.isEmpty() && this.callees.isEmpty() && this.opening.isEmpty() && !hasWaiting();
	}

	/** Start anew; what waits was not invoked yet and stays. */
	void clear() {
		this.callers.clear();
		this.callees.clear();
		this.opening = Collections.emptyMap();
		this.refused = 0;
		this.nextId = (this.remoteParity == 1) ? 2 : 1;
		this.lastRemoteId = 0;
	}

}
