package io.agentsocket.servlet;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The received messages, for the one subscriber that takes everything at once. Belongs to
 * the loop of a socket.
 */
final class InboundMessages extends Flux<Object> {

	/** Stands for a text message. */
	static final Object TEXT = "text";

	private final Runnable cancelled;

	private @Nullable CoreSubscriber<? super Object> subscriber;

	private boolean over;

	InboundMessages(Runnable cancelled) {
		this.cancelled = cancelled;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Object> actual) {
		this.subscriber = actual;
		actual.onSubscribe(new Subscription() {

			@Override
			public void request(long n) {
				Operators.validate(n);
			}

			@Override
			public void cancel() {
				if (!InboundMessages.this.over) {
					InboundMessages.this.over = true;
					InboundMessages.this.cancelled.run();
				}
			}

		});
	}

	void emit(Object message) {
		CoreSubscriber<? super Object> target = this.subscriber;
		if (target != null && !this.over) {
			target.onNext(message);
		}
	}

	void complete() {
		CoreSubscriber<? super Object> target = this.subscriber;
		if (target != null && !this.over) {
			this.over = true;
			target.onComplete();
		}
	}

	void fail(Throwable error) {
		CoreSubscriber<? super Object> target = this.subscriber;
		if (target != null && !this.over) {
			this.over = true;
			target.onError(error);
		}
	}

}
