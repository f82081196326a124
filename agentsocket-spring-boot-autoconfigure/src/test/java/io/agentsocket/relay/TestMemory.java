package io.agentsocket.relay;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

import io.agentsocket.relay.answer.IncomingPush;
import io.agentsocket.relay.answer.RelayMemory;

/**
 * The memory of a pod, which is full when a test says so.
 */
final class TestMemory implements RelayMemory {

	/** Bytes that are held now. */
	final AtomicInteger held = new AtomicInteger();

	/** Bytes beyond which there is no room for pushes. */
	volatile int most = Integer.MAX_VALUE;

	/** Bytes beyond which there is no room for answers. */
	volatile int mostOfAnswers = Integer.MAX_VALUE;

	@Override
	public IncomingPush begin() {
		return begin(() -> this.most);
	}

	@Override
	public IncomingPush beginAnswer() {
		return begin(() -> this.mostOfAnswers);
	}

	private IncomingPush begin(IntSupplier bound) {
		AtomicInteger own = new AtomicInteger();
		return new IncomingPush() {

			@Override
			public boolean take(int bytes) {
				if (bytes > bound.getAsInt() - TestMemory.this.held.get()) {
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
