package io.agentsocket.relay;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The memory of a pod, which is full when a test says so.
 */
final class TestMemory implements RelayMemory {

	/** Bytes that are held now. */
	final AtomicInteger held = new AtomicInteger();

	/** Bytes beyond which there is no room. */
	volatile int most = Integer.MAX_VALUE;

	@Override
	public IncomingPush begin() {
		AtomicInteger own = new AtomicInteger();
		return new IncomingPush() {

			@Override
			public boolean take(int bytes) {
				if (bytes > TestMemory.this.most - TestMemory.this.held.get()) {
					return false;
				}
				own.addAndGet(bytes);
				TestMemory.this.held.addAndGet(bytes);
				return true;
			}

			@Override
			public void give(int bytes) {
				own.addAndGet(-bytes);
				TestMemory.this.held.addAndGet(-bytes);
			}

			@Override
			public void close() {
				TestMemory.this.held.addAndGet(-own.getAndSet(0));
			}

		};
	}

}
