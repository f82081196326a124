package io.agentsocket.connection.sequence;

/**
 * The bytes that a peer holds for its session, and what it may take in beside them: what
 * waits to be sent or acknowledged, unfinished payloads, items that nobody has taken,
 * arguments of running invocations and results that wait for credit. An upper bound, as
 * far as it is cheap to know. Confined to the peer's loop.
 */
public final class Holdings {

	/** A queued frame beside its bytes: the frame, its place in the queue, its owner. */
	private static final int FRAME = 64;

	/**
	 * A running invocation beside its arguments: stream, subscriber, timer, and the task
	 * of its tool.
	 */
	private static final int CALL = 1024;

	/** Arguments are there twice: as they came, and as the values that the tool got. */
	private static final int ARGUMENTS = 2;

	/** An alias: its name, and its entries in two maps. */
	private static final int ALIAS = 256;

	/** Larger pieces than that are looked at one by one. */
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

	private final Aliases aliases;

	private final Budget items;

	private final Allowance incoming;

	private final Allowance results;

	private long calls;

	private long waitingResults;

	private long kept;

	/**
	 * Create the holdings of a peer.
	 * @param sendQueue what waits to be sent or acknowledged
	 * @param reassembly unfinished payloads
	 * @param aliases aliases that the other side has defined
	 * @param items most bytes of items that nobody has taken
	 * @param incoming decides whether more of what the other side sends may be held
	 * @param results decides the same about results
	 */
	public Holdings(SendQueue sendQueue, Reassembly reassembly, Aliases aliases, int items, Allowance incoming,
			Allowance results) {
		this.sendQueue = sendQueue;
		this.reassembly = reassembly;
		this.aliases = aliases;
		this.items = new Budget(items);
		this.incoming = incoming;
		this.results = results;
	}

	/** Bytes that are held. */
	public long bytes() {
		return this.sendQueue.queued() + (long) FRAME * this.sendQueue.frames() + this.sendQueue.log().bytes()
				+ this.reassembly.held() + (long) ALIAS * this.aliases.size() + this.items.used() + this.calls
				+ this.waitingResults + this.kept;
	}

	/** Whether more bytes may be taken in. */
	public boolean mayHold(int more) {
		return this.incoming.allows(bytes(), more);
	}

	/** Whether a result may be queued; small ones wait for each other anyway. */
	public boolean mayQueue(int result) {
		return result <= SMALL || this.results.allows(bytes(), result);
	}

	/** Take an item in that waits to be consumed; false when there is no room. */
	public boolean reserve(int item) {
		return (item <= SMALL || mayHold(item)) && this.items.reserve(item);
	}

	/** Bytes of items that nobody has taken. */
	public int items() {
		return this.items.used();
	}

	/** An item was consumed. */
	public void release(int item) {
		this.items.release(item);
	}

	/** Bytes that an invocation counts with its arguments. */
	public static long ofCall(int arguments) {
		return CALL + (long) ARGUMENTS * arguments;
	}

	/** An invocation with so many bytes of arguments begins. */
	public void callBegins(int arguments) {
		this.calls += ofCall(arguments);
	}

	/** An invocation with so many bytes of arguments is over. */
	public void callEnds(int arguments) {
		this.calls -= ofCall(arguments);
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
