package io.agentsocket.connection;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of a peer and the ids in use. Implements section 7 of
 * {@code docs/protocol.md}.
 */
final class StreamTable {

	private final Map<Integer, CallerStream<?>> callers = new HashMap<>(8);

	private final Map<Integer, CalleeStream> callees = new HashMap<>(8);

	/** Ids opened by PART whose INVOKE has not arrived; false once refused. */
	private final Map<Integer, Boolean> opening = new HashMap<>(2);

	private final ArrayDeque<CallerStream<?>> waiting = new ArrayDeque<>(2);

	private final int remoteParity;

	private final int maxCallees;

	private int nextId;

	private int lastRemoteId;

	StreamTable(Role role, int maxCallees) {
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
		if (stream == null) {
			boolean known = isRemote(id) ? id <= this.lastRemoteId : id < this.nextId;
			if (!known) {
				throw new ProtocolException(CloseCode.PROTOCOL, "A frame for a stream that was never opened");
			}
		}
		return stream;
	}

	@Nullable CalleeStream callee(int id) {
		return this.callees.get(id);
	}

	@Nullable CallerStream<?> caller(int id) {
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
	}

	boolean isNewRemote(int id) {
		return id > this.lastRemoteId;
	}

	/** Whether an id was opened by PART and its INVOKE is still to come. */
	boolean isOpening(int id) {
		return this.opening.containsKey(id);
	}

	boolean isRefused(int id) {
		return Boolean.FALSE.equals(this.opening.get(id));
	}

	void opening(int id) {
		if (isFull()) {
			throw new ProtocolException(CloseCode.PROTOCOL, "More than " + this.maxCallees + " open streams");
		}
		this.opening.put(id, Boolean.TRUE);
	}

	void refuse(int id) {
		this.opening.put(id, Boolean.FALSE);
	}

	void opened(int id) {
		this.opening.remove(id);
	}

	void add(CalleeStream stream) {
		this.callees.put(stream.id(), stream);
	}

	void remove(CalleeStream stream) {
		this.callees.remove(stream.id());
	}

	/** Give a stream of this side its id. */
	int add(CallerStream<?> stream) {
		int id = this.nextId;
		if (id < 0) {
			throw new ProtocolException(CloseCode.SESSION_ENDED, "The stream ids are used up");
		}
		this.nextId += 2;
		this.callers.put(id, stream);
		return id;
	}

	void remove(CallerStream<?> stream) {
		this.callers.remove(stream.id());
	}

	ArrayDeque<CallerStream<?>> waiting() {
		return this.waiting;
	}

	/** All streams, for the end of the session. */
	List<Stream> all() {
		List<Stream> streams = new ArrayList<>(this.callers.values());
		streams.addAll(this.waiting);
		streams.addAll(this.callees.values());
		return streams;
	}

	/** Start anew; what waits was not invoked yet and stays. */
	void clear() {
		this.callers.clear();
		this.callees.clear();
		this.opening.clear();
		this.nextId = (this.remoteParity == 1) ? 2 : 1;
		this.lastRemoteId = 0;
	}

}
