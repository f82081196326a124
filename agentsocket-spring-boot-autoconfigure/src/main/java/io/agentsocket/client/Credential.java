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
 * @param isInHello whether it is sent in HELLO, and not as a header
 */
record Credential(@Nullable Mono<String> token, boolean isRenewable, boolean isInHello) {

	static final Credential NONE = new Credential(null, false, false);

	Credential fixed(String fixed) {
		return new Credential(Mono.just(fixed), false, this.isInHello);
	}

	Credential renewable(Supplier<String> supplier) {
		return renewable(Mono.fromSupplier(supplier).subscribeOn(Schedulers.boundedElastic()));
	}

	Credential renewable(Mono<String> source) {
		return new Credential(source, true, this.isInHello);
	}

	Credential inHello() {
		return new Credential(this.token, this.isRenewable, true);
	}

}
