package io.agentsocket;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Signal;

import static org.assertj.core.api.Assertions.fail;

/**
 * Waits for what happens soon on a machine that has time, and late on one that has none.
 * The only place of the tests that looks again and again; a test that has an event (a
 * signal, a queue, a latch) waits for that.
 */
public final class Await {

	/** Nothing takes that long, however busy the machine is. */
	public static final Duration LONG = Duration.ofSeconds(60);

	/** Most of what a test waits for comes at once. */
	private static final long FIRST_LOOK = Duration.ofNanos(200_000).toNanos();

	/** Longer pauses save nothing. */
	private static final long LAST_LOOK = Duration.ofMillis(5).toNanos();

	private Await() {
	}

	/**
	 * Wait until a condition holds.
	 * @param condition looked at again and again
	 */
	public static void until(BooleanSupplier condition) {
		until("what the test waits for", condition);
	}

	/**
	 * Wait until a condition holds.
	 * @param expected said when it does not hold after {@link #LONG}
	 * @param condition looked at again and again
	 */
	public static void until(String expected, BooleanSupplier condition) {
		long end = System.nanoTime() + LONG.toNanos();
		long pause = FIRST_LOOK;
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - end > 0) {
				fail("Not within " + LONG.toSeconds() + " s: " + expected);
			}
			pause = pause(pause);
		}
	}

	/**
	 * Wait until assertions hold.
	 * @param assertions tried again and again; one that cannot be tried yet, as what it
	 * asks for is not there, does not hold
	 */
	public static void untilAsserted(Runnable assertions) {
		long end = System.nanoTime() + LONG.toNanos();
		long pause = FIRST_LOOK;
		while (true) {
			try {
				assertions.run();
				return;
			}
			catch (AssertionError | RuntimeException ex) {
				if (System.nanoTime() - end > 0) {
					throw ex;
				}
				pause = pause(pause);
			}
		}
	}

	/** Pause, and tell how long the next pause is. */
	private static long pause(long nanos) {
		LockSupport.parkNanos(nanos);
		return Math.min(2 * nanos, LAST_LOOK);
	}

	/**
	 * Wait until a latch is open.
	 * @param latch opened by what the test waits for
	 */
	public static void until(CountDownLatch latch) {
		until(() -> "the latch is open", latch);
	}

	private static void until(Supplier<String> expected, CountDownLatch latch) {
		try {
			if (!latch.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
				fail("Not within " + LONG.toSeconds() + " s: " + expected.get());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Wait until a publisher completes without a value.
	 * @param work subscribed to here
	 */
	public static void end(Publisher<?> work) {
		for (Signal<?> signal : signals(work)) {
			if (!signal.isOnComplete()) {
				throw new AssertionError("Expected completion, not " + signal, signal.getThrowable());
			}
		}
	}

	/**
	 * Wait until a publisher has ended. {@code StepVerifier} keeps a core busy while it
	 * waits for the next signal, so it gets the signals once all are there.
	 * @param <T> type of the values
	 * @param work subscribed to here, without a limit of values
	 * @return the values and the end of the publisher, at once
	 */
	public static <T> Flux<T> ended(Publisher<T> work) {
		return Flux.fromIterable(signals(work)).dematerialize();
	}

	private static <T> List<Signal<T>> signals(Publisher<T> work) {
		List<Signal<T>> signals = Collections.synchronizedList(new ArrayList<>());
		CountDownLatch end = new CountDownLatch(1);
		Flux.from(work).materialize().subscribe(signals::add, null, end::countDown);
		until(() -> "the publisher ends; so far " + signals, end);
		return signals;
	}

	/**
	 * Let real time pass: for clocks that a test cannot set, such as those of Redis, and
	 * for what must not happen.
	 * @param time how long
	 * @param reason why nothing else can be waited for
	 */
	public static void pass(Duration time, String reason) {
		long end = System.nanoTime() + time.toNanos();
		for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(left);
		}
	}

}
