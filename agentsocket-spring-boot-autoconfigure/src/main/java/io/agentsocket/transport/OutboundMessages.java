package io.agentsocket.transport;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;

/**
 * The one publisher that a WebSocket sends from. Messages are handed over by the engine
 * as the socket asks for them; nothing is buffered here and no error is ever signalled.
 */
final class OutboundMessages extends Flux<WebSocketMessage> implements Subscription {

	private static final AtomicLongFieldUpdater<OutboundMessages> REQUESTED = AtomicLongFieldUpdater
		.newUpdater(OutboundMessages.class, "requested");

	private final WebSocketSession session;

	private final Runnable writable;

	private @Nullable CoreSubscriber<? super WebSocketMessage> subscriber;

	private volatile long requested;

	private volatile boolean done;

	OutboundMessages(WebSocketSession session, Runnable writable) {
		this.session = session;
		this.writable = writable;
	}

	@Override
	public void subscribe(CoreSubscriber<? super WebSocketMessage> actual) {
		this.subscriber = actual;
		actual.onSubscribe(this);
	}

	@Override
	public void request(long n) {
		if (Operators.validate(n)) {
			long before = Operators.addCap(REQUESTED, this, n);
			if (before == 0) {
				this.writable.run();
			}
		}
	}

	@Override
	public void cancel() {
		this.done = true;
	}

	boolean isWritable() {
		return this.requested > 0 && !this.done;
	}

	void write(Bytes message) {
		CoreSubscriber<? super WebSocketMessage> target = this.subscriber;
		if (target == null || this.done) {
			return;
		}
		Operators.produced(REQUESTED, this, 1);
		target.onNext(this.session.binaryMessage((factory) -> factory.wrap(message.exactArray())));
	}

	void complete() {
		CoreSubscriber<? super WebSocketMessage> target = this.subscriber;
		if (!this.done && target != null) {
			this.done = true;
			target.onComplete();
		}
	}

}
