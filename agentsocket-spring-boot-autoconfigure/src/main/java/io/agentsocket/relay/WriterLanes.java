package io.agentsocket.relay;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Lets the writers of one session run one after the other, in the order in which they
 * came. Thread-safe.
 */
final class WriterLanes {

	/** The writers that wait, by session; a session without an entry has no writer. */
	private final Map<String, Queue<Waiter>> waiting = new HashMap<>();

	/**
	 * Run something when it is its turn.
	 * @param session id of the session
	 * @param work the work
	 */
	<T> Flux<T> inLane(String session, Supplier<Publisher<T>> work) {
		return Flux.usingWhen(enter(session), (id) -> work.get(), this::leave, (id, error) -> leave(id), this::leave);
	}

	private Mono<String> enter(String session) {
		return Mono.create((sink) -> {
			boolean free = false;
			synchronized (this.waiting) {
				Queue<Waiter> queue = this.waiting.get(session);
				if (queue == null) {
					this.waiting.put(session, new ArrayDeque<>(1));
					free = true;
				}
				else {
					Waiter waiter = new Waiter(sink);
					queue.add(waiter);
					sink.onCancel(() -> forget(session, waiter));
				}
			}
			if (free) {
				sink.success(session);
			}
		});
	}

	/** A waiter has gone; its turn may just have come, and is the next one's then. */
	private void forget(String session, Waiter waiter) {
		boolean waits;
		synchronized (this.waiting) {
			Queue<Waiter> queue = this.waiting.get(session);
			waits = queue != null && queue.remove(waiter);
		}
		if (!waits) {
			next(session);
		}
	}

	private Mono<Void> leave(String session) {
		return Mono.fromRunnable(() -> next(session));
	}

	private void next(String session) {
		Waiter next;
		synchronized (this.waiting) {
			Queue<Waiter> queue = this.waiting.get(session);
			next = (queue != null) ? queue.poll() : null;
			if (next == null) {
				this.waiting.remove(session);
			}
		}
		if (next != null) {
			next.sink.success(session);
		}
	}

	/** Number of sessions with a writer. */
	int size() {
		synchronized (this.waiting) {
			return this.waiting.size();
		}
	}

	private static final class Waiter {

		private final MonoSink<String> sink;

		Waiter(MonoSink<String> sink) {
			this.sink = sink;
		}

	}

}
