package com.example.benchmark;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import org.HdrHistogram.Histogram;

/**
 * Measures one round trip to Redis without anything around it: a script that does
 * nothing, with keys and arguments as long as those of a step, one at a time. The next
 * one leaves from where the reply has arrived.
 */
final class ScriptRoundTrip {

	private static final String SCRIPT = "return 0";

	/** As many as a step of a call has. */
	private static final int KEYS = 4;

	private static final int ARGUMENTS = 12;

	private static final String KEY = "benchmark:{" + "k".repeat(36) + "}:s";

	private static final String ARGUMENT = "a".repeat(12);

	private final RedisAsyncCommands<String, String> redis;

	private final String digest;

	private final String[] keys = new String[KEYS];

	private final String[] arguments = new String[ARGUMENTS];

	private final Histogram times = new Histogram(TimeUnit.SECONDS.toNanos(60), 3);

	private final CompletableFuture<Void> ended = new CompletableFuture<>();

	private final long deadline;

	private ScriptRoundTrip(StatefulRedisConnection<String, String> connection, Duration duration) {
		this.redis = connection.async();
		this.digest = connection.sync().scriptLoad(SCRIPT);
		Arrays.fill(this.keys, KEY);
		Arrays.fill(this.arguments, ARGUMENT);
		this.deadline = System.nanoTime() + duration.toNanos();
	}

	/**
	 * Ask Redis for some time.
	 * @param duration how long
	 * @return the median, in nanoseconds
	 */
	static long median(Duration duration) throws Exception {
		RedisURI uri = RedisURI.create(System.getProperty("spring.data.redis.host"),
				Integer.getInteger("spring.data.redis.port"));
		RedisClient client = RedisClient.create(uri);
		try {
			ScriptRoundTrip trips = new ScriptRoundTrip(client.connect(), duration);
			trips.next();
			trips.ended.get(duration.toMillis() + 10_000, TimeUnit.MILLISECONDS);
			return trips.times.getValueAtPercentile(50);
		}
		finally {
			client.shutdown();
		}
	}

	private void next() {
		long start = System.nanoTime();
		this.redis.<Long>evalsha(this.digest, ScriptOutputType.INTEGER, this.keys, this.arguments)
			.whenComplete((reply, error) -> {
				long now = System.nanoTime();
				this.times.recordValue(now - start);
				if (error != null) {
					this.ended.completeExceptionally(error);
				}
				else if (now > this.deadline) {
					this.ended.complete(null);
				}
				else {
					next();
				}
			});
	}

}
