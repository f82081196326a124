package io.agentsocket.event;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.event.Counters.Outcome;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.method.RefusableTask;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.SessionEventSink;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/**
 * Delivers the events of one session: in order, one at a time, each to all of its
 * listeners before the next one. Reactive listeners run on the event loop, all others on
 * the executor; a listener that is slow makes events wait, up to the bound of the queue.
 *
 * <p>
 * An event is dropped and counted when nobody listens to it or when the queue is full
 * (the newest one is dropped); a listener that its payload does not fit is passed over; a
 * listener that fails is logged and does not stop the others. Nothing of that is sent
 * back.
 */
@Internal
public final class SessionEvents implements SessionEventSink, AutoCloseable {

	private static final Log logger = PrintableLog.of(SessionEvents.class);

	/** Unknown names that are logged; those beyond are not. */
	private static final int MAX_UNKNOWN = 32;

	private static final String UNKNOWN = "unknown ";

	private static final String MISFIT = "misfit ";

	private static final AtomicIntegerFieldUpdater<SessionEvents> SIGNALS = AtomicIntegerFieldUpdater
		.newUpdater(SessionEvents.class, "signals");

	private static final AtomicIntegerFieldUpdater<SessionEvents> OVERFLOW_LOGGED = AtomicIntegerFieldUpdater
		.newUpdater(SessionEvents.class, "overflowLogged");

	private final Map<String, List<Listener>> listeners;

	private final AgentSession session;

	private final Codec codec;

	private final Executor loop;

	private final Executor executor;

	private final EventQueue queue;

	private final Counters counters;

	/** Names that were logged; made when there is one. */
	private volatile @Nullable Set<String> logged;

	private volatile int overflowLogged;

	private final Disposable.Swap running = Disposables.swap();

	private volatile int signals;

	private Iterator<Delivery> deliveries = Collections.emptyIterator();

	private volatile boolean busy;

	SessionEvents(Map<String, List<Listener>> listeners, AgentSession session, Codec codec, Executor loop,
			Executor executor, EventQueue queue, Counters counters) {
		this.listeners = listeners;
		this.session = session;
		this.codec = codec;
		this.loop = loop;
		this.executor = executor;
		this.queue = queue;
		this.counters = counters;
	}

	@Override
	public long waiting() {
		return this.queue.held();
	}

	@Override
	public void event(String name, Bytes payload) {
		if (isClosed()) {
			return;
		}
		List<Listener> found = this.listeners.get(name);
		if (found == null) {
			this.counters.count(Outcome.UNKNOWN);
			if (logger.isDebugEnabled() && logged().size() < MAX_UNKNOWN && logged().add(UNKNOWN + name)) {
				logger.debug("Session " + this.session.id() + " sends the event '" + name
						+ "', which nobody listens to; not logged again");
			}
			return;
		}
		if (!this.queue.offer(new Event(name, payload, found))) {
			overflow("more events than fit into the queue", null);
			return;
		}
		proceed();
	}

	@Override
	public void refused() {
		if (!isClosed()) {
			overflow("more events than the session may hold", null);
		}
	}

	/**
	 * Counts of the outcomes of events of the session so far.
	 * @return a snapshot
	 */
	public EventCounts counts() {
		return this.counters.snapshot();
	}

	/**
	 * End the delivery, with the session: waiting events are dropped, a running reactive
	 * listener is cancelled, a running blocking one is let finish. May be called from any
	 * thread, and again.
	 */
	@Override
	public void close() {
		this.queue.close();
		this.running.dispose();
	}

	private boolean isClosed() {
		return this.running.isDisposed();
	}

	/**
	 * Start the next call if none is running. Calls that end at once, on the same thread,
	 * come back here while it is still on the stack; they go on in its loop.
	 */
	private void proceed() {
		if (SIGNALS.getAndIncrement(this) != 0) {
			return;
		}
		int seen = 1;
		while (seen != 0) {
			if (!this.busy && !isClosed()) {
				startNext();
			}
			seen = SIGNALS.addAndGet(this, -seen);
		}
	}

	private void startNext() {
		if (!this.deliveries.hasNext()) {
			Event event = this.queue.poll();
			if (event == null) {
				return;
			}
			this.deliveries = event.listeners().stream().map((listener) -> new Delivery(event, listener)).iterator();
		}
		Delivery delivery = this.deliveries.next();
		this.busy = true;
		try {
			(delivery.listener.reactive() ? this.loop : this.executor).execute(delivery);
		}
		catch (RejectedExecutionException ex) {
			delivery.refused(ex);
		}
		catch (RuntimeException | OutOfMemoryError ex) {
			// No thread can be made, or the executor's own decorator fails.
			delivery.refused(new RejectedExecutionException("The executor takes no task", ex));
		}
	}

	private Set<String> logged() {
		Set<String> present = this.logged;
		if (present != null) {
			return present;
		}
		synchronized (this) {
			present = (this.logged != null) ? this.logged : ConcurrentHashMap.newKeySet();
			this.logged = present;
			return present;
		}
	}

	private void overflow(String what, @Nullable Exception cause) {
		this.counters.count(Outcome.OVERFLOWED);
		if (OVERFLOW_LOGGED.compareAndSet(this, 0, 1)) {
			logger.warn("Session " + this.session.id() + " sent " + what
					+ "; it is dropped, as further ones will be without a message", cause);
		}
	}

	/**
	 * An event on its way to a listener.
	 */
	private final class Delivery extends BaseSubscriber<Object> implements RefusableTask {

		private final Event event;

		private final Listener listener;

		private final AtomicBoolean ended = new AtomicBoolean();

		Delivery(Event event, Listener listener) {
			this.event = event;
			this.listener = listener;
		}

		@Override
		public void run() {
			if (isClosed()) {
				return;
			}
			Object payload;
			try {
				payload = this.listener.payload().decode(SessionEvents.this.codec, this.event.payload());
			}
			catch (Throwable ex) {
				misfit(ex);
				end(Outcome.INVALID);
				return;
			}
			call(payload);
		}

		@Override
		public void refused(RejectedExecutionException cause) {
			if (!this.ended.getAndSet(true)) {
				overflow("an event for which no thread is free", cause);
				SessionEvents.this.busy = false;
				proceed();
			}
		}

		private void call(@Nullable Object payload) {
			Publisher<?> publisher;
			try {
				publisher = this.listener.call().call(SessionEvents.this.session, payload);
			}
			catch (Throwable ex) {
				failed(ex);
				return;
			}
			if (publisher == null) {
				end(Outcome.DELIVERED);
				return;
			}
			// Before it is subscribed to, since it may be over before that returns.
			SessionEvents.this.running.replace(this);
			try {
				Mono.from(publisher).subscribe(this);
			}
			catch (Throwable ex) {
				failed(ex);
			}
		}

		@Override
		protected void hookOnComplete() {
			end(Outcome.DELIVERED);
		}

		@Override
		protected void hookOnError(Throwable failure) {
			failed(failure);
		}

		private void failed(Throwable failure) {
			this.listener.failures()
				.error("A listener of the event '" + this.event.name() + "' failed: " + this.listener.description(),
						failure);
			end(Outcome.FAILED);
		}

		private void misfit(Throwable failure) {
			if (!logged().add(MISFIT + this.event.name())) {
				return;
			}
			String text = "Session " + SessionEvents.this.session.id() + " sent an event '" + this.event.name()
					+ "' whose payload does not fit " + this.listener.description();
			if (failure instanceof CodecException ex) {
				String pointer = ex.pointer().isEmpty() ? "the payload" : ex.pointer().replaceAll("\\p{Cntrl}", "?");
				logger.warn(text + " (" + pointer + ": " + ex.getMessage() + "); not logged again");
			}
			else {
				logger.warn(text + "; not logged again", failure);
			}
		}

		private void end(Outcome outcome) {
			if (this.ended.getAndSet(true)) {
				return;
			}
			SessionEvents.this.counters.count(outcome);
			SessionEvents.this.busy = false;
			proceed();
		}

	}

}
