package io.agentsocket.relay;

import java.util.concurrent.atomic.AtomicInteger;

import reactor.netty.resources.ConnectionProvider.AllocationStrategy;

/**
 * Bounds the connections of a pool, and opens several when the first one is wanted, so
 * that later requests find them open. Thread-safe.
 */
final class OpenAhead implements AllocationStrategy<OpenAhead> {

	private final int least;

	private final int most;

	private final AtomicInteger open = new AtomicInteger();

	/**
	 * Create a strategy.
	 * @param least connections that are opened together
	 * @param most connections at once
	 */
	OpenAhead(int least, int most) {
		this.least = Math.min(least, most);
		this.most = most;
	}

	@Override
	public OpenAhead copy() {
		return new OpenAhead(this.least, this.most);
	}

	@Override
	public int estimatePermitCount() {
		return this.most - this.open.get();
	}

	/** More than are wanted while there are few. */
	@Override
	public int getPermits(int desired) {
		if (desired < 1) {
			return 0;
		}
		int before = this.open.get();
		int granted = granted(before, desired);
		while (!this.open.compareAndSet(before, before + granted)) {
			before = this.open.get();
			granted = granted(before, desired);
		}
		return granted;
	}

	private int granted(int present, int desired) {
		return Math.min(this.most - present, Math.max(desired, this.least - present));
	}

	@Override
	public int permitGranted() {
		return this.open.get();
	}

	/**
	 * None: a pool of HTTP/2 would spread requests over as many connections, where one is
	 * enough.
	 */
	@Override
	public int permitMinimum() {
		return 0;
	}

	@Override
	public int permitMaximum() {
		return this.most;
	}

	@Override
	public void returnPermits(int returned) {
		this.open.addAndGet(-returned);
	}

}
