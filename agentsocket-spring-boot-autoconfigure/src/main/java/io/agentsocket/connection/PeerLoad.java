package io.agentsocket.connection;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * The work of a peer, as of the end of its latest turn. Written in the loop without a
 * fence, since nobody waits for it; read on any thread.
 */
public final class PeerLoad {

	private static final AtomicIntegerFieldUpdater<PeerLoad> SERVED = AtomicIntegerFieldUpdater
		.newUpdater(PeerLoad.class, "served");

	private static final AtomicIntegerFieldUpdater<PeerLoad> INVOKED = AtomicIntegerFieldUpdater
		.newUpdater(PeerLoad.class, "invoked");

	private static final AtomicIntegerFieldUpdater<PeerLoad> UNACKNOWLEDGED = AtomicIntegerFieldUpdater
		.newUpdater(PeerLoad.class, "unacknowledged");

	private static final AtomicLongFieldUpdater<PeerLoad> QUEUED = AtomicLongFieldUpdater.newUpdater(PeerLoad.class,
			"queued");

	private volatile int served;

	private volatile int invoked;

	private volatile int unacknowledged;

	private volatile long queued;

	void set(int callees, int callers, long waiting, int sent) {
		SERVED.lazySet(this, callees);
		INVOKED.lazySet(this, callers);
		QUEUED.lazySet(this, waiting);
		UNACKNOWLEDGED.lazySet(this, sent);
	}

	/**
	 * Actions that run on this side.
	 * @return how many
	 */
	public int served() {
		return this.served;
	}

	/**
	 * Open invocations of the other side.
	 * @return how many
	 */
	public int invoked() {
		return this.invoked;
	}

	/**
	 * Bytes that wait to be sent.
	 * @return how many
	 */
	public long queued() {
		return this.queued;
	}

	/**
	 * Bytes that were sent and not acknowledged: so much of the other side's window is
	 * used.
	 * @return how many
	 */
	public int unacknowledged() {
		return this.unacknowledged;
	}

}
