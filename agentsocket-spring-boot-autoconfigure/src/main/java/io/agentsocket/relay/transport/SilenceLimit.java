package io.agentsocket.relay.transport;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.relay.answer.FunctionFailure;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.Context;

/**
 * Fails when a source that was asked for one element emits nothing for a time. While
 * nobody asks no time runs: a slow receiver is not a silent sender. Expects a subscriber
 * that asks for one element at a time.
 */
final class SilenceLimit implements CoreSubscriber<byte[]>, Subscription {

	private static final Disposable NONE = () -> {
	};

	private final CoreSubscriber<? super byte[]> target;

	private final Duration limit;

	private final Scheduler timer;

	private final RequestTiming timing;

	/** The timer of the present wait; {@link #NONE} while nobody waits. */
	private final AtomicReference<@Nullable Disposable> wait = new AtomicReference<>(NONE);

	private volatile @Nullable Subscription upstream;

	private volatile long since;

	private volatile boolean done;

	private SilenceLimit(CoreSubscriber<? super byte[]> target, Duration limit, Scheduler timer, RequestTiming timing) {
		this.target = target;
		this.limit = limit;
		this.timer = timer;
		this.timing = timing;
	}

	/** The source with a limit for its silence. */
	static Publisher<byte[]> on(Publisher<byte[]> source, Duration limit, Scheduler timer, RequestTiming timing) {
		return (subscriber) -> source
			.subscribe(new SilenceLimit(Operators.toCoreSubscriber(subscriber), limit, timer, timing));
	}

	@Override
	public Context currentContext() {
		return this.target.currentContext();
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.upstream = subscription;
		this.target.onSubscribe(this);
	}

	@Override
	public void request(long count) {
		Subscription source = this.upstream;
		if (source == null || this.done) {
			return;
		}
		this.since = System.nanoTime();
		Disposable running = this.timer.schedule(this::silent, this.limit.toNanos(), TimeUnit.NANOSECONDS);
		Disposable before = this.wait.getAndSet(running);
		if (before != null) {
			before.dispose();
		}
		source.request(count);
	}

	private void silent() {
		if (!this.done) {
			this.done = true;
			Subscription source = this.upstream;
			if (source != null) {
				source.cancel();
			}
			this.target.onError(
					FunctionFailure.late(FunctionFailure.Kind.ANSWER, "Silent for " + this.limit.toMillis() + " ms"));
		}
	}

	private void heard() {
		Disposable running = this.wait.getAndSet(NONE);
		if (running != null) {
			running.dispose();
		}
		this.timing.waited(System.nanoTime() - this.since);
	}

	@Override
	public void onNext(byte[] chunk) {
		if (this.done) {
			return;
		}
		heard();
		this.target.onNext(chunk);
	}

	@Override
	public void onError(Throwable error) {
		if (!this.done) {
			this.done = true;
			heard();
			this.target.onError(error);
		}
	}

	@Override
	public void onComplete() {
		if (!this.done) {
			this.done = true;
			heard();
			this.target.onComplete();
		}
	}

	@Override
	public void cancel() {
		this.done = true;
		Disposable running = this.wait.getAndSet(NONE);
		if (running != null) {
			running.dispose();
		}
		Subscription source = this.upstream;
		if (source != null) {
			source.cancel();
		}
	}

}
