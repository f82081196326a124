package io.agentsocket.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.connection.Peer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.session.SessionEventSink;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * The events of the server on their way to subscribers, and the server's knowledge of
 * what they subscribed to. Implements the client's half of section 19 of
 * {@code docs/protocol.md}.
 */
final class ClientEvents implements SessionEventSink {

	private static final Log logger = PrintableLog.of(ClientEvents.class);

	/** Names of a session, and in a list of a call, as section 19 says. */
	private static final int MAX = 256;

	/** Names in one line of the log. */
	private static final int MAX_LOGGED = 3;

	/**
	 * A server that has no room for a call, or has got too many in this second, is asked
	 * again: for about half a minute.
	 */
	private static final Retry AGAIN = Retry.backoff(5, Duration.ofSeconds(1))
		.filter(ClientEvents::isBusy)
		.onRetryExhaustedThrow((retry, failed) -> failed.failure());

	private final Peer peer;

	private final SessionEventSink listeners;

	/** The peer's loop. */
	private final Scheduler loop;

	private final Map<String, List<EventSubscriber<?>>> subscribers = new ConcurrentHashMap<>();

	/**
	 * Names with subscribers, the oldest first: these are told where there is no room for
	 * all. Confined to the peer's loop.
	 */
	private final Set<String> names = new LinkedHashSet<>();

	/**
	 * Names that the server knows of, or is being told, with the number of the latest
	 * call that adds them; the same.
	 */
	private final Map<String, Integer> told = new HashMap<>();

	/** Counts the calls that tell the server something; the same. */
	private int calls;

	/**
	 * Names that the server may know of although it was told to forget them; the same.
	 */
	private final Set<String> unwanted = new HashSet<>();

	/** Whether it is logged that there are more names than the server takes; the same. */
	private boolean full;

	/** Counts the sessions, each of which begins without a subscription; the same. */
	private int session;

	private volatile boolean closed;

	ClientEvents(Peer peer, SessionEventSink listeners) {
		this.peer = peer;
		this.listeners = listeners;
		this.loop = Schedulers.fromExecutor(peer::execute);
	}

	<T> Flux<T> on(String name, Class<T> type) {
		// A server that is told one that is none takes no other of the same call.
		if (!Names.isValid(name) || name.length() > Limits.CLIENT.name()) {
			throw new IllegalArgumentException("Not the name of an event: " + name);
		}
		return Flux.defer(() -> {
			EventSubscriber<T> subscriber = new EventSubscriber<>(name, type);
			return subscriber.values(this.peer.codec(), () -> add(name, subscriber), () -> remove(name, subscriber));
		});
	}

	private void add(String name, EventSubscriber<?> subscriber) {
		this.peer.execute(() -> {
			this.subscribers.computeIfAbsent(name, (key) -> new CopyOnWriteArrayList<>()).add(subscriber);
			this.names.add(name);
			if (this.closed) {
				subscriber.complete();
			}
			else if (!this.told.containsKey(name) && !this.peer.session().id().isEmpty()) {
				tell(List.of(name), List.of());
			}
		});
	}

	private void remove(String name, EventSubscriber<?> subscriber) {
		this.peer.execute(() -> {
			List<EventSubscriber<?>> all = this.subscribers.get(name);
			if (all != null && all.remove(subscriber) && all.isEmpty()) {
				this.subscribers.remove(name);
				this.names.remove(name);
				if (!this.closed && this.told.containsKey(name)) {
					// A name that had no room takes its place.
					List<String> next = (this.told.size() < MAX) ? List.of() : missing().stream().limit(1).toList();
					tell(next, List.of(name));
					this.full = this.full && this.told.size() >= MAX;
				}
			}
		});
	}

	/**
	 * There is a connection: the server is told what it does not know. A call that had to
	 * tell it may have failed while there was none for long.
	 * @param anew whether the session is new, and knows of no subscription
	 */
	void connected(boolean anew) {
		if (anew) {
			this.session++;
			this.told.clear();
			this.unwanted.clear();
		}
		List<String> missing = missing();
		List<String> beyond = new ArrayList<>(this.unwanted);
		beyond.removeAll(this.names);
		this.unwanted.clear();
		int at = 0;
		while (beyond.size() - at > MAX) {
			// A longer list would be refused, and what is wanted with it.
			tell(List.of(), beyond.subList(at, at + MAX));
			at += MAX;
		}
		if (!missing.isEmpty() || at < beyond.size()) {
			tell(missing, beyond.subList(at, beyond.size()));
		}
	}

	/** Names with subscribers that the server is not told, the oldest first. */
	private List<String> missing() {
		List<String> missing = new ArrayList<>(this.names);
		missing.removeAll(this.told.keySet());
		return missing;
	}

	private void tell(List<String> wanted, List<String> removed) {
		removed.forEach(this.told::remove);
		List<String> added = fitting(wanted);
		if (added.isEmpty() && removed.isEmpty()) {
			return;
		}
		int call = ++this.calls;
		added.forEach((name) -> this.told.put(name, call));
		int present = this.session;
		// Owned by the peer: ends with the session at the latest.
		// After a reset all of them are told. Each attempt is made in the loop, so that
		// it
		// comes before or after what newer subscribers have the server told.
		Mono.defer(() -> call(added, removed)).subscribeOn(this.loop).retryWhen(AGAIN).subscribe((answer) -> {
		}, (error) -> this.peer.execute(() -> untold(present, call, added, removed, error)));
	}

	/** The server would refuse all names of a call with which there are too many. */
	private List<String> fitting(List<String> wanted) {
		int room = Math.max(0, MAX - this.told.size());
		if (wanted.size() <= room) {
			return wanted;
		}
		String line = "Events do not come, as a session has at most " + MAX + " subscriptions, and none to "
				+ line(wanted.subList(room, wanted.size()));
		if (this.full) {
			logger.debug(line);
		}
		else {
			logger.warn(line);
		}
		this.full = true;
		return wanted.subList(0, room);
	}

	/** Tells what still holds: the server may have been busy for a while. */
	private Mono<?> call(List<String> added, List<String> removed) {
		Map<String, Object> arguments = new LinkedHashMap<>();
		put(arguments, "add", added.stream().filter(this.subscribers::containsKey).toList());
		put(arguments, "remove", removed.stream().filter((name) -> !this.subscribers.containsKey(name)).toList());
		return arguments.isEmpty() ? Mono.empty()
				: this.peer.invoke(Names.SUBSCRIBE).arguments(arguments).idempotent(false).toMono(Map.class);
	}

	private static void put(Map<String, Object> arguments, String key, List<String> names) {
		if (!names.isEmpty()) {
			arguments.put(key, names);
		}
	}

	private static boolean isBusy(Throwable error) {
		return error instanceof ActionException exception && exception.isRetryable()
				&& exception.errorCode() == ErrorCode.RESOURCE_EXHAUSTED;
	}

	/**
	 * The server was not told: it is with the next connection, unless a newer call has
	 * done so.
	 */
	private void untold(int of, int call, List<String> added, List<String> removed, Throwable error) {
		if (of != this.session || this.closed) {
			return;
		}
		List<String> missing = added.stream().filter((name) -> this.told.remove(name, call)).toList();
		removed.stream().filter((name) -> !this.told.containsKey(name)).forEach(this.unwanted::add);
		// A client that is closed, or an agent that is not connected, needs no line.
		boolean refused = error instanceof ActionException exception && exception.errorCode() != ErrorCode.CANCELLED;
		if (refused && this.peer.isAttached() && !missing.isEmpty()) {
			logger.warn("Events do not come, as the server takes no subscription to " + line(missing) + ": "
					+ error.getMessage());
		}
		else {
			logger.debug("The server takes no subscriptions", error);
		}
	}

	private static String line(Collection<String> names) {
		String first = String.join(", ", names.stream().limit(MAX_LOGGED).toList());
		int more = names.size() - MAX_LOGGED;
		return (more > 0) ? first + " and " + more + " more" : first;
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
		this.closed = true;
		this.subscribers.values().forEach((all) -> all.forEach(EventSubscriber::complete));
		this.listeners.close();
	}

}
