package io.agentsocket.client;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.FluxSink.OverflowStrategy;
import reactor.core.publisher.SynchronousSink;

/**
 * A subscriber of an event, with the events that wait until it asks for them: payloads,
 * bounded in number and in bytes, since values may be many times larger. Events come from
 * one thread at a time; they are taken by any.
 *
 * @param <T> type of the values
 */
final class EventSubscriber<T> {

	private static final Log logger = PrintableLog.of(EventSubscriber.class);

	/** Events that may wait, as many as for listeners. */
	private static final int MAX_WAITING = 256;

	/** Bytes of payload that may wait, as many as for listeners. */
	private static final int MAX_BYTES = 4 * 1024 * 1024;

	private final String name;

	private final Class<T> type;

	private final AtomicInteger waiting = new AtomicInteger();

	private final AtomicLong bytes = new AtomicLong();

	private final AtomicBoolean overflowLogged = new AtomicBoolean();

	private volatile @Nullable FluxSink<Bytes> sink;

	EventSubscriber(String name, Class<T> type) {
		this.name = name;
		this.type = type;
	}

	/**
	 * The values, for one subscription.
	 * @param codec decodes payloads when they are asked for
	 * @param added runs when events can be taken
	 * @param removed runs when nobody wants them any more
	 * @return values as long as there is demand for them
	 */
	Flux<T> values(Codec codec, Runnable added, Runnable removed) {
		return Flux.<Bytes>create((created) -> {
			this.sink = created;
			created.onDispose(removed::run);
			added.run();
		}, OverflowStrategy.BUFFER).handle((payload, next) -> take(codec, payload, next));
	}

	/**
	 * Let an event wait until it is asked for, which it may be already.
	 * @param payload the payload, which holds no larger message
	 * @return {@code false} when there is no room for it
	 */
	boolean offer(Bytes payload) {
		FluxSink<Bytes> open = this.sink;
		if (open == null || open.isCancelled()) {
			return true;
		}
		if (payload.isEmpty()) {
			logger.debug("An event " + this.name + " without a payload was dropped");
			return true;
		}
		int before = this.waiting.get();
		if (before >= MAX_WAITING || (before > 0 && this.bytes.get() + payload.length() > MAX_BYTES)) {
			if (this.overflowLogged.compareAndSet(false, true)) {
				logger.warn("A subscriber of the event " + this.name
						+ " is too slow: the event is dropped, as further ones will be without a message");
			}
			return false;
		}
		this.bytes.addAndGet(payload.length());
		this.waiting.incrementAndGet();
		open.next(payload);
		return true;
	}

	private void take(Codec codec, Bytes payload, SynchronousSink<T> next) {
		this.waiting.decrementAndGet();
		this.bytes.addAndGet(-payload.length());
		T value = null;
		try {
			value = codec.decode(payload, this.type);
		}
		catch (CodecException ex) {
			logger.debug("An event " + this.name + " with a payload that does not fit was dropped");
		}
		if (value != null) {
			next.next(value);
		}
	}

	/** No further event comes; waiting events can be taken. */
	void complete() {
		FluxSink<Bytes> open = this.sink;
		if (open != null) {
			open.complete();
		}
	}

}
