package com.example.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Drives connections in a closed loop, the same for every contestant: whoever has an
 * answer asks the next question from where the answer arrived.
 */
final class Load {

	private static final Duration GRACE = Duration.ofSeconds(30);

	private final Scenario scenario;

	private final WeatherRequest request;

	private final TextRequest text;

	private final TokensRequest tokens = new TokensRequest(TokensRequest.TOKENS);

	private final CountDownLatch ended;

	private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

	private volatile long deadline;

	private volatile long limit;

	private Load(Scenario scenario) {
		this.scenario = scenario;
		this.request = WeatherRequest.ofSize(scenario.argumentBytes());
		this.text = new TextRequest(scenario.resultBytes());
		this.ended = new CountDownLatch(scenario.connections() * scenario.inFlight());
	}

	/**
	 * Drive for some time.
	 * @param scenario what to do
	 * @param connections at least as many as the scenario asks for
	 * @param duration how long
	 * @return what was reached
	 */
	static LoadResult run(Scenario scenario, List<Connection> connections, Duration duration) {
		return new Load(scenario).run(connections, duration.toNanos(), Long.MAX_VALUE);
	}

	/**
	 * Make a number of calls.
	 * @param scenario what to do
	 * @param connections at least as many as the scenario asks for
	 * @param each how many on each place in flight
	 * @return what was reached
	 */
	static LoadResult run(Scenario scenario, List<Connection> connections, int each) {
		return new Load(scenario).run(connections, TimeUnit.HOURS.toNanos(1), each);
	}

	private LoadResult run(List<Connection> connections, long nanos, long each) {
		List<Slot> slots = new ArrayList<>();
		for (int i = 0; i < this.scenario.connections(); i++) {
			for (int k = 0; k < this.scenario.inFlight(); k++) {
				slots.add(new Slot(connections.get(i)));
			}
		}
		long start = System.nanoTime();
		this.limit = each;
		this.deadline = start + nanos;
		slots.forEach(Slot::next);
		try {
			if (!this.ended.await(nanos + GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
				throw new IllegalStateException("Calls are still open: " + this.ended.getCount());
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		long elapsed = System.nanoTime() - start;
		Throwable error = this.failure.get();
		if (error != null) {
			throw new IllegalStateException("A call failed", error);
		}
		return result(slots, elapsed);
	}

	private LoadResult result(List<Slot> slots, long elapsed) {
		long operations = 0;
		Histogram times = new Histogram(TimeUnit.SECONDS.toNanos(60), 3);
		for (Slot slot : slots) {
			operations += slot.count * (this.scenario.streams() ? this.tokens.n() : 1);
			if (slot.times != null) {
				times.add(slot.times);
			}
		}
		return new LoadResult(operations, elapsed, times.getValueAtPercentile(50), times.getValueAtPercentile(99));
	}

	/** A place in flight. */
	private final class Slot implements Reply {

		private final Connection connection;

		private final @Nullable Histogram times;

		private long count;

		private long started;

		Slot(Connection connection) {
			this.connection = connection;
			this.times = Load.this.scenario.latency() ? new Histogram(TimeUnit.SECONDS.toNanos(60), 3) : null;
		}

		void next() {
			this.started = System.nanoTime();
			if (Load.this.scenario.streams()) {
				this.connection.tokens(Load.this.tokens, this);
			}
			else if (Load.this.scenario.resultBytes() > 0) {
				this.connection.text(Load.this.text, this);
			}
			else {
				this.connection.call(Load.this.request, this);
			}
		}

		@Override
		public void done(@Nullable Throwable error) {
			if (error != null) {
				Load.this.failure.compareAndSet(null, error);
				Load.this.ended.countDown();
				return;
			}
			long now = System.nanoTime();
			this.count++;
			if (this.times != null) {
				this.times.recordValue(now - this.started);
			}
			if (now - Load.this.deadline < 0 && this.count < Load.this.limit) {
				next();
			}
			else {
				Load.this.ended.countDown();
			}
		}

	}

}
