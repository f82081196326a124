package io.agentsocket.client;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.codec.CodecException;
import io.agentsocket.connection.Peer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.SessionEventSink;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.FluxSink.OverflowStrategy;

/**
 * The events of the server on their way to subscribers, and the server's knowledge of
 * what they subscribed to. Implements the client's half of section 19 of
 * {@code docs/protocol.md}.
 */
final class ClientEvents implements SessionEventSink {

	private static final Log logger = PrintableLog.of(ClientEvents.class);

	private static final int BUFFER = 256;

	private final Peer peer;

	private final SessionEventSink listeners;

	private final Map<String, List<Subscriber<?>>> subscribers = new ConcurrentHashMap<>();

	ClientEvents(Peer peer, SessionEventSink listeners) {
		this.peer = peer;
		this.listeners = listeners;
	}

	<T> Flux<T> on(String name, Class<T> type) {
		if (!Names.isValid(name)) {
			throw new IllegalArgumentException("Not the name of an event: " + name);
		}
		return Flux.<T>create((sink) -> {
			Subscriber<T> subscriber = new Subscriber<>(type, sink);
			sink.onDispose(() -> remove(name, subscriber));
			add(name, subscriber);
		}, OverflowStrategy.ERROR)
			.onBackpressureBuffer(BUFFER, (dropped) -> logger.debug("A subscriber of " + name + " is too slow"),
					reactor.core.publisher.BufferOverflowStrategy.DROP_LATEST);
	}

	private void add(String name, Subscriber<?> subscriber) {
		this.peer.execute(() -> {
			List<Subscriber<?>> all = this.subscribers.computeIfAbsent(name, (key) -> new CopyOnWriteArrayList<>());
			all.add(subscriber);
			if (all.size() == 1 && !this.peer.session().id().isEmpty()) {
				tell("add", List.of(name));
			}
		});
	}

	private void remove(String name, Subscriber<?> subscriber) {
		this.peer.execute(() -> {
			List<Subscriber<?>> all = this.subscribers.get(name);
			if (all != null && all.remove(subscriber) && all.isEmpty()) {
				this.subscribers.remove(name);
				tell("remove", List.of(name));
			}
		});
	}

	/** The session is new: the server knows of no subscription. */
	void subscribeAgain() {
		if (!this.subscribers.isEmpty()) {
			tell("add", List.copyOf(this.subscribers.keySet()));
		}
	}

	private void tell(String key, List<String> names) {
		// Owned by the peer: ends with the session at the latest.
		// After a reset all of them are told.
		this.peer.invoke(Names.SUBSCRIBE)
			.arguments(Map.of(key, names))
			.idempotent(false)
			.toMono(Map.class)
			.subscribe((answer) -> {
			}, (error) -> logger.debug("The server takes no subscriptions", error));
	}

	@Override
	public void event(String name, Bytes payload) {
		List<Subscriber<?>> all = this.subscribers.get(name);
		if (all != null) {
			all.forEach((subscriber) -> subscriber.next(this.peer, name, payload));
		}
		this.listeners.event(name, payload);
	}

	@Override
	public void close() {
		this.subscribers.values().forEach((all) -> all.forEach((subscriber) -> subscriber.sink.complete()));
		this.listeners.close();
	}

	private record Subscriber<T>(Class<T> type, FluxSink<T> sink) {

		void next(Peer peer, String name, Bytes payload) {
			try {
				T value = payload.isEmpty() ? null : peer.codec().decode(payload, this.type);
				if (value != null) {
					this.sink.next(value);
				}
				else {
					logger.debug("An event " + name + " without a payload was dropped");
				}
			}
			catch (CodecException ex) {
				logger.debug("An event " + name + " with a payload that does not fit was dropped");
			}
		}

	}

}
