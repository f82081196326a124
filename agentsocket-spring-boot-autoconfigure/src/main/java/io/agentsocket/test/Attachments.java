package io.agentsocket.test;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;

/**
 * Counts the connections that the session of an agent has had, for the thread of a test
 * to wait for the next one. Thread-safe.
 */
final class Attachments implements AgentSessionListener {

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private int attached;

	private int detached;

	/** How the latest connection has got its session, as a noun. */
	private String latest = "no connection";

	private boolean resumed;

	@Override
	public void opened(AgentSession session, OpenReason reason) {
		latest(false, "a new session");
	}

	@Override
	public void resumed(AgentSession session, ResumePlace place) {
		latest(true, "a resumed session");
	}

	@Override
	public void reset(AgentSession session, ResetReason reason) {
		latest(false, "a session that was reset, " + reason);
	}

	private void latest(boolean isResumed, String what) {
		this.lock.lock();
		try {
			this.resumed = isResumed;
			this.latest = what;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void attached(AgentSession session) {
		this.lock.lock();
		try {
			this.attached++;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void detached(AgentSession session, DetachReason reason, int closeCode) {
		this.lock.lock();
		try {
			this.detached++;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The number of connections so far. */
	int attached() {
		this.lock.lock();
		try {
			return this.attached;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Wait for a further connection.
	 * @param before the number of connections before it
	 * @return whether there is one in time
	 */
	boolean awaitAttached(int before, Duration timeout) {
		return await(timeout, () -> this.attached > before);
	}

	/** Wait until the connection is gone, and tell whether it is. */
	boolean awaitDetached(Duration timeout) {
		return await(timeout, () -> this.detached >= this.attached);
	}

	/** Whether nothing was lost when the latest connection was made. */
	boolean isResumed() {
		this.lock.lock();
		try {
			return this.resumed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** How the latest connection has got its session, as a noun. */
	String latest() {
		this.lock.lock();
		try {
			return this.latest;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean await(Duration timeout, BooleanSupplier condition) {
		long left = timeout.toNanos();
		this.lock.lock();
		try {
			while (!condition.getAsBoolean()) {
				if (left <= 0) {
					return false;
				}
				left = this.changed.awaitNanos(left);
			}
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("The thread of the test is interrupted", ex);
		}
		finally {
			this.lock.unlock();
		}
	}

}
