package io.agentsocket.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.SessionStore;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A store in memory that counts what was asked of it and done.
 */
public final class SpyStore {

	private final SessionStore store;

	private final Map<String, AtomicInteger> done = new ConcurrentHashMap<>();

	public SpyStore() {
		this(Clock.systemUTC());
	}

	/** A store whose sessions expire on a clock. */
	SpyStore(Clock clock) {
		this.store = InMemorySessionStore.shared(clock);
	}

	/** The store to use. */
	public SessionStore counting() {
		return around(this.store, (name, mono) -> mono.doOnSuccess((value) -> count(name).incrementAndGet()));
	}

	/** A store in memory that opens no session: it fails, or throws. */
	static SessionStore unable(RuntimeException error, boolean throwing) {
		return around(new InMemorySessionStore(), (name, mono) -> {
			if (throwing) {
				throw error;
			}
			return Mono.error(error);
		});
	}

	/** Another store in memory, which answers on a scheduler. */
	static SessionStore on(Scheduler scheduler) {
		return around(new InMemorySessionStore(), (name, mono) -> mono.publishOn(scheduler));
	}

	private static SessionStore around(SessionStore store, BiFunction<String, Mono<?>, Mono<?>> change) {
		return (SessionStore) Proxy.newProxyInstance(SpyStore.class.getClassLoader(),
				new Class<?>[] { SessionStore.class }, (proxy, method, args) -> {
					try {
						Object result = method.invoke(store, args);
						return (result instanceof Mono<?> mono) ? change.apply(method.getName(), mono) : result;
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
	}

	private AtomicInteger count(String operation) {
		return this.done.computeIfAbsent(operation, (name) -> new AtomicInteger());
	}

	/** How often an operation was done. */
	public int done(String operation) {
		return count(operation).get();
	}

	/** The store itself. */
	public SessionStore store() {
		return this.store;
	}

}
