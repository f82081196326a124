package io.agentsocket.client;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * The bearer token of a client, or none.
 *
 * @param token subscribed to for each attempt to connect, or {@code null} for none
 * @param isRenewable whether it may change: a server that refuses it is asked again
 */
record Credential(@Nullable Mono<String> token, boolean isRenewable) {

	static final Credential NONE = new Credential(null, false);

	static Credential fixed(String token) {
		return new Credential(Mono.just(token), false);
	}

	static Credential renewable(Supplier<String> token) {
		return renewable(Mono.fromSupplier(token).subscribeOn(Schedulers.boundedElastic()));
	}

	static Credential renewable(Mono<String> token) {
		return new Credential(token, true);
	}

}
