package io.agentsocket.connection.stream;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The id of a call on this side, made when somebody asks for it. Thread-safe.
 */
final class CallId implements Supplier<String> {

	private static final AtomicLong LAST = new AtomicLong();

	private @Nullable String id;

	@Override
	public synchronized String get() {
		String present = this.id;
		if (present == null) {
			present = Long.toString(LAST.incrementAndGet());
			this.id = present;
		}
		return present;
	}

}
