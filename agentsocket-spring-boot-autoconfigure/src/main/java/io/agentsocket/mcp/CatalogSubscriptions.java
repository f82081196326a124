package io.agentsocket.mcp;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.agentsocket.log.LoggedTask;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Schedulers;

/**
 * The streams on which clients hear that the catalog has changed. Thread-safe.
 */
final class CatalogSubscriptions {

	private static final Log logger = PrintableLog.of(CatalogSubscriptions.class);

	private static final String UNTOLD = "A client that listens to changes is not told";

	/** Time in which changes become one notice, in milliseconds. */
	private static final int SETTLE = 50;

	/** Events that a client has not taken, beyond which its stream is closed. */
	private static final int FULL = 64;

	private static final Bytes COMMENT = Bytes.utf8(":\n\n");

	private final Duration keepAlive;

	private final Shares places;

	private final AtomicBoolean settling = new AtomicBoolean();

	private final Set<Subscription> open = ConcurrentHashMap.newKeySet();

	private volatile boolean closed;

	CatalogSubscriptions(int max, Duration keepAlive) {
		this.places = new Shares(max);
		this.keepAlive = keepAlive;
	}

	int size() {
		return this.open.size();
	}

	/**
	 * Open a stream.
	 * @param message the request
	 * @param caller the caller as it is counted, or {@code null}
	 * @param lasts time until the credential of the caller expires, or {@code null} when
	 * it does not
	 * @throws RpcError if there are too many, or the server leaves
	 */
	McpAnswer open(RpcMessage message, @Nullable String caller, @Nullable Duration lasts) {
		if (!this.places.enter(caller)) {
			throw new RpcError(503, RpcError.UNAVAILABLE, "Too many subscriptions are open");
		}
		Subscription subscription = new Subscription(message, caller, lasts);
		this.open.add(subscription);
		if (this.closed) {
			subscription.end();
			throw new RpcError(503, RpcError.UNAVAILABLE, "The server leaves and takes no further subscription");
		}
		return McpAnswer
			.events(subscription.events.flux()
				.doOnSubscribe((first) -> subscription.begin())
				.doOnNext((event) -> subscription.taken())
				.doFinally((signal) -> subscription.end()))
			// An answer that nobody writes takes no place, either.
			.whenOver(subscription::end);
	}

	/** The catalog has changed. */
	void changed() {
		if (!this.open.isEmpty() && this.settling.compareAndSet(false, true)) {
			Schedulers.parallel().schedule(() -> {
				this.settling.set(false);
				this.open.forEach((each) -> LoggedTask.run(logger, UNTOLD, each::changed));
			}, SETTLE, TimeUnit.MILLISECONDS);
		}
	}

	/** End all streams, with a word, and open no others. */
	void close() {
		this.closed = true;
		this.open.forEach(Subscription::close);
	}

	/** The stream of one client. */
	private final class Subscription {

		private final SentEvents events = new SentEvents();

		private final Bytes id;

		private final boolean wanted;

		private final @Nullable String caller;

		private final @Nullable Duration lasts;

		private final Disposable.Composite timers = Disposables.composite();

		private int waiting;

		private boolean ended;

		Subscription(RpcMessage message, @Nullable String caller, @Nullable Duration lasts) {
			this.caller = caller;
			this.lasts = lasts;
			// The request's body is not kept for the sake of its id.
			this.id = message.id.compact();
			this.wanted = message.toolsListChanged;
		}

		private JsonBytes meta() {
			return new JsonBytes(160).raw("\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":")
				.raw(this.id)
				.raw("}");
		}

		void begin() {
			synchronized (this) {
				if (!this.ended) {
					acknowledge();
				}
			}
			this.events.send();
		}

		private void acknowledge() {
			Bytes filter = new JsonBytes(192).raw("{")
				.raw(meta().bytes())
				.raw(",\"notifications\":{" + (this.wanted ? "\"toolsListChanged\":true" : "") + "}}")
				.bytes();
			add(RpcWriter.event(RpcWriter.notification("notifications/subscriptions/acknowledged", filter)));
			this.timers.add(new LoggedTask(logger, UNTOLD, () -> emit(COMMENT)).every(Schedulers.parallel(),
					CatalogSubscriptions.this.keepAlive));
			if (this.lasts != null) {
				this.timers.add(Schedulers.parallel()
					.schedule(new LoggedTask(logger, UNTOLD, this::close), this.lasts.toNanos(), TimeUnit.NANOSECONDS));
			}
		}

		void changed() {
			if (this.wanted) {
				emit(RpcWriter.event(RpcWriter.notification("notifications/tools/list_changed",
						new JsonBytes(160).raw("{").raw(meta().bytes()).raw("}").bytes())));
			}
		}

		private void emit(Bytes event) {
			synchronized (this) {
				if (!this.ended) {
					add(event);
				}
			}
			this.events.send();
		}

		/** Called with the lock, and the events are sent behind it without. */
		private void add(Bytes event) {
			if (++this.waiting > FULL) {
				this.events.complete();
				end();
			}
			else {
				this.events.add(event);
			}
		}

		synchronized void taken() {
			this.waiting--;
		}

		void close() {
			synchronized (this) {
				if (!this.ended) {
					add(RpcWriter.event(RpcWriter.response(this.id, Revision.STATELESS, meta().bytes())));
					this.events.complete();
					end();
				}
			}
			this.events.send();
		}

		synchronized void end() {
			if (!this.ended) {
				this.ended = true;
				this.timers.dispose();
				CatalogSubscriptions.this.open.remove(this);
				CatalogSubscriptions.this.places.leave(this.caller);
			}
		}

	}

}
