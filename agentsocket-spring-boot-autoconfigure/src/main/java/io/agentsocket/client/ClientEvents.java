package io.agentsocket.client;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.connection.Peer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.SessionEventSink;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Flux;

/**
 * The events of the server on their way to subscribers, and the server's knowledge of
 * what they subscribed to. Implements the client's half of section 19 of
 * {@code docs/protocol.md}.
 */
final class ClientEvents implements SessionEventSink {

	private static final Log logger = PrintableLog.of(ClientEvents.class);

	private final Peer peer;

	private final SessionEventSink listeners;

	private final Map<String, List<EventSubscriber<?>>> subscribers = new ConcurrentHashMap<>();

	ClientEvents(Peer peer, SessionEventSink listeners) {
		this.peer = peer;
		this.listeners = listeners;
	}

	<T> Flux<T> on(String name, Class<T> type) {
		if (!Names.isValid(name)) {
			throw new IllegalArgumentException("Not the name of an event: " + name);
		}
		return Flux.defer(() -> {
			EventSubscriber<T> subscriber = new EventSubscriber<>(name, type);
			return subscriber.values(this.peer.codec(), () -> add(name, subscriber), () -> remove(name, subscriber));
		});
	}

	private void add(String name, EventSubscriber<?> subscriber) {
		this.peer.execute(() -> {
			List<EventSubscriber<?>> all = this.subscribers.computeIfAbsent(name,
					(key) -> new CopyOnWriteArrayList<>());
			all.add(subscriber);
			if (all.size() == 1 && !this.peer.session().id().isEmpty()) {
				tell("add", List.of(name));
			}
		});
	}

	private void remove(String name, EventSubscriber<?> subscriber) {
		this.peer.execute(() -> {
			List<EventSubscriber<?>> all = this.subscribers.get(name);
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
		List<EventSubscriber<?>> all = this.subscribers.get(name);
		if (all != null) {
			Bytes kept = payload.detach();
			all.forEach((subscriber) -> {
				if (!subscriber.offer(kept)) {
					this.listeners.refused();
				}
			});
		}
		this.listeners.event(name, payload);
	}

	@Override
	public void refused() {
		this.listeners.refused();
	}

	@Override
	public long waiting() {
		return this.listeners.waiting();
	}

	@Override
	public void close() {
		this.subscribers.values().forEach((all) -> all.forEach(EventSubscriber::complete));
		this.listeners.close();
	}

}
