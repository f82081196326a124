package io.agentsocket.relay;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.scheduler.VirtualTimeScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Requests wait for the instance that is free first. Section 12 of
 * {@code docs/function-protocol.md}.
 */
class InstanceSlotsTests {

	private static final Duration START_AFTER = Duration.ofMillis(20);

	private static final Duration IDLE = Duration.ofMinutes(5);

	private final VirtualTimeScheduler timer = VirtualTimeScheduler.create();

	/** Instances that are being started, with the reasons. */
	private final List<Sinks.One<Boolean>> starts = new ArrayList<>();

	private final List<String> reasons = new ArrayList<>();

	/** Requests that have waited: whether each got a warm instance. */
	private final List<Boolean> waited = new ArrayList<>();

	private final List<InstanceSlots.Lease> granted = new ArrayList<>();

	/** Something that happens while the slots read their clock, once. */
	private Runnable meanwhile = () -> {
	};

	@AfterEach
	void stop() {
		this.timer.dispose();
	}

	private InstanceSlots slots(int perInstance, int limit) {
		FunctionSettings settings = new FunctionSettings("shop", URI.create("http://127.0.0.1:9/"), List.of(), Map.of(),
				RelayFixture.TIMES, limit, 3, 1 << 20, false, true, List.of(), new FunctionSettings.Upkeep(false, IDLE,
						List.of(), true, 1, new FunctionSettings.Instances(perInstance, START_AFTER, IDLE)));
		RelayListener listener = new RelayListener() {

			@Override
			public void waited(String function, boolean warm, long nanos) {
				InstanceSlotsTests.this.waited.add(warm);
			}

		};
		InstanceSlots slots = new InstanceSlots(settings, this.timer, listener, this::now);
		slots.starter((reason) -> {
			Sinks.One<Boolean> start = Sinks.one();
			this.starts.add(start);
			this.reasons.add(reason);
			return start.asMono();
		});
		return slots;
	}

	private long now() {
		Runnable once = this.meanwhile;
		this.meanwhile = () -> {
		};
		once.run();
		return this.timer.now(TimeUnit.NANOSECONDS);
	}

	private Disposable wait(InstanceSlots slots) {
		return slots.await().subscribe(this.granted::add);
	}

	@Test
	void nothingWaitsWhenInstancesAreNotKnown() {
		InstanceSlots slots = slots(0, 2);
		for (int i = 0; i < 5; i++) {
			assertThat(slots.tryEnter()).isNotNull();
		}
		slots.warm("connect", false);
		assertThat(this.starts).isEmpty();
		slots.warm("connect", true);
		assertThat(this.reasons).containsExactly("connect");
	}

	@Test
	void requestWaitsForTheInstanceThatIsBusy() {
		InstanceSlots slots = slots(1, 10);
		InstanceSlots.Lease first = slots.tryEnter();
		assertThat(first).isNotNull();
		assertThat(slots.tryEnter()).isNull();
		wait(slots);
		assertThat(this.granted).isEmpty();
		first.end(true);
		assertThat(this.granted).hasSize(1);
		this.granted.get(0).end(true);
		this.timer.advanceTimeBy(IDLE.dividedBy(2));
		assertThat(this.starts).as("nothing was started for one that did not wait any more").isEmpty();
		assertThat(this.waited).containsExactly(true);
		assertThat(slots.free()).isEqualTo(1);
	}

	@Test
	void anotherInstanceIsStartedAfterAShortWait() {
		InstanceSlots slots = slots(1, 10);
		InstanceSlots.Lease first = slots.tryEnter();
		wait(slots);
		this.timer.advanceTimeBy(START_AFTER.minusMillis(1));
		assertThat(this.starts).isEmpty();
		this.timer.advanceTimeBy(Duration.ofMillis(1));
		assertThat(this.reasons).containsExactly("wait");
		this.starts.get(0).tryEmitValue(true);
		assertThat(this.granted).hasSize(1);
		first.end(true);
		assertThat(slots.free()).isEqualTo(1);
	}

	@Test
	void busyInstanceMayBeFreeBeforeTheOneThatIsStarted() {
		InstanceSlots slots = slots(1, 10);
		InstanceSlots.Lease first = slots.tryEnter();
		wait(slots);
		this.timer.advanceTimeBy(START_AFTER);
		first.end(true);
		assertThat(this.granted).hasSize(1);
		this.starts.get(0).tryEmitValue(true);
		assertThat(slots.free()).isEqualTo(1);
		assertThat(slots.tryEnter()).isNotNull();
	}

	@Test
	void requestGoesWhenNoInstanceCanBeStarted() {
		InstanceSlots slots = slots(1, 10);
		assertThat(slots.tryEnter()).isNotNull();
		wait(slots);
		this.timer.advanceTimeBy(START_AFTER);
		this.starts.get(0).tryEmitError(new IllegalStateException("No room"));
		assertThat(this.granted).hasSize(1);
		assertThat(this.waited).containsExactly(false);
	}

	@Test
	void instanceThatIsLostIsNotUsedAgain() {
		InstanceSlots slots = slots(1, 10);
		slots.tryEnter().end(false);
		assertThat(slots.free()).isZero();
		InstanceSlots.Lease next = slots.tryEnter();
		assertThat(next).as("nothing is known to wait for").isNotNull();
		next.end(true);
		next.end(true);
		assertThat(slots.free()).isEqualTo(1);
	}

	@Test
	void requestsOfALostInstanceGetAnotherOne() {
		InstanceSlots slots = slots(1, 10);
		InstanceSlots.Lease first = slots.tryEnter();
		wait(slots);
		wait(slots);
		first.end(false);
		this.timer.advanceTimeBy(START_AFTER);
		assertThat(this.starts).hasSize(2);
		this.starts.forEach((start) -> start.tryEmitValue(true));
		assertThat(this.granted).hasSize(2);
	}

	@Test
	void requestThatIsCancelledLeavesNothingBehind() {
		InstanceSlots slots = slots(1, 10);
		InstanceSlots.Lease first = slots.tryEnter();
		wait(slots).dispose();
		assertThat(slots.waiting()).isZero();
		this.timer.advanceTimeBy(START_AFTER);
		assertThat(this.starts).isEmpty();
		first.end(true);
		assertThat(slots.free()).isEqualTo(1);
	}

	@Test
	void placeThatWasNotUsedIsGivenBackAsItWas() {
		InstanceSlots slots = slots(1, 10);
		slots.tryEnter().giveBack();
		assertThat(slots.free()).as("there was no instance").isZero();
		slots.tryEnter().end(true);
		this.timer.advanceTimeBy(IDLE.minusSeconds(1));
		slots.tryEnter().giveBack();
		assertThat(slots.free()).isEqualTo(1);
		this.timer.advanceTimeBy(Duration.ofSeconds(2));
		slots.warm("connect", false);
		assertThat(slots.free()).as("it has had nothing to do for too long").isZero();
		assertThat(this.starts).hasSize(1);
	}

	@Test
	void newInstanceTakesAsManyRequestsAsItCan() {
		InstanceSlots slots = slots(3, 10);
		InstanceSlots.Lease first = slots.tryEnter();
		wait(slots);
		first.answered();
		first.answered();
		assertThat(this.granted).hasSize(1);
		assertThat(slots.free()).isEqualTo(1);
		first.end(true);
		this.granted.get(0).end(true);
		assertThat(slots.free()).isEqualTo(3);
	}

	@Test
	void nothingWaitsBeyondTheLimit() {
		InstanceSlots slots = slots(1, 2);
		assertThat(slots.tryEnter()).isNotNull();
		wait(slots);
		assertThat(slots.waiting()).isEqualTo(1);
		assertThat(slots.tryEnter()).as("the guard refuses it").isNotNull();
	}

	@Test
	void agentThatConnectsGetsAnInstanceIfNoneIsFree() {
		InstanceSlots slots = slots(1, 10);
		slots.warm("start", true);
		slots.warm("connect", false);
		assertThat(this.reasons).as("one is being started").containsExactly("start");
		this.starts.get(0).tryEmitValue(true);
		slots.warm("connect", false);
		assertThat(this.reasons).as("one is free").containsExactly("start");
		slots.warm("connect", true);
		assertThat(slots.free()).as("the free one is kept").isZero();
		this.starts.get(1).tryEmitValue(true);
		assertThat(slots.free()).isEqualTo(1);
		assertThat(slots.tryEnter()).isNotNull();
		slots.warm("connect", false);
		assertThat(this.reasons).as("all are busy").containsExactly("start", "connect", "connect");
		this.starts.get(2).tryEmitValue(false);
		slots.warm("connect", false);
		assertThat(this.reasons).as("a function that fails is not asked for each agent").hasSize(3);
	}

	@Test
	void requestThatComesAsAnInstanceComesToLifeGetsIt() {
		InstanceSlots slots = slots(1, 10);
		slots.warm("connect", true);
		this.meanwhile = () -> wait(slots);
		this.starts.get(0).tryEmitValue(true);
		assertThat(this.granted).hasSize(1);
		assertThat(this.waited).as("it has not asked for another one").containsExactly(true);
		assertThat(slots.free()).isZero();
		this.granted.get(0).end(true);
		assertThat(slots.free()).isEqualTo(1);
	}

	@Test
	void anyNumberOfRequestsMayGiveTheirPlacesBackAtOnce() {
		int count = 10_000;
		InstanceSlots slots = slots(1, 2 * count);
		InstanceSlots.Lease first = slots.tryEnter();
		for (int i = 0; i < count; i++) {
			slots.await().subscribe(InstanceSlots.Lease::giveBack);
		}
		assertThat(slots.waiting()).isEqualTo(count);
		first.end(true);
		assertThat(this.waited).hasSize(count);
		assertThat(slots.waiting()).isZero();
		assertThat(slots.free()).isEqualTo(1);
	}

	@Test
	void firstRequestWaitsForTheInstanceThatIsBeingStarted() {
		InstanceSlots slots = slots(1, 10);
		slots.warm("connect", true);
		assertThat(slots.tryEnter()).isNull();
		Mono<InstanceSlots.Lease> waiting = slots.await();
		waiting.subscribe(this.granted::add);
		this.timer.advanceTimeBy(START_AFTER);
		assertThat(this.starts).as("one is enough for one").hasSize(1);
		this.starts.get(0).tryEmitValue(true);
		assertThat(this.granted).hasSize(1);
	}

}
