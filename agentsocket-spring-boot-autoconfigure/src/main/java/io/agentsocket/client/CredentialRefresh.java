package io.agentsocket.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;

import io.agentsocket.client.ClientSettings.Connecting;
import io.agentsocket.connection.Peer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Varint;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Shows the server another token before the present one expires, where the application
 * gives one that may change. If that does not work out, the server closes the connection
 * and the next one has another token. Runs in the peer's loop. Implements the client's
 * half of section 17.5 of {@code docs/protocol.md}.
 */
final class CredentialRefresh {

	private static final Log logger = PrintableLog.of(CredentialRefresh.class);

	/**
	 * Milliseconds from what a server says of a credential to the next one, at least: a
	 * server that always says "at once" does not make a client ask for tokens without a
	 * pause.
	 */
	private static final long LEAST = 1_000;

	private final @Nullable Mono<String> token;

	private final Peer peer;

	private final BiFunction<Duration, Runnable, Disposable> timer;

	private @Nullable Disposable running;

	/**
	 * Create a refresh.
	 * @param connecting has the token
	 * @param peer calls the server
	 * @param timer runs a task in the loop after a time
	 */
	CredentialRefresh(Connecting connecting, Peer peer, BiFunction<Duration, Runnable, Disposable> timer) {
		this.token = connecting.credential().isRenewable() ? connecting.credential().token() : null;
		this.peer = peer;
		this.timer = timer;
	}

	/**
	 * The server knows a credential.
	 * @param expires milliseconds until it expires, or -1 when it does not
	 */
	void known(long expires) {
		stop();
		Mono<String> next = this.token;
		if (next != null && expires > 0) {
			this.running = this.timer.apply(untilNext(expires), () -> refresh(next));
		}
	}

	/**
	 * Time until another credential is shown: between 70 and 90 % of that of the present
	 * one, since agents that began together should not come together.
	 */
	static Duration untilNext(long expires) {
		long part = expires / 10 * 7 + ThreadLocalRandom.current().nextLong(expires / 5 + 1);
		return Duration.ofMillis(Math.max(LEAST, part));
	}

	private void refresh(Mono<String> next) {
		this.running = next
			.flatMap((text) -> this.peer.invoke(Names.AUTHENTICATE)
				.arguments(Map.of("token", text))
				.idempotent(false)
				.toMono(Map.class))
			.subscribe((answer) -> this.peer.execute(() -> known(expires(answer))),
					(error) -> logger.debug("The server did not take another token", error));
	}

	/** A time beyond the range of section 6.2 says nothing. */
	static long expires(Map<?, ?> answer) {
		long expires = (answer.get("expires") instanceof Number number) ? number.longValue() : -1;
		return (expires <= Varint.MAX_INT) ? expires : -1;
	}

	/** The connection is gone. */
	void stop() {
		if (this.running != null) {
			this.running.dispose();
			this.running = null;
		}
	}

}
