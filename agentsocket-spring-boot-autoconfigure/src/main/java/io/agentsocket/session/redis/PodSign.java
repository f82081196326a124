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

	/**
	 * For how long the own sign must have been seen after a break before the lack of
	 * another one means something: all signs may have been broken by the same thing, and
	 * drivers take up to some seconds to come back.
	 */
	private static final Duration SETTLED = Duration.ofSeconds(5);

	private final ReactiveRedisConnectionFactory factory;

	private final ByteBuffer channel;

	/** Since when the subscription stands, in nanoseconds; 0 when it does not. */
	private volatile long since;

	/** Whether Redis has seen the sign at least once. */
	private volatile boolean confirmed;

	/** Whether it was hidden after that. */
	private volatile boolean broken;

	/**
	 * Create a sign that is not shown yet.
	 * @param factory how to reach Redis
	 * @param channel the channel to subscribe to
	 * @param broken whether there was a sign of this process before
	 */
	PodSign(ReactiveRedisConnectionFactory factory, ByteBuffer channel, boolean broken) {
		this.factory = factory;
		this.channel = channel;
		this.broken = broken;
	}

	/**
	 * Whether the lack of another sign means that its pod is dead, and not that something
	 * has broken all connections to Redis, this one too. A sign that was never broken
	 * says so from the beginning where Redis tells its processes apart: it counts only
	 * signs that it has seen itself since it was started.
	 * @param timeout the pod timeout, which is long enough in any case
	 * @param serverKnown whether Redis tells its processes apart
	 * @param now nanoseconds
	 */
	boolean isCertain(Duration timeout, boolean serverKnown, long now) {
		long since = this.since;
		if (since == 0 || !this.confirmed) {
			return false;
		}
		long settled = Math.min(timeout.toNanos(), SETTLED.toNanos());
		return (serverKnown && !this.broken) || now - since > settled;
	}

	/** Whether Redis has seen the sign at least once. */
	boolean isConfirmed() {
		return this.confirmed;
	}

	/** Redis does not see the sign at present. */
	void unseen() {
		hidden();
	}

	/** Redis sees the sign, which a break may have hidden from it before. */
	void seen(long now) {
		this.confirmed = true;
		if (this.since == 0) {
			this.since = now;
		}
	}

	private void hidden() {
		this.broken |= this.confirmed;
		this.since = 0;
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
			.doFinally((signal) -> hidden())
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

		private volatile boolean called;

		@Override
		public void onChannelSubscribed(byte[] channel, long count) {
			if (this.called) {
				hidden();
			}
			this.called = true;
			PodSign.this.since = System.nanoTime();
		}

		@Override
		public void onChannelUnsubscribed(byte[] channel, long count) {
			hidden();
		}

	}

}
