package io.agentsocket.lambda;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * Lets one thread take the items of a publisher, one by one: Lambda runs one invocation
 * at a time, on a thread that is there for it. Nothing is asked for before it is taken,
 * so that an agent that reads slowly stops the action.
 *
 * @param <T> type of a piece
 */
final class Pieces<T> extends BaseSubscriber<T> {

	private final long deadline;

	private final BlockingQueue<Signal<T>> signals = new LinkedBlockingQueue<>();

	/**
	 * Create a subscriber.
	 * @param deadline when the last piece has to be there, in milliseconds since 1970
	 */
	Pieces(long deadline) {
		this.deadline = deadline;
	}

	@Override
	protected void hookOnSubscribe(Subscription subscription) {
		// Asked for one by one.
	}

	@Override
	protected void hookOnNext(T value) {
		this.signals.add(new Signal<>(value, null));
	}

	@Override
	protected void hookOnComplete() {
		this.signals.add(new Signal<>(null, null));
	}

	@Override
	protected void hookOnError(Throwable error) {
		this.signals.add(new Signal<>(null, error));
	}

	/**
	 * Wait for the next piece.
	 * @return the piece, or {@code null} after the last one
	 * @throws TimeoutException when it is not there at the deadline
	 * @throws FailedAnswerException when there is an error in place of a piece
	 */
	@Nullable T next() throws TimeoutException, FailedAnswerException {
		request(1);
		Signal<T> signal;
		try {
			signal = this.signals.poll(this.deadline - System.currentTimeMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new FailedAnswerException(ex);
		}
		if (signal == null) {
			throw new TimeoutException("There is no more time for this invocation");
		}
		if (signal.error() != null) {
			throw new FailedAnswerException(signal.error());
		}
		return signal.value();
	}

	private record Signal<T>(@Nullable T value, @Nullable Throwable error) {
	}

}
