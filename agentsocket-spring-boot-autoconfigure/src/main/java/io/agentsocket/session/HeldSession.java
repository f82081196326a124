package io.agentsocket.session;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A session of Spring that is held in this process, and what is to be done with it, one
 * after the other.
 */
final class HeldSession<S> {

	/**
	 * Something to be done with a session. Once begun it goes on when nobody waits for it
	 * any more.
	 */
	record Task<S, T>(Function<HeldSession<S>, Mono<T>> work, @Nullable MonoSink<T> sink) {

		private void run(HeldSession<S> session, Runnable next) {
			Mono.defer(() -> this.work.apply(session)).doFinally((signal) -> next.run()).subscribe((value) -> {
				if (this.sink != null) {
					this.sink.success(value);
				}
			}, (error) -> {
				if (this.sink != null) {
					this.sink.error(error);
				}
			}, () -> {
				if (this.sink != null) {
					this.sink.success();
				}
			});
		}

	}

	/** Belongs to the task that runs. */
	volatile @Nullable S session;

	private final Queue<Task<S, ?>> tasks = new ConcurrentLinkedQueue<>();

	private final AtomicInteger signals = new AtomicInteger();

	private volatile boolean busy;

	/** Tasks that are not done, guarded by the map that this is in. */
	private int pending;

	HeldSession<S> added() {
		this.pending++;
		return this;
	}

	/** Whether nothing is left to hold. */
	boolean removed() {
		this.pending--;
		return this.pending == 0 && this.session == null;
	}

	void submit(Task<S, ?> task, Runnable done) {
		this.tasks.add(task);
		drain(done);
	}

	/** Each signal is a task that was added or is done, and may begin one. */
	private void drain(Runnable done) {
		if (this.signals.getAndIncrement() != 0) {
			return;
		}
		do {
			Task<S, ?> task = this.busy ? null : this.tasks.poll();
			if (task != null) {
				this.busy = true;
				task.run(this, () -> {
					this.busy = false;
					done.run();
					drain(done);
				});
			}
		}
		while (this.signals.decrementAndGet() != 0);
	}

}
