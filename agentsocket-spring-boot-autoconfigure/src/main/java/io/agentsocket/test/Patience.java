package io.agentsocket.test;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The waits of the thread of a test, none of which is without an end.
 */
final class Patience {

	/** Short enough that no test becomes slower by it. */
	private static final Duration LOOK = Duration.ofMillis(1);

	private Patience() {
	}

	/**
	 * Wait for something to happen.
	 * @param event completes when it has happened
	 * @param timeout how long to wait
	 * @param failure makes a failure of the reason, which is a noun
	 */
	static <T> @Nullable T await(Mono<T> event, Duration timeout, Function<String, AssertionError> failure) {
		try {
			return event.toFuture().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException ex) {
			Throwable cause = (ex.getCause() != null) ? ex.getCause() : ex;
			AssertionError error = failure.apply(Statement.of(cause));
			error.initCause(cause);
			throw error;
		}
		catch (TimeoutException ex) {
			throw failure.apply(nothing(timeout));
		}
		catch (InterruptedException ex) {
			throw interrupted();
		}
	}

	/** Wait for the next element of a queue; {@code null} when none comes in time. */
	static <T> @Nullable T poll(BlockingQueue<T> queue, Duration timeout) {
		try {
			return queue.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			throw interrupted();
		}
	}

	/**
	 * Look for something again and again that nobody tells of.
	 * @param condition the expected condition
	 * @param timeout how long to look
	 * @return whether it holds in time
	 */
	static boolean until(BooleanSupplier condition, Duration timeout) {
		long begin = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - begin > timeout.toNanos()) {
				return false;
			}
			LockSupport.parkNanos(LOOK.toNanos());
		}
		return true;
	}

	/** A wait that was in vain, as a noun. */
	static String nothing(Duration timeout) {
		return "nothing within " + timeout.toMillis() + " ms";
	}

	private static IllegalStateException interrupted() {
		Thread.currentThread().interrupt();
		return new IllegalStateException("The thread of the test is interrupted");
	}

}
