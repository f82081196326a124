package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;

import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.SubscriptionListener;

/**
 * The sign by which the others see that the process of a pod exists: it is subscribed to
 * a channel of its own, on which nothing is ever published. The system closes the
 * connection of a process that has died at once, and leaves that of one that is stopped.
 * So the sign tells a dead pod from a silent one, which heartbeats cannot. Thread-safe.
 */
final class PodSign {

	private static final Log logger = PrintableLog.of(PodSign.class);

	private final ReactiveRedisConnectionFactory factory;

	private final ByteBuffer channel;

	/** Since when the subscription stands, in nanoseconds; 0 when it does not. */
	private volatile long since;

	PodSign(ReactiveRedisConnectionFactory factory, ByteBuffer channel) {
		this.factory = factory;
		this.channel = channel;
	}

	/**
	 * Whether the sign has been shown without a break for a time. After a restart of
	 * Redis all signs are gone for a moment, this one too.
	 * @param time the time
	 * @param now nanoseconds
	 */
	boolean isShownFor(Duration time, long now) {
		long since = this.since;
		return since != 0 && now - since > time.toNanos();
	}

	/** Redis does not see the sign at present. */
	void unseen() {
		this.since = 0;
	}

	/** Redis sees the sign, which a break may have hidden from it before. */
	void seen(long now) {
		if (this.since == 0) {
			this.since = now;
		}
	}

	/**
	 * Show the sign until the subscription ends. Without the right to subscribe there is
	 * no sign, and pods wait for the pod timeout.
	 * @return never ends and never fails
	 */
	Mono<Void> show() {
		return Flux
			.usingWhen(GuardedConnections.connection(this.factory),
					(connection) -> Flux.usingWhen(connection.pubSubCommands().createSubscription(new Listener()),
							(subscription) -> subscription.subscribe(this.channel.duplicate())
								.thenMany(subscription.receive()),
							// A connection that is gone cannot be told.
							(subscription) -> subscription.cancel().onErrorComplete()),
					ReactiveRedisConnection::closeLater)
			.ignoreElements()
			.then()
			.doFinally((signal) -> this.since = 0)
			// A connection that ends does so by an error; should it complete, it is made
			// anew.
			.repeatWhen((ends) -> ends.delayElements(Duration.ofSeconds(1)))
			.retryWhen(Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100))
				.maxBackoff(Duration.ofSeconds(10))
				.transientErrors(true)
				.doBeforeRetry((retry) -> logger.debug("The channel of this pod cannot be subscribed to: the others"
						+ " notice its death after the pod timeout only", retry.failure())))
			.then();
	}

	/** Called again after each reconnect of the driver. */
	private final class Listener implements SubscriptionListener {

		@Override
		public void onChannelSubscribed(byte[] channel, long count) {
			PodSign.this.since = System.nanoTime();
		}

		@Override
		public void onChannelUnsubscribed(byte[] channel, long count) {
			PodSign.this.since = 0;
		}

	}

}
