package com.example.benchmark;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Waits for replies.
 */
public final class Replies {

	private Replies() {
	}

	/**
	 * Start work and wait for its end.
	 * @param work starts it, and passes the reply on
	 * @throws Exception when the work fails, or has not ended after 60 seconds
	 */
	public static void await(Consumer<Reply> work) throws Exception {
		CompletableFuture<Void> ended = new CompletableFuture<>();
		work.accept((error) -> {
			if (error != null) {
				ended.completeExceptionally(error);
			}
			else {
				ended.complete(null);
			}
		});
		ended.get(60, TimeUnit.SECONDS);
	}

}
