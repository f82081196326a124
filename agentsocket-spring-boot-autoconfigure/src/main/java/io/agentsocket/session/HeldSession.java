package io.agentsocket.session;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Schedulers;

/**
 * A session of Spring that is held in this process, and the tasks for it, one after the
 * other.
 */
final class HeldSession<S> {

	private static final Log logger = PrintableLog.of(HeldSession.class);

	/**
	 * Time after which a task without an end is given up. Twice the time that the driver
	 * of Redis gives a command by default, so that the driver tells of a Redis that does
	 * not answer. Longer waits only who was thrown an Error where no signal can follow,
	 * such as that of a class that cannot be loaded while an attribute is read.
	 */
	static final Duration PATIENCE = Duration.ofMinutes(2);

	/**
	 * Something to be done with a session. Once begun it goes on when nobody waits for it
	 * any more.
	 */
	record Task<S, T>(Function<HeldSession<S>, Mono<T>> work, @Nullable MonoSink<T> sink) {

		private void run(HeldSession<S> session, Runnable next) {
			Run<T> run = new Run<>(this.sink, session, next);
			try {
				this.work.apply(session).subscribe(run);
			}
			catch (Throwable ex) {
				// An Error too, which Reactor throws on in place of a signal.
				run.onError(ex);
			}
			try {
				run.limit();
			}
			catch (Throwable ex) {
				// Without a timer its end comes by its signal.
				logger.debug("A step with a session has no limit", ex);
			}
		}

	}

	/** The end of a task, whichever comes first, lets the next one begin. */
	private static final class Run<T> extends BaseSubscriber<T> {

		private final @Nullable MonoSink<T> sink;

		private final HeldSession<?> session;

		private final Runnable next;

		private final AtomicBoolean over = new AtomicBoolean();

		private final Disposable.Swap timer = Disposables.swap();

		private @Nullable T value;

		Run(@Nullable MonoSink<T> sink, HeldSession<?> session, Runnable next) {
			this.sink = sink;
			this.session = session;
			this.next = next;
		}

		/** Work that was done at once needs no timer. */
		private void limit() {
			if (!this.over.get()) {
				this.timer.update(Schedulers.parallel()
					.schedule(this::expire, this.session.patience.toMillis(), TimeUnit.MILLISECONDS));
			}
		}

		/**
		 * Somebody has lost the signal; nobody waits for it in vain. The next task reads
		 * the session anew, as this one may still have it.
		 */
		private void expire() {
			cancel();
			end(true, (waiting) -> waiting
				.error(new TimeoutException("A step with a session has had no end for " + this.session.patience)));
		}

		@Override
		protected void hookOnNext(T item) {
			this.value = item;
		}

		@Override
		protected void hookOnComplete() {
			T item = this.value;
			end(false, (waiting) -> waiting.success(item));
		}

		@Override
		protected void hookOnError(Throwable error) {
			end(false, (waiting) -> waiting.error(error));
		}

		/** The next task begins even where the one who waits fails. */
		private void end(boolean givenUp, Consumer<MonoSink<T>> signal) {
			if (!this.over.compareAndSet(false, true)) {
				return;
			}
			if (givenUp) {
				this.session.forget();
			}
			this.timer.dispose();
			try {
				if (this.sink != null) {
					signal.accept(this.sink);
				}
			}
			finally {
				this.next.run();
			}
		}

	}

	/** Belongs to the task that runs. */
	volatile @Nullable S session;

	private final Duration patience;

	private final Queue<Task<S, ?>> tasks = new ConcurrentLinkedQueue<>();

	private final AtomicInteger signals = new AtomicInteger();

	private volatile boolean busy;

	/** Tasks that are not done, guarded by the map that this is in. */
	private int pending;

	HeldSession() {
		this(PATIENCE);
	}

	/**
	 * Create with nothing to do.
	 * @param patience time after which a task without an end is given up
	 */
	HeldSession(Duration patience) {
		this.patience = patience;
	}

	private void forget() {
		this.session = null;
	}

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
