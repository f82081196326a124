package io.agentsocket.mcp;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.protocol.Bytes;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * The streams on which clients hear that the catalog has changed. Thread-safe.
 */
final class CatalogSubscriptions {

	/** Time in which changes become one notice, in milliseconds. */
	private static final int SETTLE = 50;

	/** Events that a client has not taken, beyond which its stream is closed. */
	private static final int FULL = 64;

	private static final Bytes COMMENT = Bytes.utf8(":\n\n");

	private final int max;

	private final Duration keepAlive;

	private final AtomicInteger places = new AtomicInteger();

	private final AtomicBoolean settling = new AtomicBoolean();

	private final Set<Subscription> open = ConcurrentHashMap.newKeySet();

	CatalogSubscriptions(int max, Duration keepAlive) {
		this.max = max;
		this.keepAlive = keepAlive;
	}

	int size() {
		return this.open.size();
	}

	/**
	 * Open a stream.
	 * @throws RpcError if there are too many
	 */
	McpAnswer open(RpcMessage message) {
		if (this.places.incrementAndGet() > this.max) {
			this.places.decrementAndGet();
			throw new RpcError(503, RpcError.UNAVAILABLE, "Too many subscriptions are open");
		}
		Subscription subscription = new Subscription(message);
		this.open.add(subscription);
		return McpAnswer.events(subscription.sink.asFlux()
			.doOnSubscribe((first) -> subscription.begin())
			.doOnNext((event) -> subscription.taken())
			.doFinally((signal) -> subscription.end()));
	}

	/** The catalog has changed. */
	void changed() {
		if (!this.open.isEmpty() && this.settling.compareAndSet(false, true)) {
			Schedulers.parallel().schedule(() -> {
				this.settling.set(false);
				this.open.forEach(Subscription::changed);
			}, SETTLE, TimeUnit.MILLISECONDS);
		}
	}

	/** End all streams, with a word. */
	void close() {
		this.open.forEach(Subscription::close);
	}

	/** The stream of one client. */
	private final class Subscription {

		private final Sinks.Many<Bytes> sink = Sinks.many().unicast().onBackpressureBuffer();

		private final Bytes id;

		private final boolean wanted;

		private @org.jspecify.annotations.Nullable Disposable timer;

		private int waiting;

		private boolean ended;

		Subscription(RpcMessage message) {
			// The request's body is not kept for the sake of its id.
			this.id = message.id.compact();
			this.wanted = message.toolsListChanged;
		}

		private JsonBytes meta() {
			return new JsonBytes(160).raw("\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":")
				.raw(this.id)
				.raw("}");
		}

		synchronized void begin() {
			Bytes filter = new JsonBytes(192).raw("{")
				.raw(meta().bytes())
				.raw(",\"notifications\":{" + (this.wanted ? "\"toolsListChanged\":true" : "") + "}}")
				.bytes();
			emit(Reply.event(Reply.notification("notifications/subscriptions/acknowledged", filter)));
			long period = CatalogSubscriptions.this.keepAlive.toMillis();
			this.timer = Schedulers.parallel()
				.schedulePeriodically(() -> emit(COMMENT), period, period, TimeUnit.MILLISECONDS);
		}

		void changed() {
			if (this.wanted) {
				emit(Reply.event(Reply.notification("notifications/tools/list_changed",
						new JsonBytes(160).raw("{").raw(meta().bytes()).raw("}").bytes())));
			}
		}

		private synchronized void emit(Bytes event) {
			if (this.ended) {
				return;
			}
			if (++this.waiting > FULL) {
				this.sink.tryEmitComplete();
				end();
				return;
			}
			this.sink.tryEmitNext(event);
		}

		synchronized void taken() {
			this.waiting--;
		}

		synchronized void close() {
			if (!this.ended) {
				emit(Reply.event(Reply.response(this.id, Revision.STATELESS, meta().bytes())));
				this.sink.tryEmitComplete();
				end();
			}
		}

		synchronized void end() {
			if (!this.ended) {
				this.ended = true;
				if (this.timer != null) {
					this.timer.dispose();
				}
				CatalogSubscriptions.this.open.remove(this);
				CatalogSubscriptions.this.places.decrementAndGet();
			}
		}

	}

}
