package io.agentsocket.mcp;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.protocol.Bytes;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * The events of a response or a subscription on their way to the web server. They are put
 * in while a lock gives them their order, and given away without it: the web server takes
 * them in the same call, asks for more results, or says that the client has gone.
 * Thread-safe.
 */
final class SentEvents {

	private final Queue<Bytes> queue = new ConcurrentLinkedQueue<>();

	private final Sinks.Many<Bytes> sink = Sinks.many().unicast().onBackpressureBuffer();

	private final AtomicInteger rounds = new AtomicInteger();

	private volatile boolean complete;

	/** The events, for the web server. */
	Flux<Bytes> flux() {
		return this.sink.asFlux();
	}

	/** Adds an event, which goes with the next {@link #send()}. */
	void add(Bytes event) {
		this.queue.add(event);
	}

	/** No event comes behind those that were added. */
	void complete() {
		this.complete = true;
	}

	/** Gives away what was added; called without a lock. */
	void send() {
		if (this.rounds.getAndIncrement() != 0) {
			return;
		}
		int seen = 1;
		do {
			boolean last = this.complete;
			Bytes event = this.queue.poll();
			while (event != null) {
				this.sink.tryEmitNext(event);
				event = this.queue.poll();
			}
			if (last) {
				this.sink.tryEmitComplete();
			}
			seen = this.rounds.addAndGet(-seen);
		}
		while (seen != 0);
	}

}
