package io.agentsocket.client;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;

import io.agentsocket.client.ClientSettings.Connecting;
import io.agentsocket.connection.Peer;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Names;
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
			// Between 70 and 90 % of its time: agents that began together do not come
			// together.
			long wait = expires / 10 * 7 + ThreadLocalRandom.current().nextLong(expires / 5 + 1);
			this.running = this.timer.apply(Duration.ofMillis(wait), () -> refresh(next));
		}
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

	private static long expires(Map<?, ?> answer) {
		return (answer.get("expires") instanceof Number number) ? number.longValue() : -1;
	}

	/** The connection is gone. */
	void stop() {
		if (this.running != null) {
			this.running.dispose();
			this.running = null;
		}
	}

}
