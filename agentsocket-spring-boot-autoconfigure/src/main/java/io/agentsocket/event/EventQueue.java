package io.agentsocket.event;

import java.util.ArrayDeque;
import java.util.Deque;

import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The events of a session that wait, bounded in number and in bytes of payload.
 * Thread-safe.
 */
final class EventQueue {

	/** An event beside its payload: two objects, an array, a place in the queue. */
	private static final int EVENT = 128;

	private @Nullable Deque<Event> events;

	private final int maxEvents;

	private final int maxBytes;

	/** Bytes of payloads that wait. */
	private long bytes;

	/** Bytes that all take. Changed by one thread at a time; read by any. */
	private volatile long held;

	private boolean closed;

	EventQueue(int maxEvents, int maxBytes) {
		this.maxEvents = maxEvents;
		this.maxBytes = maxBytes;
	}

	/**
	 * Add an event. Its payload is detached from the message that it came in.
	 * @param event the event
	 * @return {@code false} when there is no room
	 */
	synchronized boolean offer(Event event) {
		if (this.closed) {
			return true;
		}
		Deque<Event> waiting = (this.events != null) ? this.events : new ArrayDeque<>();
		int length = event.payload().length();
		if (waiting.size() >= this.maxEvents || (!waiting.isEmpty() && this.bytes + length > this.maxBytes)) {
			return false;
		}
		this.events = waiting;
		waiting.add(new Event(event.name(), Bytes.of(event.payload().exactArray()), event.listeners()));
		this.bytes += length;
		this.held += EVENT + length;
		return true;
	}

	/** Bytes of the heap that the events that wait take. */
	long held() {
		return this.held;
	}

	synchronized @Nullable Event poll() {
		Event event = (this.events != null) ? this.events.poll() : null;
		if (event != null) {
			this.bytes -= event.payload().length();
			this.held -= EVENT + event.payload().length();
		}
		return event;
	}

	/** Drop waiting events and take nothing more. */
	synchronized void close() {
		this.closed = true;
		this.events = null;
		this.bytes = 0;
		this.held = 0;
	}

}
