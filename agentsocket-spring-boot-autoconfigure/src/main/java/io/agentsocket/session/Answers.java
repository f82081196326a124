package io.agentsocket.session;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;

/**
 * Answers of a store that come or are given up. A driver may lose the signal of a command
 * whose reply has arrived, and its own timeout does not see that. To cancel the command
 * also lets a connection go on that waits for somebody to take what it has read.
 * Thread-safe.
 */
@Internal
public final class Answers {

	private static final Log logger = PrintableLog.of(Answers.class);

	/**
	 * Time without an answer after which a question is asked again: as long as it takes
	 * until the step of a session counts as not stored. A Redis that is only slow answers
	 * within it, and who waits for a session to open waits for it once at most.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(5);

	/**
	 * How often a question is asked. After the third time as long has passed as a session
	 * takes to close its socket because of a store that is away (10 s), and half of that
	 * again: nobody waits any longer.
	 */
	private static final int ATTEMPTS = 3;

	private final Duration patience;

	private final Scheduler timer;

	private final SeldomWarning repeated;

	private final SeldomWarning givenUp;

	/** Create with the times of an application. */
	public Answers() {
		this(PATIENCE, Schedulers.parallel());
	}

	/**
	 * Create with another time.
	 * @param patience time without an answer after which a question is asked again
	 * @param timer measures it
	 */
	public Answers(Duration patience, Scheduler timer) {
		this(patience, timer, logger);
	}

	Answers(Duration patience, Scheduler timer, Log log) {
		this.patience = patience;
		this.timer = timer;
		this.repeated = new SeldomWarning(log);
		this.givenUp = new SeldomWarning(log);
	}

	/**
	 * Ask something that may be asked any number of times, such as a read, up to three
	 * times. Late signals of an attempt that was given up are left out.
	 * @param <T> type of the answer
	 * @param subject what it is about, for the log
	 * @param question asks once
	 * @return fails with a {@link TimeoutException} when there is no answer to any of
	 * them
	 */
	public <T> Mono<T> again(String subject, Supplier<Mono<T>> question) {
		return Mono.create((sink) -> new Asking<>(this, subject, question, ATTEMPTS, sink).ask(1));
	}

	/**
	 * Ask something that must not be asked twice.
	 * @param <T> type of the answer
	 * @param subject what it is about, for the log
	 * @param question asks
	 * @return fails with a {@link TimeoutException} when there is no answer for as long
	 * as {@link #again} takes
	 */
	public <T> Mono<T> once(String subject, Supplier<Mono<T>> question) {
		return Mono.create((sink) -> new Asking<>(this, subject, question, 1, sink).ask(1));
	}

	/** A question, until it is answered or given up. Attempts follow one another. */
	private static final class Asking<T> {

		private final Answers answers;

		private final String subject;

		private final Supplier<Mono<T>> question;

		private final MonoSink<T> sink;

		private final Disposable.Swap present = Disposables.swap();

		private final int attempts;

		Asking(Answers answers, String subject, Supplier<Mono<T>> question, int attempts, MonoSink<T> sink) {
			this.answers = answers;
			this.subject = subject;
			this.question = question;
			this.attempts = attempts;
			this.sink = sink;
			sink.onDispose(this.present);
		}

		private void ask(int number) {
			Attempt<T> attempt = new Attempt<>(this, number);
			if (this.present.update(attempt)) {
				attempt.begin();
			}
		}

		/** All attempts together take the same time, however many they are. */
		private long patience() {
			return this.answers.patience.multipliedBy(ATTEMPTS).dividedBy(this.attempts).toMillis();
		}

		/** An attempt has no answer. */
		private void late(int number) {
			TimeoutException late = new TimeoutException("No answer of the session store for " + patience()
					+ " ms, attempt " + number + " of " + this.attempts);
			if (number < this.attempts) {
				this.answers.repeated.warn("The session store is asked again for " + this.subject, late);
				ask(number + 1);
			}
			else {
				this.answers.givenUp.warn("The session store is not waited for any longer, for " + this.subject, late);
				this.sink.error(late);
			}
		}

	}

	/** An attempt, which its answer, the timer or nobody's waiting for it ends. */
	private static final class Attempt<T> extends BaseSubscriber<T> {

		private final Asking<T> asking;

		private final AtomicBoolean over = new AtomicBoolean();

		private final Disposable.Swap timer = Disposables.swap();

		private final int number;

		private @Nullable T value;

		Attempt(Asking<T> asking, int number) {
			this.asking = asking;
			this.number = number;
		}

		@Override
		public Context currentContext() {
			return Context.of(this.asking.sink.contextView());
		}

		private void begin() {
			try {
				this.asking.question.get().subscribe(this);
			}
			catch (Throwable ex) {
				// An Error too, which Reactor throws on in place of a signal.
				hookOnError(ex);
			}
			try {
				limit();
			}
			catch (Throwable ex) {
				// Without a timer its end comes by its signal.
				logger.debug("A question to the store has no limit", ex);
			}
		}

		/** A question that is answered at once needs no timer. */
		private void limit() {
			if (!this.over.get()) {
				this.timer.update(this.asking.answers.timer.schedule(this::expire, this.asking.patience(),
						TimeUnit.MILLISECONDS));
			}
		}

		private void expire() {
			if (end()) {
				cancel();
				this.asking.late(this.number);
			}
		}

		/** Whether this is the end; none follows. */
		private boolean end() {
			if (!this.over.compareAndSet(false, true)) {
				return false;
			}
			this.timer.dispose();
			return true;
		}

		@Override
		protected void hookOnNext(T item) {
			this.value = item;
		}

		@Override
		protected void hookOnComplete() {
			T item = this.value;
			if (end()) {
				this.asking.sink.success(item);
			}
		}

		@Override
		protected void hookOnError(Throwable error) {
			if (end()) {
				this.asking.sink.error(error);
			}
		}

		@Override
		protected void hookOnCancel() {
			end();
		}

	}

}
