package io.agentsocket.session;

import java.time.Duration;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import reactor.core.publisher.Mono;

/**
 * Values that can be taken once, in whichever pod, within a short time. Thread-safe.
 */
@Internal
public interface OneTimeValues {

	/**
	 * Keep a value.
	 * @param key its key, chosen so that nobody guesses it
	 * @param value the value
	 * @param ttl how long it can be taken
	 * @return completes when it is kept; fails when it cannot be
	 */
	Mono<Void> put(String key, Bytes value, Duration ttl);

	/**
	 * Take a value.
	 * @param key its key
	 * @return the value, for one caller only; empty when it was taken before, is too old
	 * or never was
	 */
	Mono<Bytes> take(String key);

}
