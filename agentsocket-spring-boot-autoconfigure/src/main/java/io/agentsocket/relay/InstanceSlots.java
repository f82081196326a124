package io.agentsocket.relay;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.scheduler.Scheduler;

/**
 * The warm instances of a function, as far as this pod knows them by its own requests.
 * Platforms start another instance for a request that finds all of them busy, which takes
 * longer than most requests. So a request that finds none free waits for the one that is
 * free first: a busy one, or another one, which a {@code warm} request starts after a
 * short wait. When the pod knows of no instance at all, nothing waits. Thread-safe and
 * not blocking. Implements section 12 of {@code docs/function-protocol.md}.
 */
final class InstanceSlots {

	private final LongSupplier clock;

	private final String function;

	private final FunctionSettings.Instances settings;

	/** Requests that may be open at once: nothing waits beyond that. */
	private final int limit;

	private final Scheduler timer;

	private final RelayListener listener;

	/** The slots that are free, by the time of their latest use; the latest one first. */
	private final Deque<Long> free = new ArrayDeque<>();

	private final Deque<Waiter> waiting = new ArrayDeque<>();

	/** Requests that have a slot, and that are to be told so. */
	private final Deque<Waiter> granted = new ArrayDeque<>();

	/** Whether a thread tells them. */
	private boolean telling;

	/** Slots that have a request. */
	private int busy;

	/** Instances that {@code warm} requests are starting. */
	private int starting;

	/** Whether the latest attempt to start an instance has failed. */
	private boolean failing;

	/** Asks for an instance, with the reason; whether it has come to life. */
	private Function<String, Mono<Boolean>> starter = (reason) -> Mono.just(false);

	InstanceSlots(FunctionSettings function, Scheduler timer, RelayListener listener) {
		this(function, timer, listener, System::nanoTime);
	}

	/**
	 * Create slots with a clock of their own, for tests.
	 * @param clock nanoseconds, as {@link System#nanoTime()}
	 */
	InstanceSlots(FunctionSettings function, Scheduler timer, RelayListener listener, LongSupplier clock) {
		this.clock = clock;
		this.function = function.name();
		this.settings = function.upkeep().instances();
		this.limit = function.concurrency();
		this.timer = timer;
		this.listener = listener;
	}

	/** Set how an instance is started. */
	void starter(Function<String, Mono<Boolean>> asking) {
		this.starter = asking;
	}

	/** Whether the function is known by its instances. */
	boolean isKnown() {
		return this.settings.concurrency() > 0;
	}

	/**
	 * Take a slot for a request.
	 * @return a slot, or {@code null} when the request should {@linkplain #await() wait}
	 */
	@Nullable Lease tryEnter() {
		if (!isKnown()) {
			return new Lease(null);
		}
		synchronized (this) {
			return take();
		}
	}

	private @Nullable Lease take() {
		forgetOld();
		boolean worthWaiting = this.free.isEmpty() && this.busy + this.starting > 0
				&& this.busy + this.waiting.size() < this.limit;
		if (worthWaiting) {
			return null;
		}
		this.busy++;
		return new Lease(this.free.pollFirst());
	}

	/** The platform has removed instances that had nothing to do for long. */
	private void forgetOld() {
		long oldest = this.clock.getAsLong() - this.settings.idle().toNanos();
		while (!this.free.isEmpty() && this.free.peekLast() - oldest < 0) {
			this.free.removeLast();
		}
	}

	/** A slot, as soon as one is free. */
	Mono<Lease> await() {
		return Mono.create((sink) -> {
			Waiter waiter = new Waiter(sink, this.clock.getAsLong());
			Lease taken;
			synchronized (this) {
				taken = take();
				if (taken == null) {
					this.waiting.addLast(waiter);
				}
			}
			if (taken != null) {
				sink.success(taken);
				return;
			}
			Disposable timed = this.timer.schedule(() -> startFor(waiter), this.settings.startAfter().toNanos(),
					TimeUnit.NANOSECONDS);
			sink.onDispose(timed);
			sink.onCancel(() -> cancelled(waiter));
		});
	}

	private void cancelled(Waiter waiter) {
		Lease granted;
		synchronized (this) {
			this.waiting.remove(waiter);
			granted = waiter.lease;
		}
		if (granted != null) {
			granted.giveBack();
		}
	}

	/** A request has waited long enough for the instances that there are. */
	private void startFor(Waiter waiter) {
		synchronized (this) {
			if (!this.waiting.contains(waiter) || this.starting >= this.waiting.size()) {
				return;
			}
			this.starting++;
		}
		this.starter.apply("wait").subscribe(this::started, (error) -> started(false));
	}

	/**
	 * Have an instance started, or a free one kept.
	 * @param reason why
	 * @param due whether it is time to do so; otherwise it is done only when no instance
	 * is free and none is starting
	 */
	void warm(String reason, boolean due) {
		Lease kept;
		synchronized (this) {
			forgetOld();
			boolean missing = isKnown() && this.free.isEmpty() && this.starting == 0 && !this.failing
					&& this.busy < this.limit;
			if (!due && !missing) {
				return;
			}
			kept = this.free.isEmpty() ? null : take();
			this.starting += (kept == null) ? 1 : 0;
		}
		Mono<Boolean> warmed = this.starter.apply(reason);
		if (kept != null) {
			warmed.subscribe(kept::end, (error) -> kept.end(false));
		}
		else {
			warmed.subscribe(this::started, (error) -> started(false));
		}
	}

	private void started(boolean alive) {
		long now = this.clock.getAsLong();
		synchronized (this) {
			this.starting--;
			this.failing = !alive;
			if (!alive) {
				// The platform decides about the request that has waited.
				grant(null);
			}
			else if (isKnown()) {
				release(now, this.settings.concurrency());
			}
		}
		tell();
	}

	/**
	 * Slots have become free. The lock is held from the change that frees them to the end
	 * of this method, so that no request sees a slot neither busy nor free, and none
	 * begins to wait beside a free one. {@link #tell()} follows without the lock.
	 */
	private void release(long used, int count) {
		for (int i = 0; i < count; i++) {
			if (!grant(used) && this.free.size() + this.busy < this.limit) {
				this.free.addFirst(used);
			}
		}
	}

	/**
	 * Gives a slot to the request that has waited longest, with the lock held.
	 * @return whether a request has waited
	 */
	private boolean grant(@Nullable Long used) {
		Waiter first = this.waiting.pollFirst();
		if (first == null) {
			return false;
		}
		this.busy++;
		first.lease = new Lease(used);
		this.granted.addLast(first);
		return true;
	}

	/**
	 * Tells requests that they have a slot. A request may give its slot back at once, as
	 * when the guard refuses it: the loop tells the next one, so that the stack does not
	 * grow with the number of those that wait.
	 */
	private void tell() {
		synchronized (this) {
			if (this.telling) {
				return;
			}
			this.telling = true;
		}
		for (Waiter next = nextTold(); next != null; next = nextTold()) {
			tell(next);
		}
	}

	private synchronized @Nullable Waiter nextTold() {
		Waiter next = this.granted.pollFirst();
		this.telling = next != null;
		return next;
	}

	private void tell(Waiter waiter) {
		Lease lease = Objects.requireNonNull(waiter.lease);
		boolean told = false;
		try {
			this.listener.waited(this.function, lease.used != null, this.clock.getAsLong() - waiter.since);
			waiter.sink.success(lease);
			told = true;
		}
		finally {
			if (!told) {
				synchronized (this) {
					this.telling = false;
				}
				// The others do not wait for the next slot that is free.
				this.timer.schedule(this::tell);
			}
		}
	}

	/** Number of slots that are free, for tests. */
	synchronized int free() {
		return this.free.size();
	}

	/** Number of requests that wait. */
	synchronized int waiting() {
		return this.waiting.size();
	}

	/** The place of one request in an instance. */
	final class Lease {

		/** When the slot was used before; null when the instance is not known. */
		private final @Nullable Long used;

		private final AtomicBoolean over = new AtomicBoolean();

		private final AtomicBoolean answered = new AtomicBoolean();

		private Lease(@Nullable Long used) {
			this.used = used;
		}

		/** The answer begins: a new instance is there, and takes more if it can. */
		void answered() {
			if (isKnown() && this.used == null && this.answered.compareAndSet(false, true)) {
				long now = InstanceSlots.this.clock.getAsLong();
				synchronized (InstanceSlots.this) {
					release(now, InstanceSlots.this.settings.concurrency() - 1);
				}
				tell();
			}
		}

		/**
		 * The request is over.
		 * @param alive whether the instance is still there
		 */
		void end(boolean alive) {
			leave(alive ? InstanceSlots.this.clock.getAsLong() : null);
		}

		/** There was no request after all. */
		void giveBack() {
			leave(this.used);
		}

		private void leave(@Nullable Long time) {
			if (!isKnown() || !this.over.compareAndSet(false, true)) {
				return;
			}
			synchronized (InstanceSlots.this) {
				InstanceSlots.this.busy--;
				if (time != null) {
					release(time, 1);
				}
			}
			tell();
		}

	}

	/** A request that waits. */
	private static final class Waiter {

		private final MonoSink<Lease> sink;

		private final long since;

		private @Nullable Lease lease;

		private Waiter(MonoSink<Lease> sink, long since) {
			this.sink = sink;
			this.since = since;
		}

	}

}
