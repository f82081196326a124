package io.agentsocket.server.bounds;

import java.util.Collections;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;

import io.agentsocket.protocol.CloseCode;

/**
 * Counts connections that got no session, by the status of the upgrade or by the code
 * with which they were closed before WELCOME. Thread-safe.
 */
public final class RefusedHandshakes {

	/**
	 * The statuses with which an upgrade is refused, and the codes of WebSocket for
	 * frames that it does not allow.
	 */
	private static final int[] OF_WEBSOCKET = { 400, 403, 405, 426, 429, 503, 1002, 1007, 1009 };

	private final Map<Integer, LongAdder> counts = new TreeMap<>();

	RefusedHandshakes() {
		for (int status : OF_WEBSOCKET) {
			this.counts.put(status, new LongAdder());
		}
		for (CloseCode code : CloseCode.values()) {
			this.counts.put(code.code(), new LongAdder());
		}
	}

	/**
	 * A connection got no session.
	 * @param code a status or a close code
	 */
	public void count(int code) {
		LongAdder count = this.counts.get(code);
		if (count != null) {
			count.increment();
		}
	}

	/**
	 * The codes that are counted.
	 * @return statuses and close codes
	 */
	public SortedSet<Integer> codes() {
		return Collections.unmodifiableSortedSet(new TreeSet<>(this.counts.keySet()));
	}

	/**
	 * How many connections got no session for a reason.
	 * @param code a status or a close code
	 * @return the number since the start
	 */
	public long total(int code) {
		LongAdder count = this.counts.get(code);
		return (count != null) ? count.sum() : 0;
	}

}
