package io.agentsocket.connection;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameReader;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.Commit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A call waits for the steps that its promises need, and hardly for those of other calls,
 * however far the store is. Time is simulated, so that nothing of the machine counts.
 */
class DistantStoreTests {

	private static final int MILLISECOND = 1000;

	/** Microseconds until the store has answered. */
	private static final long ROUND_TRIP = 5 * MILLISECOND;

	/** Microseconds that a method takes at least, and at most beyond that. */
	private static final int WORK = MILLISECOND;

	private static final int MORE_WORK = 20 * MILLISECOND;

	private static final long END = 2000 * MILLISECOND;

	private static final double MEAN_WORK = WORK + MORE_WORK / 2.0;

	private record Event(long at, Runnable what) {

	}

	private final PriorityQueue<Event> events = new PriorityQueue<>(Comparator.comparingLong(Event::at));

	private final Map<Integer, Long> open = new HashMap<>();

	private final Random random = new Random(5);

	private boolean strict;

	private RawPeer raw;

	private long now;

	/** Number of the latest frame that the agent has received. */
	private long received;

	private int streamId = -1;

	private int steps;

	private int answers;

	/** Microseconds of all answered calls. */
	private long time;

	/** Two round trips, the record and the result, and with relaxed only the first. */
	@ParameterizedTest
	@CsvSource({ "true, 8, 2", "true, 64, 2", "true, 256, 2", "false, 8, 1", "false, 64, 1" })
	void aCallWaitsForItsOwnStepsOnly(boolean strict, int inFlight, int trips) {
		run(strict, inFlight);
		double least = MEAN_WORK + trips * ROUND_TRIP;
		assertThat((double) this.time / this.answers).isBetween(0.9 * least, 1.12 * least);
	}

	@Test
	void aBusySessionTakesFewSteps() {
		run(true, 64);
		assertThat((double) this.steps / this.answers).isLessThan(0.4);
	}

	private void run(boolean strict, int inFlight) {
		this.strict = strict;
		this.raw = RawPeer.ofServer(new Store());
		this.raw.actions.add("pay", ResultShape.VALUE, false, ActionHints.NONE, (exchange) -> {
			Sinks.One<String> result = Sinks.one();
			in(WORK + this.random.nextInt(MORE_WORK), () -> result.tryEmitValue("paid"));
			return result.asMono();
		});
		for (int i = 0; i < inFlight; i++) {
			in(this.random.nextInt(MORE_WORK), this::call);
		}
		for (long tick = MILLISECOND; tick <= END; tick += MILLISECOND) {
			Event next = this.events.peek();
			while (next != null && next.at <= tick) {
				this.events.remove();
				this.now = next.at;
				next.what.run();
				this.raw.settle();
				receive();
				next = this.events.peek();
			}
			this.now = tick;
			this.raw.advance(Duration.ofMillis(1));
			receive();
		}
	}

	private void in(long delay, Runnable what) {
		this.events.add(new Event(this.now + delay, what));
	}

	private void call() {
		this.streamId += 2;
		this.open.put(this.streamId, this.now);
		this.raw.send(RawPeer.invoke(this.streamId, "pay"));
	}

	/** The agent calls again with each answer. */
	private void receive() {
		int again = 0;
		for (Bytes message : this.raw.messages()) {
			FrameReader reader = new FrameReader(message, Limits.CLIENT);
			for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
				this.received += frame.type().isNumbered() ? 1 : 0;
				Long began = (frame instanceof Frame.Item) ? this.open.remove(frame.streamId()) : null;
				if (began != null) {
					this.answers++;
					this.time += this.now - began;
					again++;
				}
			}
		}
		if (again > 0) {
			this.raw.send(RawPeer.ack(this.received));
			for (int i = 0; i < again; i++) {
				call();
			}
			receive();
		}
	}

	/** All steps are stored after a round trip. */
	private final class Store extends QuietStorage {

		@Override
		public boolean isStrict() {
			return DistantStoreTests.this.strict;
		}

		@Override
		public Mono<Void> commit(Commit commit) {
			DistantStoreTests.this.steps++;
			Sinks.Empty<Void> stored = Sinks.empty();
			in(ROUND_TRIP, stored::tryEmitEmpty);
			return stored.asMono();
		}

	}

}
