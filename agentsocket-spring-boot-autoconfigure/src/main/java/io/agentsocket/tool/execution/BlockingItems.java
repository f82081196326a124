package io.agentsocket.tool.execution;

import java.util.Iterator;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.BaseStream;

import io.agentsocket.action.ResultShape;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.method.RefusableTask;
import io.agentsocket.protocol.ActionException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

import org.springframework.util.Assert;

/**
 * Items of a blocking iterator, pulled on an executor as demand allows: a thread is held
 * only while there is demand. The source is closed at its end, on failure and on cancel,
 * always on the executor unless that refuses. Cancelling interrupts the thread while it
 * is in the source's code.
 */
final class BlockingItems implements Subscription, RefusableTask {

	private static final Log logger = PrintableLog.of(BlockingItems.class);

	private final Interruption interruption = new Interruption();

	private final AtomicLong demand = new AtomicLong();

	private final AtomicInteger wip = new AtomicInteger();

	private final CoreSubscriber<? super Object> subscriber;

	private final Executor executor;

	private final Function<Object, Object> convert;

	private final boolean release;

	private BlockingCall.@Nullable Call<Source> open;

	private volatile boolean opened;

	private @Nullable Source source;

	private @Nullable Object item;

	private boolean next;

	private boolean done;

	private final ThreadLocals threadLocals;

	private BlockingItems(CoreSubscriber<? super Object> subscriber, Executor executor, ThreadLocals threadLocals,
			BlockingCall.Call<Source> open, Function<Object, Object> convert, boolean release) {
		this.subscriber = subscriber;
		this.executor = executor;
		this.threadLocals = threadLocals;
		this.open = open;
		this.convert = convert;
		this.release = release;
	}

	/**
	 * Pull items on an executor.
	 * @param executor the executor
	 * @param threadLocals the values of the thread while it is in the source's code
	 * @param open calls the tool; run on the executor at the first demand
	 * @param result says how items are converted, on the executor, and released
	 * @return the items
	 */
	static Flux<Object> on(Executor executor, ThreadLocals threadLocals, BlockingCall.Call<Source> open,
			ToolResult result) {
		Function<Object, Object> convert = result.conversion();
		boolean release = result.shape() == ResultShape.BYTES;
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super Object> subscriber) {
				subscriber.onSubscribe(new BlockingItems(subscriber, executor, threadLocals, open, convert, release));
			}

		};
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n)) {
			this.demand.accumulateAndGet(n, Operators::addCap);
			schedule();
		}
	}

	@Override
	public void cancel() {
		if (this.interruption.cancel()) {
			boolean waited = (!this.opened || this.executor instanceof RemovingExecutor)
					&& BlockingWork.remove(this.executor, this);
			if (waited && this.opened) {
				// Its turn was for more items: now it is only to close the source.
				this.wip.incrementAndGet();
				execute();
			}
			else {
				schedule();
			}
		}
	}

	private void schedule() {
		if (this.wip.getAndIncrement() != 0) {
			return;
		}
		if (this.source == null && this.interruption.isCancelled()) {
			this.open = null;
			return;
		}
		execute();
	}

	private void execute() {
		try {
			if (this.interruption.isCancelled() && this.executor instanceof RemovingExecutor turns) {
				turns.executeFirst(this);
			}
			else {
				this.executor.execute(this);
			}
		}
		catch (RejectedExecutionException ex) {
			refused(ex);
		}
	}

	@Override
	public void refused(RejectedExecutionException ex) {
		if (this.done) {
			return;
		}
		this.done = true;
		boolean started = this.source != null;
		close();
		if (!this.interruption.isCancelled()) {
			ActionException refused = BlockingWork.refused(ex);
			this.subscriber.onError(started ? refused.mayHaveRun() : refused);
		}
	}

	@Override
	public void run() {
		int missed = this.wip.get();
		do {
			try {
				pullWithThreadLocals();
			}
			catch (Throwable ex) {
				fail(ex);
			}
			missed = this.wip.addAndGet(-missed);
		}
		while (missed != 0);
	}

	/** Code of the application sets and clears thread locals, and may fail. */
	private void pullWithThreadLocals() {
		ToolGuard.Scope scope = this.threadLocals.restore(this.subscriber.currentContext());
		try (scope) {
			pull();
		}
	}

	private void pull() {
		if (this.done) {
			return;
		}
		try {
			if (inSource(this::open) && emit() && !this.next) {
				this.done = true;
				close();
				this.subscriber.onComplete();
			}
			else if (this.interruption.isCancelled()) {
				this.done = true;
				close();
			}
		}
		catch (Throwable ex) {
			fail(ex);
		}
	}

	private void fail(Throwable failure) {
		if (this.done) {
			logger.debug("A tool failed after its end", failure);
			return;
		}
		this.done = true;
		close();
		if (this.interruption.isCancelled()) {
			logger.debug("A cancelled tool failed", failure);
		}
		else {
			this.subscriber.onError(failure);
		}
	}

	/**
	 * Emit as many items as were asked for.
	 * @return {@code false} when cancelled
	 */
	private boolean emit() throws Throwable {
		long emitted = 0;
		while (this.next && emitted != this.demand.get()) {
			if (!inSource(this::advance)) {
				this.item = null;
				return false;
			}
			Object item = this.item;
			this.item = null;
			if (item == null) {
				throw new IllegalStateException("A stream of a tool contains null");
			}
			this.subscriber.onNext(item);
			emitted++;
			if (!inSource(this::look)) {
				return false;
			}
		}
		if (emitted != 0 && this.demand.get() != Long.MAX_VALUE) {
			this.demand.addAndGet(-emitted);
		}
		return true;
	}

	/**
	 * Run code of the source, which may be interrupted.
	 * @return {@code false} when cancelled
	 */
	private boolean inSource(Step step) throws Throwable {
		if (!this.interruption.enter()) {
			return false;
		}
		boolean wanted;
		try {
			step.run();
		}
		finally {
			wanted = this.interruption.exit();
		}
		return wanted;
	}

	private void open() throws Throwable {
		BlockingCall.Call<Source> open = this.open;
		if (open != null) {
			this.opened = true;
			this.open = null;
			this.source = open.run();
			look();
		}
	}

	private void look() {
		this.next = this.source != null && this.source.items().hasNext();
	}

	private void advance() {
		Source source = this.source;
		Assert.state(source != null, "Not open");
		this.next = false;
		this.item = this.convert.apply(source.items().next());
	}

	private void close() {
		Source source = this.source;
		this.source = null;
		this.open = null;
		if (source == null) {
			return;
		}
		try {
			if (this.next && this.release) {
				this.next = false;
				ToolResult.release(source.items().next());
			}
		}
		catch (Exception ex) {
			logger.debug("A tool's item that nobody waits for was not read", ex);
		}
		try {
			source.closeable().close();
		}
		catch (Exception ex) {
			logger.debug("A tool's stream was not closed", ex);
		}
	}

	@FunctionalInterface
	private interface Step {

		void run() throws Throwable;

	}

	/**
	 * An opened source.
	 *
	 * @param items its items
	 * @param closeable closes it
	 */
	record Source(Iterator<?> items, AutoCloseable closeable) {

		static @Nullable Source of(@Nullable Object result) {
			AutoCloseable closeable = (result instanceof AutoCloseable own) ? own : () -> {
			};
			if (result instanceof BaseStream<?, ?> stream) {
				return new Source(stream.iterator(), closeable);
			}
			if (result instanceof Iterator<?> iterator) {
				return new Source(iterator, closeable);
			}
			if (result instanceof Iterable<?> iterable) {
				return new Source(iterable.iterator(), closeable);
			}
			return null;
		}

	}

}
