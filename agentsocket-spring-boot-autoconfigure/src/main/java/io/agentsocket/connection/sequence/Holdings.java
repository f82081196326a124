package io.agentsocket.connection.sequence;

import java.time.Duration;
import java.util.function.LongPredicate;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;

/**
 * The bytes that a peer holds for its session, and what it may take in beside them: what
 * waits to be sent or acknowledged, unfinished payloads, items that nobody has taken,
 * invocations in both directions with their arguments, results that wait for credit, and
 * what is kept for another owner of the session. An upper bound, as far as it is cheap to
 * know. Confined to the peer's loop.
 */
public final class Holdings {

	/** A queued frame beside its bytes: the frame, its place in the queue, its owner. */
	private static final int FRAME = 64;

	/**
	 * A running invocation beside its arguments: stream, subscriber, timer, and the task
	 * of its tool.
	 */
	private static final int CALL = 1024;

	/** An invocation of this side that waits or is open, beside its arguments. */
	private static final int OWN_CALL = 512;

	/** Metadata are there as they came, and as values. */
	private static final int METADATA = 2;

	/**
	 * An item that waits, beside its bytes: two objects, an array, a place in a queue.
	 */
	private static final int ITEM = 96;

	/** An alias: its name, and its entries in two maps. */
	private static final int ALIAS = 256;

	/** Time in which calls end, and those that hold too much are closed. */
	private static final Duration NO_ROOM = Duration.ofSeconds(2);

	/**
	 * Larger pieces than that are the first for which there is no room in the process.
	 */
	private static final int SMALL = 4 * 1024;

	/** Decides whether a peer may hold more. */
	@FunctionalInterface
	public interface Allowance {

		/**
		 * Whether more may be held.
		 * @param held bytes that are held
		 * @param more bytes that would come
		 */
		boolean allows(long held, int more);

	}

	private final SendQueue sendQueue;

	private final Reassembly reassembly;

	private final Aliases ownAliases;

	private final Aliases theirAliases;

	private final Budget items;

	private final LongPredicate within;

	private final Allowance incoming;

	private final Allowance results;

	/**
	 * Bytes of invocations in both directions, and the overhead of items.
	 */
	private long streams;

	/** Bytes of the invocations of the other side, which are part of the above. */
	private long served;

	private long waitingResults;

	private long kept;

	/**
	 * Create the holdings of a peer.
	 * @param sendQueue frames that wait to be sent or acknowledged
	 * @param reassembly unfinished payloads
	 * @param ownAliases aliases that this side has defined
	 * @param theirAliases aliases that the other side has defined
	 * @param items most bytes of items that nobody has taken
	 * @param within decides whether so many bytes may be held at all
	 * @param incoming decides whether more data of the other side may be held
	 * @param results decides the same about results
	 */
	public Holdings(SendQueue sendQueue, Reassembly reassembly, Aliases ownAliases, Aliases theirAliases, int items,
			LongPredicate within, Allowance incoming, Allowance results) {
		this.sendQueue = sendQueue;
		this.reassembly = reassembly;
		this.ownAliases = ownAliases;
		this.theirAliases = theirAliases;
		this.items = new Budget(items);
		this.within = within;
		this.incoming = incoming;
		this.results = results;
	}

	/**
	 * The error for data that there is no room for.
	 * @param text the kind of the data
	 */
	public static ActionException noRoom(String text) {
		return new ActionException(ErrorCode.RESOURCE_EXHAUSTED, text).retryableAfter(NO_ROOM);
	}

	/** Bytes that are held. */
	public long bytes() {
		return this.sendQueue.queued() + (long) FRAME * this.sendQueue.frames() + this.sendQueue.log().held()
				+ this.reassembly.held() + (long) ALIAS * (this.ownAliases.size() + this.theirAliases.size())
				+ this.items.used() + this.streams + this.waitingResults + this.kept;
	}

	/** Bytes that wait to be sent, or for credit. */
	public long waiting() {
		return this.sendQueue.queued() + this.waitingResults;
	}

	/** Whether more bytes may be taken in. */
	public boolean mayHold(int more) {
		return this.incoming.allows(bytes(), more);
	}

	/** Whether no more is held than this side may hold. */
	public boolean isWithin() {
		return this.within.test(bytes());
	}

	/** Whether a result may be queued; a small one may if this side may hold it. */
	public boolean mayQueue(int result) {
		long held = bytes();
		return (result <= SMALL) ? this.within.test(held + result) : this.results.allows(held, result);
	}

	/**
	 * Whether a piece may be kept until others have come; a small one may if this side
	 * may hold it.
	 */
	public boolean mayKeep(int piece) {
		return (piece <= SMALL) ? this.within.test(bytes() + piece) : mayHold(piece);
	}

	/** Take an item in that waits to be consumed; false when there is no room. */
	public boolean reserve(int item) {
		return mayKeep(item) && this.items.reserve(item);
	}

	/** Bytes of items that nobody has taken. */
	public int items() {
		return this.items.used();
	}

	/** An item was consumed. */
	public void release(int item) {
		this.items.release(item);
	}

	/**
	 * Bytes of an invocation of the other side. Its arguments are there twice: in the
	 * array that they came in, and as the values that the tool got.
	 * @param arguments its arguments
	 * @param metadata bytes of its metadata
	 */
	public static long ofCall(Bytes arguments, int metadata) {
		return CALL + (long) arguments.array().length + arguments.length() + (long) METADATA * metadata;
	}

	/**
	 * Bytes of an invocation of this side.
	 * @param arguments bytes of its arguments
	 */
	public static long ofOwnCall(int arguments) {
		return (long) OWN_CALL + arguments;
	}

	/** Bytes that an item takes that waits, beyond those of its body. */
	public static int beyond(Bytes item) {
		return ITEM + item.array().length - item.length();
	}

	/** Invocations or their items hold more, or with a negative number less. */
	public void ofStreams(long change) {
		this.streams += change;
	}

	/** Bytes of the invocations of the other side. */
	public long served() {
		return this.served;
	}

	/** Invocations of the other side hold more, or with a negative number less. */
	public void ofServed(long change) {
		this.served += change;
	}

	/** A result begins to wait, or with a negative number waits no longer. */
	public void resultWaits(int bytes) {
		this.waitingResults += bytes;
	}

	/** Sets the bytes that are kept so that calls and frames survive this process. */
	public void setKept(long bytes) {
		this.kept = bytes;
	}

}
