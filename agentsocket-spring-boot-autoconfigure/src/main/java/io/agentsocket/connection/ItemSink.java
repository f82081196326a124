package io.agentsocket.connection;

import java.util.ArrayDeque;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The items that a caller sends to a running invocation, buffered up to the credit that
 * it was given. Demand of the one subscriber becomes CREDIT as the buffer empties.
 * Implements section 9 of {@code docs/protocol.md}.
 */
final class ItemSink {

	private record Received(Frame.Item frame, Bytes body) {

	}

	private final Peer peer;

	private final Stream stream;

	private final int capacity;

	private final ArrayDeque<Received> buffer = new ArrayDeque<>(4);

	private @Nullable Feed<?> feed;

	private int consumed;

	private int allowed;

	private boolean ended;

	private boolean subscribed;

	private @Nullable Throwable error;

	ItemSink(Peer peer, Stream stream, int capacity) {
		this.peer = peer;
		this.stream = stream;
		this.capacity = capacity;
		this.allowed = capacity;
	}

	/** Take an item in; false when the caller exceeds its credit. */
	boolean offer(Frame.Item frame, Bytes body) {
		if (!body.isEmpty()) {
			if (this.allowed == 0) {
				return false;
			}
			this.allowed--;
			if (!this.ended) {
				this.buffer.addLast(new Received(frame, body));
			}
		}
		if (frame.end()) {
			this.ended = true;
		}
		drain();
		return true;
	}

	/** No more items: the caller ended its side, or the invocation is over. */
	void end(@Nullable Throwable reason) {
		if (!this.ended) {
			this.ended = true;
			this.error = reason;
		}
		drain();
	}

	/** The invocation is over: drop what nobody took. */
	void close(@Nullable Throwable reason) {
		this.buffer.clear();
		end(reason);
	}

	<T> Flux<T> flux(Class<T> type) {
		return new Flux<>() {
			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				Feed<T> created = new Feed<>(subscriber, type);
				ItemSink.this.peer.execute(() -> connect(created));
			}
		};
	}

	private void connect(Feed<?> created) {
		if (this.subscribed) {
			Operators.error(created.subscriber,
					new IllegalStateException("The items of an invocation can be subscribed to once"));
			return;
		}
		this.subscribed = true;
		this.feed = created;
		created.subscriber.onSubscribe(created);
		drain();
	}

	private void drain() {
		Feed<?> target = this.feed;
		if (target == null || target.draining) {
			return;
		}
		target.draining = true;
		while (target.demand > 0 && !target.cancelled && !this.buffer.isEmpty()) {
			Received received = this.buffer.removeFirst();
			consumed();
			target.next(received);
		}
		target.draining = false;
		if (this.ended && this.buffer.isEmpty()) {
			target.finish(this.error);
		}
	}

	private void consumed() {
		if (++this.consumed >= Math.max(1, this.capacity / 2) && !this.ended) {
			this.allowed += this.consumed;
			this.peer.sendPrompt(new Frame.Credit(this.stream.id(), this.consumed), this.stream);
			this.consumed = 0;
		}
	}

	private final class Feed<T> implements Subscription {

		private final CoreSubscriber<? super T> subscriber;

		private final Class<T> type;

		private long demand;

		private boolean draining;

		private boolean cancelled;

		private boolean finished;

		Feed(CoreSubscriber<? super T> subscriber, Class<T> type) {
			this.subscriber = subscriber;
			this.type = type;
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n)) {
				ItemSink.this.peer.execute(() -> {
					this.demand = Operators.addCap(this.demand, n);
					drain();
				});
			}
		}

		@Override
		public void cancel() {
			ItemSink.this.peer.execute(() -> this.cancelled = true);
		}

		void next(Received received) {
			T value;
			try {
				value = Items.decode(codec(), received.frame.type(), received.body, this.type);
			}
			catch (CodecException ex) {
				this.cancelled = true;
				this.subscriber
					.onError(new ActionException(ErrorCode.INVALID_ARGUMENT, "An item does not fit: " + ex.getMessage())
						.withCause(ex));
				return;
			}
			if (this.demand != Long.MAX_VALUE) {
				this.demand--;
			}
			if (value != null) {
				this.subscriber.onNext(value);
			}
		}

		private Codec codec() {
			return ItemSink.this.peer.codec();
		}

		void finish(@Nullable Throwable reason) {
			if (this.cancelled || this.finished) {
				return;
			}
			this.finished = true;
			if (reason != null) {
				this.subscriber.onError(reason);
			}
			else {
				this.subscriber.onComplete();
			}
		}

	}

}
