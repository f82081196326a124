package io.agentsocket.observation;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

/**
 * Between the results of an invocation and their subscriber: one object in place of an
 * operator for each thing that an observation has to know. It passes everything on as it
 * comes, and is told once how it ends.
 */
abstract class ObservedResults implements CoreSubscriber<Object>, Subscription {

	private static final AtomicIntegerFieldUpdater<ObservedResults> OVER = AtomicIntegerFieldUpdater
		.newUpdater(ObservedResults.class, "over");

	private final Observation observation;

	private final CoreSubscriber<? super Object> subscriber;

	/** Set before anybody can cancel. */
	private Subscription results = NoResults.INSTANCE;

	private volatile int over;

	ObservedResults(Observation observation, CoreSubscriber<? super Object> subscriber) {
		this.observation = observation;
		this.subscriber = subscriber;
	}

	/** The results have ended with an error; called before the subscriber knows. */
	abstract void failed(Throwable error);

	/** All results were there; called before the subscriber knows. */
	abstract void completed();

	/** Nobody wants the results any more; called before they are cancelled. */
	abstract void cancelled();

	/** Called once, after one of the three; ends the observation. */
	void stopped() {
		this.observation.stop();
	}

	/**
	 * Subscribe. Whatever looks for the observation in the context finds it.
	 * @param source the results
	 */
	final void subscribeTo(Flux<Object> source) {
		source.contextWrite((view) -> view.put(ObservationThreadLocalAccessor.KEY, this.observation)).subscribe(this);
	}

	@Override
	public final Context currentContext() {
		return this.subscriber.currentContext();
	}

	@Override
	public final void onSubscribe(Subscription subscription) {
		this.results = subscription;
		this.subscriber.onSubscribe(this);
	}

	@Override
	public final void onNext(Object item) {
		this.subscriber.onNext(item);
	}

	@Override
	public final void onError(Throwable error) {
		boolean first = isFirst();
		if (first) {
			failed(error);
		}
		try {
			this.subscriber.onError(error);
		}
		finally {
			if (first) {
				stopped();
			}
		}
	}

	@Override
	public final void onComplete() {
		boolean first = isFirst();
		if (first) {
			completed();
		}
		try {
			this.subscriber.onComplete();
		}
		finally {
			if (first) {
				stopped();
			}
		}
	}

	@Override
	public final void request(long items) {
		this.results.request(items);
	}

	@Override
	public final void cancel() {
		boolean first = isFirst();
		if (first) {
			cancelled();
		}
		try {
			this.results.cancel();
		}
		finally {
			if (first) {
				stopped();
			}
		}
	}

	private boolean isFirst() {
		return OVER.compareAndSet(this, 0, 1);
	}

	private enum NoResults implements Subscription {

		INSTANCE;

		@Override
		public void request(long items) {
			// Nothing to ask for yet.
		}

		@Override
		public void cancel() {
			// Nothing to cancel yet.
		}

	}

}
