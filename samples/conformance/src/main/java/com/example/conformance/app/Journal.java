package com.example.conformance.app;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Notes what actions with a key do, and holds them back until they are released. Shared
 * by all pods of this process; thread-safe.
 */
public final class Journal {

	private final Map<String, Integer> counts = new HashMap<>();

	private final Map<String, Gate> gates = new HashMap<>();

	/** Events by session and name. */
	private final Map<String, Sinks.Many<Object>> events = new ConcurrentHashMap<>();

	/**
	 * Note something.
	 * @param key key of the action
	 * @param what {@code ran}, {@code started}, {@code ended} or {@code cancelled}
	 * @return how often that was noted, this time included
	 */
	synchronized int note(String key, String what) {
		int count = this.counts.merge(what + " " + key, 1, Integer::sum);
		notifyAll();
		return count;
	}

	/**
	 * Wait until something was noted.
	 * @param key key of the action
	 * @param what see {@link #note}
	 * @param count how often
	 * @param millis how long to wait at most
	 * @return whether it was noted so often
	 * @throws InterruptedException if this thread is interrupted
	 */
	public synchronized boolean await(String key, String what, int count, long millis) throws InterruptedException {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		while (this.counts.getOrDefault(what + " " + key, 0) < count) {
			long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
			if (left <= 0) {
				return false;
			}
			wait(left);
		}
		return true;
	}

	/**
	 * Let actions with a key go on.
	 * @param key the key
	 * @param count how many steps
	 */
	public void release(String key, int count) {
		for (int i = 0; i < count; i++) {
			gate(key).release();
		}
	}

	/**
	 * The events of a name that a session has sent, to whichever pod.
	 * @param session id of the session
	 * @param name name of the events
	 * @return takes and replays them
	 */
	Sinks.Many<Object> events(String session, String name) {
		return this.events.computeIfAbsent(session + " " + name, (key) -> Sinks.many().replay().all());
	}

	/**
	 * Wait for a release.
	 * @param key the key
	 * @return completes when one more step is allowed, at once if it is already
	 */
	Mono<Void> permit(String key) {
		return Mono.defer(() -> gate(key).acquire());
	}

	private synchronized Gate gate(String key) {
		return this.gates.computeIfAbsent(key, (name) -> new Gate());
	}

	/** Steps that are allowed, and those who wait for one. */
	private static final class Gate {

		private final ArrayDeque<Sinks.One<Void>> waiting = new ArrayDeque<>();

		private int allowed;

		void release() {
			Sinks.One<Void> next;
			synchronized (this) {
				next = this.waiting.poll();
				if (next == null) {
					this.allowed++;
					return;
				}
			}
			next.tryEmitEmpty();
		}

		synchronized Mono<Void> acquire() {
			if (this.allowed > 0) {
				this.allowed--;
				return Mono.empty();
			}
			Sinks.One<Void> turn = Sinks.one();
			this.waiting.add(turn);
			return turn.asMono().doOnCancel(() -> forget(turn));
		}

		private synchronized void forget(Sinks.One<Void> turn) {
			this.waiting.remove(turn);
		}

	}

}
