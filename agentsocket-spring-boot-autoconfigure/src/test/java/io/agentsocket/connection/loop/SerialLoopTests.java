package io.agentsocket.connection.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.Await;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SerialLoopTests {

	private final List<String> log = new ArrayList<>();

	private final List<Throwable> failures = new ArrayList<>();

	private final ManualLoop fallback = new ManualLoop();

	private final SerialLoop loop = new SerialLoop(this.fallback, () -> this.log.add("closing"), this.failures::add);

	private void settle(ManualLoop executor) {
		while (executor.runOne()) {
			// Until nothing is left.
		}
	}

	@Test
	void tasksRunInOrderAndTheClosingTaskBehindThem() {
		this.loop.execute(() -> {
			this.log.add("a");
			this.loop.execute(() -> this.log.add("a1"));
			this.loop.executeLater(() -> this.log.add("c"));
		});
		this.loop.execute(() -> this.log.add("b"));
		assertThat(this.log).isEmpty();
		settle(this.fallback);
		assertThat(this.log).containsExactly("a", "a1", "b", "c", "closing");
		assertThat(this.loop.inLoop()).isFalse();
	}

	@Test
	void closingTaskRunsNowAndThenUnderLoad() {
		for (int i = 0; i < 600; i++) {
			this.loop.execute(() -> this.log.add("task"));
		}
		settle(this.fallback);
		assertThat(this.log.stream().filter("task"::equals)).hasSize(600);
		assertThat(this.log.stream().filter("closing"::equals)).hasSize(3);
		assertThat(this.log.get(this.log.size() - 1)).isEqualTo("closing");
	}

	@Test
	void loopThatAlwaysHasWorkLeavesItsThreadToOthersAfterABatch() {
		Runnable endless = new Runnable() {

			@Override
			public void run() {
				SerialLoopTests.this.log.add("task");
				SerialLoopTests.this.loop.executeLater(this);
			}

		};
		this.loop.execute(endless);
		assertThat(this.fallback.runOne()).isTrue();
		assertThat(this.log).hasSizeLessThan(300);
		this.fallback.execute(() -> this.log.add("other"));
		assertThat(this.fallback.runOne()).isTrue();
		assertThat(this.fallback.runOne()).isTrue();
		assertThat(this.log).contains("other");
		assertThat(this.log.indexOf("other")).isGreaterThan(this.log.indexOf("closing"));
	}

	@Test
	void nobodyElseRunsInALoopThatHasLeftItsThread() {
		for (int i = 0; i < 300; i++) {
			this.loop.execute(() -> this.log.add("first"));
		}
		assertThat(this.fallback.runOne()).isTrue();
		this.loop.executeHere(() -> this.log.add("second"), this.fallback);
		assertThat(this.log).doesNotContain("second");
		settle(this.fallback);
		assertThat(this.log.indexOf("second")).isGreaterThan(this.log.lastIndexOf("first"));
		assertThat(this.log.stream().filter("first"::equals)).hasSize(300);
	}

	@Test
	void failureDoesNotStopTheLoop() {
		this.loop.execute(() -> {
			throw new IllegalStateException("task");
		});
		this.loop.execute(() -> this.log.add("next"));
		settle(this.fallback);
		assertThat(this.failures).hasSize(1);
		assertThat(this.log).containsExactly("next", "closing");
	}

	@Test
	void failureOfTheHandlerOrOfTheClosingTaskDoesNotStopTheLoop() {
		SerialLoop broken = new SerialLoop(this.fallback, () -> {
			throw new IllegalStateException("closing");
		}, (error) -> {
			throw new IllegalStateException("handler");
		});
		broken.execute(() -> this.log.add("a"));
		settle(this.fallback);
		broken.execute(() -> this.log.add("b"));
		settle(this.fallback);
		assertThat(this.log).containsExactly("a", "b");
	}

	@Test
	void goesOnOverThereWhenItIsMoved() {
		ManualLoop other = new ManualLoop();
		this.loop.execute(() -> {
			this.log.add("a");
			this.loop.runOn(other);
		});
		this.loop.execute(() -> this.log.add("b"));
		settle(this.fallback);
		assertThat(this.log).containsExactly("a");
		settle(other);
		assertThat(this.log).containsExactly("a", "b", "closing");
		this.loop.execute(() -> this.loop.runOn(null));
		settle(other);
		assertThat(this.log).hasSize(3);
		settle(this.fallback);
		assertThat(this.log).hasSize(4);
	}

	@Test
	void runsAtOnceOnlyOnTheThreadOfItsExecutor() {
		ManualLoop other = new ManualLoop();
		this.loop.executeHere(() -> this.log.add("elsewhere"), other);
		assertThat(this.log).isEmpty();
		settle(this.fallback);
		this.loop.executeHere(() -> this.log.add("here"), this.fallback);
		assertThat(this.log).containsExactly("elsewhere", "closing", "here", "closing");
	}

	@Test
	void rejectedTasksRunAllTheSame() {
		Executor closed = (task) -> {
			throw new RejectedExecutionException();
		};
		this.loop.execute(() -> this.loop.runOn(closed));
		this.loop.execute(() -> this.log.add("a"));
		settle(this.fallback);
		assertThat(this.log).containsExactly("a", "closing");
		SerialLoop allClosed = new SerialLoop(closed, () -> this.log.add("closing"), this.failures::add);
		allClosed.execute(() -> this.log.add("b"));
		assertThat(this.log).containsExactly("a", "closing", "b", "closing");
	}

	@Test
	void executorThatHasNoThreadLosesNoTask() {
		AtomicInteger errors = new AtomicInteger(1);
		Executor full = (task) -> {
			if (errors.getAndDecrement() > 0) {
				throw new OutOfMemoryError("unable to create native thread");
			}
			task.run();
		};
		this.loop.execute(() -> this.loop.runOn(full));
		settle(this.fallback);
		assertThat(this.log).containsExactly("closing");
		errors.set(1);
		this.loop.execute(() -> this.log.add("a"));
		settle(this.fallback);
		this.loop.execute(() -> this.log.add("b"));
		assertThat(this.log).containsExactly("closing", "a", "closing", "b", "closing");
		SerialLoop none = new SerialLoop((task) -> {
			throw new OutOfMemoryError("unable to create native thread");
		}, () -> this.log.add("closing"), this.failures::add);
		none.execute(() -> this.log.add("c"));
		assertThat(this.log).endsWith("c", "closing");
	}

	/** As a pool does that has queued a task and then finds no thread for it. */
	@Test
	void executorThatFailsAfterItHasQueuedGetsNoSecondTurn() {
		List<Runnable> queued = new ArrayList<>();
		SerialLoop late = new SerialLoop((task) -> {
			queued.add(task);
			throw new OutOfMemoryError("unable to create native thread");
		}, () -> this.log.add("closing"), this.failures::add);
		late.execute(() -> {
			this.log.add("a");
			queued.forEach(Runnable::run);
			this.log.add("still a");
		});
		queued.forEach(Runnable::run);
		assertThat(queued).hasSizeGreaterThan(1);
		assertThat(this.log).containsExactly("a", "still a", "closing");
	}

	@Test
	void manyThreadsNeverRunAtTheSameTime() throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(4);
		ExecutorService users = Executors.newFixedThreadPool(6);
		try {
			AtomicReference<Thread> inside = new AtomicReference<>();
			AtomicInteger overlaps = new AtomicInteger();
			AtomicInteger closings = new AtomicInteger();
			int[] plain = { 0 };
			SerialLoop real = new SerialLoop(pool, closings::incrementAndGet, (error) -> overlaps.incrementAndGet());
			int each = 20_000;
			CountDownLatch done = new CountDownLatch(6 * each);
			List<Executor> homes = List.of(pool::execute, pool::execute);
			for (int user = 0; user < 6; user++) {
				int number = user;
				users.execute(() -> {
					for (int i = 0; i < each; i++) {
						int n = i;
						Runnable task = () -> {
							if (!inside.compareAndSet(null, Thread.currentThread())) {
								overlaps.incrementAndGet();
							}
							plain[0]++;
							if (n % 97 == 0) {
								real.runOn(homes.get(n & 1));
							}
							inside.set(null);
							done.countDown();
						};
						if (number == 0) {
							real.executeHere(task, homes.get(0));
						}
						else {
							real.execute(task);
						}
					}
				});
			}
			Await.until(done);
			assertThat(overlaps).hasValue(0);
			assertThat(plain[0]).isEqualTo(6 * each);
		}
		finally {
			users.shutdownNow();
			pool.shutdownNow();
		}
	}

}
