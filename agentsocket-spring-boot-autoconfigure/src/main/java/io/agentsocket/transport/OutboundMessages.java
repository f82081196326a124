package io.agentsocket.transport;

import java.util.Queue;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Fuseable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.concurrent.Queues;

/**
 * The one publisher that a WebSocket sends from. Messages are handed over by the engine
 * as the socket asks for them, so there are never more of them here than it asked for,
 * and no error is ever signalled. A socket that can takes the messages out of the queue
 * itself and has none of its own.
 */
final class OutboundMessages extends Flux<Object> {

	private static final AtomicLongFieldUpdater<OutboundMessages> REQUESTED = AtomicLongFieldUpdater
		.newUpdater(OutboundMessages.class, "requested");

	private final Socket socket;

	private final Runnable writable;

	private @Nullable CoreSubscriber<? super Object> subscriber;

	/** Publisher from which the socket takes messages by itself. */
	private volatile @Nullable Queue<Bytes> queue;

	private volatile long requested;

	private volatile boolean done;

	/** Whether the socket has got its subscription; guarded by this. */
	private boolean subscribed;

	OutboundMessages(Socket socket, Runnable writable) {
		this.socket = socket;
		this.writable = writable;
	}

	@Override
	public void subscribe(CoreSubscriber<? super Object> actual) {
		this.subscriber = actual;
		actual.onSubscribe(new Messages());
		boolean over;
		synchronized (this) {
			this.subscribed = true;
			over = this.done;
		}
		if (over) {
			// Completed before there was anybody to tell.
			actual.onComplete();
		}
	}

	boolean isWritable() {
		return this.requested > 0 && !this.done;
	}

	void write(Bytes message) {
		CoreSubscriber<? super Object> target = this.subscriber;
		if (target == null || this.done) {
			return;
		}
		Operators.produced(REQUESTED, this, 1);
		Queue<Bytes> fused = this.queue;
		if (fused != null) {
			fused.offer(message);
			signal(target);
		}
		else {
			target.onNext(this.socket.message(message));
		}
	}

	/** There is something in the queue: a fused publisher says so with null. */
	@SuppressWarnings({ "NullAway", "DataFlowIssue" })
	private static void signal(CoreSubscriber<? super Object> target) {
		target.onNext(null);
	}

	void complete() {
		CoreSubscriber<? super Object> target = this.subscriber;
		synchronized (this) {
			if (this.done) {
				return;
			}
			this.done = true;
			if (!this.subscribed) {
				return;
			}
		}
		if (target != null) {
			target.onComplete();
		}
	}

	/** The subscription, and the queue that a socket may take messages from. */
	private final class Messages implements Fuseable.QueueSubscription<Object> {

		@Override
		public void request(long n) {
			if (Operators.validate(n)) {
				long before = Operators.addCap(REQUESTED, OutboundMessages.this, n);
				if (before == 0) {
					OutboundMessages.this.writable.run();
				}
			}
		}

		@Override
		public void cancel() {
			OutboundMessages.this.done = true;
		}

		@Override
		public int requestFusion(int requestedMode) {
			if ((requestedMode & Fuseable.ASYNC) == 0) {
				return Fuseable.NONE;
			}
			OutboundMessages.this.queue = Queues.<Bytes>unboundedMultiproducer().get();
			return Fuseable.ASYNC;
		}

		@Override
		public @Nullable Object poll() {
			Queue<Bytes> fused = OutboundMessages.this.queue;
			Bytes message = (fused != null) ? fused.poll() : null;
			return (message != null) ? OutboundMessages.this.socket.message(message) : null;
		}

		@Override
		public int size() {
			Queue<Bytes> fused = OutboundMessages.this.queue;
			return (fused != null) ? fused.size() : 0;
		}

		@Override
		public boolean isEmpty() {
			Queue<Bytes> fused = OutboundMessages.this.queue;
			return fused == null || fused.isEmpty();
		}

		@Override
		public void clear() {
			Queue<Bytes> fused = OutboundMessages.this.queue;
			if (fused != null) {
				fused.clear();
			}
		}

	}

}
