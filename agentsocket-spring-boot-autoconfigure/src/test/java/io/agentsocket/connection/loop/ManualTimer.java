package io.agentsocket.connection.loop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;

/**
 * A scheduler whose time stands still until the test moves it.
 */
public final class ManualTimer implements Scheduler {

	private record Timer(long at, Runnable task, Disposable disposable) {

	}

	private final ManualLoop loop;

	private final List<Timer> timers = new ArrayList<>();

	private long now = TimeUnit.HOURS.toNanos(1);

	public ManualTimer(ManualLoop loop) {
		this.loop = loop;
	}

	@Override
	public Disposable schedule(Runnable task) {
		this.loop.execute(task);
		return Disposables.disposed();
	}

	@Override
	public synchronized Disposable schedule(Runnable task, long delay, TimeUnit unit) {
		Disposable disposable = Disposables.single();
		this.timers.add(new Timer(this.now + unit.toNanos(delay), task, disposable));
		return disposable;
	}

	@Override
	public Worker createWorker() {
		throw new UnsupportedOperationException();
	}

	@Override
	public synchronized long now(TimeUnit unit) {
		return unit.convert(this.now, TimeUnit.NANOSECONDS);
	}

	/** Timers that are neither due nor disposed. */
	public synchronized int pending() {
		this.timers.removeIf((timer) -> timer.disposable.isDisposed());
		return this.timers.size();
	}

	/** Move the time on, timer by timer, and let everything happen that follows. */
	public void advance(Duration duration, Runnable settle) {
		long until = this.now + duration.toNanos();
		while (true) {
			Timer next = next(until);
			if (next == null) {
				break;
			}
			this.now = Math.max(this.now, next.at);
			next.task.run();
			settle.run();
		}
		this.now = until;
		settle.run();
	}

	private synchronized Timer next(long until) {
		pending();
		Timer next = this.timers.stream()
			.filter((timer) -> timer.at <= until)
			.min(Comparator.comparingLong(Timer::at))
			.orElse(null);
		this.timers.remove(next);
		return next;
	}

}
