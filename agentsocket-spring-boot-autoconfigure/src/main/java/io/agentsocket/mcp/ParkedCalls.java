package io.agentsocket.mcp;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.agentsocket.codec.Codec;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * The calls of this pod that have asked something, bounded in number and in time.
 * Thread-safe.
 */
final class ParkedCalls {

	private static final Log logger = PrintableLog.of(ParkedCalls.class);

	/** Bytes of an id that cannot be guessed. */
	private static final int ID = 16;

	private final SecureRandom random = new SecureRandom();

	private final RequestStates states;

	private final Codec codec;

	private final Duration ttl;

	private final Shares places;

	private final Scheduler timer;

	private final Map<Bytes, Place> calls = new ConcurrentHashMap<>();

	private final Map<Bytes, Disposable> timers = new ConcurrentHashMap<>();

	private volatile boolean closed;

	/**
	 * Create a place for calls.
	 * @param states writes and reads the states that clients bring back
	 * @param codec writes questions
	 * @param max calls at a time
	 * @param ttl time within which a client has to come back
	 * @param timer runs tasks after that time
	 */
	ParkedCalls(RequestStates states, Codec codec, int max, Duration ttl, Scheduler timer) {
		this.states = states;
		this.codec = codec;
		this.places = new Shares(max);
		this.ttl = ttl;
		this.timer = timer;
	}

	RequestStates states() {
		return this.states;
	}

	/** How many calls have asked something and have not ended. */
	int size() {
		return this.places.size();
	}

	/** Whether no call is parked any more. */
	boolean isClosed() {
		return this.closed;
	}

	/**
	 * A place for a call; null when all are taken, or those of its caller, or the pod
	 * leaves.
	 */
	@Nullable Place enter(OpenCall call, String tool, McpSession session) {
		if (this.closed || !this.places.enter(session.caller())) {
			return null;
		}
		byte[] id = new byte[ID];
		this.random.nextBytes(id);
		Place place = new Place(call, Bytes.of(id), tool, session);
		this.calls.put(place.id, place);
		return place;
	}

	/** The call with an id; null when it has ended. */
	@Nullable OpenCall find(Bytes id) {
		Place place = this.calls.get(id);
		return (place != null) ? place.call : null;
	}

	/** A call waits for its client, for some time. */
	private void waits(Place place) {
		Disposable end = this.timer.schedule(() -> forget(place), this.ttl.toMillis(), TimeUnit.MILLISECONDS);
		Disposable before = this.timers.put(place.id, end);
		if (before != null) {
			before.dispose();
		}
	}

	private void forget(Place place) {
		if (this.calls.containsKey(place.id)) {
			logger.debug("The client of a parked call did not come back");
			place.call.forget("Its caller did not come back");
		}
	}

	/** The client has come back. */
	private void resumed(Place place) {
		Disposable end = this.timers.remove(place.id);
		if (end != null) {
			end.dispose();
		}
	}

	/** End the calls that no request waits for, and park no others: the pod leaves. */
	void close(String reason) {
		this.closed = true;
		this.calls.values().forEach((place) -> place.call.leave(reason));
	}

	/**
	 * The place of a call among those that wait for answers, from its first question
	 * until a request has taken its result, or its time is over. Confined to the lock of
	 * its call.
	 */
	final class Place {

		private final OpenCall call;

		private final Bytes id;

		private final String tool;

		private final McpSession session;

		/** Number of the latest state. */
		private int sequence;

		/** Whether a request with the latest state may come. */
		private boolean open;

		private Place(OpenCall call, Bytes id, String tool, McpSession session) {
			this.call = call;
			this.id = id;
			this.tool = tool;
			this.session = session;
		}

		/**
		 * The questions and the state that the client brings back, as members of a
		 * result.
		 */
		Bytes questions(Map<String, OpenQuestion> questions) {
			Map<String, Object> requests = new LinkedHashMap<>();
			questions.forEach((key, question) -> requests.put(key, question.form().toRequest()));
			this.sequence++;
			this.open = true;
			waits(this);
			return new JsonBytes(512).raw("\"inputRequests\":")
				.raw(ParkedCalls.this.codec.encodeMap(requests))
				.raw(",\"requestState\":")
				.text(ParkedCalls.this.states.write(this.id, this.sequence, this.tool, this.session.principalName()))
				.bytes();
		}

		/** Takes a state, once. */
		boolean take(int number) {
			if (!this.open || number != this.sequence) {
				return false;
			}
			this.open = false;
			resumed(this);
			return true;
		}

		/** The result was taken. */
		void leave() {
			resumed(this);
			if (ParkedCalls.this.calls.remove(this.id, this)) {
				ParkedCalls.this.places.leave(this.session.caller());
			}
		}

	}

}
