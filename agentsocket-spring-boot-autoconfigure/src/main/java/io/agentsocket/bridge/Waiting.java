package io.agentsocket.bridge;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import reactor.core.scheduler.Schedulers;

/**
 * Waits for a result on the thread of a caller that wants to be blocked: tools of
 * libraries for chat models return their results.
 */
public final class Waiting {

	private Waiting() {
	}

	/**
	 * Wait until there is a result. An interrupt of the thread cancels the work.
	 * @param work the work, started
	 * @param name name of the tool
	 * @param <T> type of the result
	 * @return the result
	 * @throws IllegalStateException if the thread must not be blocked
	 * @throws CancellationException if the thread was interrupted
	 */
	public static <T> T await(CompletableFuture<T> work, String name) {
		if (!work.isDone() && Schedulers.isInNonBlockingThread()) {
			work.cancel(true);
			throw new IllegalStateException("The tool " + name + " was called on " + Thread.currentThread().getName()
					+ ", which must not be blocked. Call the chat model on a thread that may be, such as one of "
					+ "Schedulers.boundedElastic().");
		}
		try {
			return work.get();
		}
		catch (InterruptedException ex) {
			work.cancel(true);
			Thread.currentThread().interrupt();
			CancellationException cancelled = new CancellationException("The call of " + name + " was cancelled");
			cancelled.initCause(ex);
			throw cancelled;
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof RuntimeException failure) {
				throw failure;
			}
			throw new IllegalStateException(ex.getCause());
		}
	}

}
