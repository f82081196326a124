package io.agentsocket.connection.stream;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.action.ArgumentMisfit;
import io.agentsocket.action.InputCheck;
import io.agentsocket.action.SchemaValidator;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.connection.sequence.Holdings;
import io.agentsocket.connection.sequence.QueuedFrame;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.Violation;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The items that a caller sends to a running invocation, buffered up to the credit that
 * it was given. Demand of the one subscriber becomes CREDIT as the buffer empties.
 * Implements section 12.2 of {@code docs/protocol.md}.
 */
public final class InboundItems {

	private static final Log logger = PrintableLog.of(InboundItems.class);

	/**
	 * Items granted to a caller that may send none at first, once somebody takes them.
	 */
	private static final int LATE_CREDIT = 32;

	/**
	 * An item.
	 *
	 * @param type type of its frame
	 * @param body the item
	 * @param beyond bytes that are held for it beyond those of its body
	 */
	private record Received(FrameType type, Bytes body, int beyond) {

	}

	private final StreamContext context;

	private final Stream stream;

	private final Strictness strictness;

	/** Schema that each item must satisfy; null when reading it is enough. */
	private final @Nullable Map<String, Object> schema;

	/** Items that may be underway or buffered. */
	private int capacity;

	private final ArrayDeque<Received> buffer = new ArrayDeque<>(2);

	private @Nullable Feed<?> feed;

	private @Nullable QueuedFrame queuedCredit;

	private int consumed;

	private int allowed;

	private boolean ended;

	private boolean subscribed;

	/** Whether nobody takes items any more. */
	private boolean discarding;

	private @Nullable Throwable error;

	public InboundItems(StreamContext context, Stream stream, Action action, int capacity) {
		this.context = context;
		this.stream = stream;
		InputCheck check = action.inputCheck();
		this.strictness = check.itemStrictness();
		this.schema = check.items() ? action.items() : null;
		this.capacity = capacity;
		this.allowed = capacity;
	}

	/**
	 * Takes an item in.
	 * @return the reason for which the stream must end, or {@code null}
	 */
	public @Nullable ActionException offer(FrameType type, Bytes body) {
		if (this.allowed == 0) {
			return new ActionException(ErrorCode.RESOURCE_EXHAUSTED,
					"The caller sent more items than it had credit for");
		}
		this.allowed--;
		if (this.discarding) {
			return null;
		}
		if (!this.context.holdings().reserve(body.length())) {
			return Holdings.noRoom("The caller sent more bytes than the action has taken");
		}
		Received received = new Received(type, body, 0);
		this.buffer.addLast(received);
		drain();
		if (this.buffer.peekLast() == received) {
			keep(this.buffer.removeLast());
		}
		return null;
	}

	/** An item waits, and does not keep the large message that it came in. */
	private void keep(Received received) {
		Bytes body = received.body.detach();
		int beyond = Holdings.beyond(body);
		this.context.holdings().ofStreams(beyond);
		this.buffer.addLast(new Received(received.type, body, beyond));
	}

	/** An item waits no longer. */
	private void release(Received received) {
		this.context.holdings().release(received.body.length());
		this.context.holdings().ofStreams(-received.beyond);
	}

	/** The caller ended its side. */
	public void end() {
		finish(null);
	}

	/** Ends with the invocation, and drops the items that nobody has taken. */
	public void close(@Nullable Throwable reason) {
		discardInput();
		finish(reason);
	}

	private void finish(@Nullable Throwable reason) {
		if (!this.ended) {
			this.ended = true;
			this.error = reason;
		}
		drain();
	}

	private void discardInput() {
		this.discarding = true;
		this.buffer.forEach(this::release);
		this.buffer.clear();
	}

	/** The items, decoded to a type, for one subscriber. */
	public <T> Flux<T> flux(Class<T> type) {
		return new Flux<>() {
			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				Feed<T> created = new Feed<>(subscriber, type);
				InboundItems.this.context.loop().execute(() -> connect(created));
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
		if (this.capacity == 0 && !this.ended) {
			this.capacity = LATE_CREDIT;
			grant(LATE_CREDIT);
		}
		drain();
	}

	private void drain() {
		Feed<?> target = this.feed;
		if (target == null || target.draining) {
			return;
		}
		target.draining = true;
		while (target.demand > 0 && !this.buffer.isEmpty()) {
			Received received = this.buffer.removeFirst();
			release(received);
			consumed();
			target.next(received);
		}
		target.draining = false;
		if (this.ended && this.buffer.isEmpty()) {
			target.finish(this.error);
		}
	}

	private void consumed() {
		if (++this.consumed < Math.max(1, this.capacity / 2) || this.ended) {
			return;
		}
		int items = this.consumed;
		this.consumed = 0;
		grant(items);
	}

	private void grant(int items) {
		this.allowed += items;
		QueuedFrame queued = this.queuedCredit;
		if (queued != null && queued.isQueued() && queued.frame() instanceof Frame.Credit credit) {
			this.context.sendQueue().replace(queued, new Frame.Credit(this.stream.id(), credit.items() + items));
		}
		else {
			this.queuedCredit = this.context.sendQueue()
				.addPrompt(new Frame.Credit(this.stream.id(), items), this.stream);
		}
	}

	private final class Feed<T> implements Subscription {

		private final CoreSubscriber<? super T> subscriber;

		private final Class<T> type;

		private long demand;

		private boolean draining;

		private boolean finished;

		Feed(CoreSubscriber<? super T> subscriber, Class<T> type) {
			this.subscriber = subscriber;
			this.type = type;
		}

		@Override
		public void request(long n) {
			if (Operators.validate(n)) {
				InboundItems.this.context.loop().execute(() -> {
					this.demand = Operators.addCap(this.demand, n);
					drain();
				});
			}
		}

		@Override
		public void cancel() {
			InboundItems.this.context.loop().execute(() -> {
				this.finished = true;
				discardInput();
			});
		}

		void next(Received received) {
			T value;
			try {
				check(received);
				value = ItemDecoder.decode(InboundItems.this.context.codec(), received.type, received.body, this.type,
						InboundItems.this.strictness);
			}
			catch (CodecException ex) {
				fail(ArgumentMisfit.ofItem(ex));
				return;
			}
			catch (RuntimeException ex) {
				fail(ex);
				return;
			}
			if (this.demand != Long.MAX_VALUE) {
				this.demand--;
			}
			if (value == null) {
				fail(new ActionException(ErrorCode.INVALID_ARGUMENT, "An item is null"));
				return;
			}
			try {
				this.subscriber.onNext(value);
			}
			catch (Throwable ex) {
				fail(ex);
			}
		}

		/** Bytes are what they are: a schema says nothing of them. */
		private void check(Received received) {
			Map<String, Object> expected = InboundItems.this.schema;
			if (expected != null && received.type != FrameType.BYTES) {
				Object plain = ItemDecoder.decode(InboundItems.this.context.codec(), received.type, received.body,
						Object.class);
				List<Violation> violations = SchemaValidator.standard().violations(expected, plain);
				if (!violations.isEmpty()) {
					throw ArgumentMisfit.ofItem(violations);
				}
			}
		}

		/**
		 * An item cannot be taken: also when the caller has sent all of them, this is the
		 * end.
		 */
		private void fail(Throwable reason) {
			discardInput();
			InboundItems.this.ended = true;
			InboundItems.this.error = reason;
			drain();
		}

		void finish(@Nullable Throwable reason) {
			if (this.finished) {
				return;
			}
			this.finished = true;
			try {
				if (reason != null) {
					this.subscriber.onError(reason);
				}
				else {
					this.subscriber.onComplete();
				}
			}
			catch (Throwable ex) {
				// The invocation ends all the same, and others with it.
				logger.error("A consumer of items has failed to take their end", ex);
			}
		}

	}

}
