package io.agentsocket.tool;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where blocking tools run, and how they stop.
 */
class BlockingTests {

	private final ThreadPoolExecutor executor = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS,
			new LinkedBlockingQueue<>());

	private final Tools tools = new Tools();

	@AfterEach
	void stop() {
		this.tools.release.countDown();
		this.executor.shutdownNow();
	}

	@Test
	void cancelInterruptsTheRunningThread() throws Exception {
		Disposable running = call("waits", this.executor).mono().subscribe();
		Await.until(this.tools.started);
		running.dispose();
		Await.until(this.tools.interrupted);
	}

	@Test
	void cancelNeverInterruptsALaterTask() throws Exception {
		Call quick = call("quick", this.executor);
		for (int i = 0; i < 5000; i++) {
			Disposable running = quick.mono().subscribe();
			AtomicBoolean interrupted = new AtomicBoolean();
			CountDownLatch done = new CountDownLatch(1);
			this.executor.execute(() -> {
				for (int j = 0; j < 50; j++) {
					Thread.onSpinWait();
				}
				interrupted.set(Thread.interrupted());
				done.countDown();
			});
			running.dispose();
			Await.until(done);
			assertThat(interrupted).isFalse();
		}
	}

	@Test
	void aTaskThatStillWaitsIsRemovedAndNotRun() throws Exception {
		Disposable first = call("waits", this.executor).mono().subscribe();
		Await.until(this.tools.started);
		Disposable second = call("quick", this.executor).mono().subscribe();
		Disposable third = call("numbers", this.executor).flux().subscribe();
		assertThat(this.executor.getQueue()).hasSize(2);
		second.dispose();
		third.dispose();
		assertThat(this.executor.getQueue()).isEmpty();
		first.dispose();
		this.executor.submit(() -> {
		}).get(60, TimeUnit.SECONDS);
		assertThat(this.tools.runs).hasValue(0);
	}

	@Test
	void aTaskThatCannotBeRemovedIsNotRun() {
		List<Runnable> waiting = new ArrayList<>();
		Disposable call = call("quick", waiting::add).mono().subscribe();
		Disposable stream = call("numbers", waiting::add).flux().subscribe();
		call.dispose();
		stream.dispose();
		assertThat(waiting).hasSize(2);
		waiting.forEach(Runnable::run);
		assertThat(this.tools.runs).hasValue(0);
	}

	@Test
	void whatTheExecutorRejectsIsRefused() {
		Executor full = (task) -> {
			throw new RejectedExecutionException("full");
		};
		for (String name : List.of("quick", "numbers")) {
			StepVerifier.create(Await.ended(call(name, full).flux())).expectErrorSatisfies((ex) -> {
				ActionException action = (ActionException) ex;
				assertThat(action.errorCode()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED);
				assertThat(action.isRetryable()).isTrue();
				assertThat(action.hasMaybeRun()).isFalse();
				assertThat(action.getMessage()).doesNotContain("full");
			}).verify(Call.TIMEOUT);
		}
		assertThat(this.tools.runs).hasValue(0);
	}

	@Test
	void aRejectionOfTheToolItselfIsItsOwn() {
		StepVerifier.create(Await.ended(call("rejects", this.executor).flux()))
			.expectError(RejectedExecutionException.class)
			.verify(Call.TIMEOUT);
	}

	@Test
	void aStreamIsPulledAsDemandAllowsWithoutHoldingAThread() throws Exception {
		StepVerifier.create(call("numbers", this.executor).flux(), 0)
			.expectSubscription()
			.then(() -> assertThat(this.tools.pulled).hasValue(0))
			.thenRequest(2)
			.expectNext(0, 1)
			.then(() -> Await.untilAsserted(() -> assertThat(this.executor.getActiveCount()).isZero()))
			.then(() -> assertThat(this.tools.pulled.get()).isLessThanOrEqualTo(3))
			.thenRequest(1)
			.expectNext(2)
			.thenRequest(Long.MAX_VALUE)
			.expectNextCount(97)
			.expectComplete()
			.verify(Call.TIMEOUT);
		Await.untilAsserted(() -> assertThat(this.tools.closed).hasValue(1));
	}

	@Test
	void aStreamEndsWithoutFurtherDemand() {
		StepVerifier.create(call("numbers", this.executor).flux(), 100)
			.expectNextCount(100)
			.expectComplete()
			.verify(Call.TIMEOUT);
	}

	@Test
	void cancelClosesAStreamThatIsNotPulled() {
		StepVerifier.create(call("numbers", this.executor).flux(), 2)
			.expectNext(0, 1)
			.thenCancel()
			.verify(Call.TIMEOUT);
		Await.untilAsserted(() -> assertThat(this.tools.closed).hasValue(1));
	}

	@Test
	void cancelInterruptsAndClosesAStreamThatIsPulled() throws Exception {
		Disposable running = call("stuck", this.executor).flux().subscribe();
		Await.until(this.tools.started);
		running.dispose();
		Await.until(this.tools.interrupted);
		Await.untilAsserted(() -> assertThat(this.tools.closed).hasValue(1));
	}

	@Test
	void aStreamIsClosedWhenItFails() {
		StepVerifier.create(Await.ended(call("breaks", this.executor).flux()))
			.expectNext(1)
			.expectErrorMessage("broken")
			.verify(Call.TIMEOUT);
		Await.untilAsserted(() -> assertThat(this.tools.closed).hasValue(1));
	}

	@Test
	void aStreamThatTheExecutorRejectsLaterIsClosed() {
		AtomicBoolean full = new AtomicBoolean();
		Executor filling = (task) -> {
			if (full.get()) {
				throw new RejectedExecutionException("full");
			}
			this.executor.execute(task);
		};
		StepVerifier.create(call("numbers", filling).flux(), 1)
			.expectNext(0)
			.then(() -> Await.untilAsserted(() -> assertThat(this.executor.getActiveCount()).isZero()))
			.then(() -> full.set(true))
			.thenRequest(1)
			.expectErrorSatisfies((ex) -> assertThat(((ActionException) ex).hasMaybeRun()).isTrue())
			.verify(Call.TIMEOUT);
		assertThat(this.tools.closed).hasValue(1);
	}

	@Test
	void anIteratorThatCanBeClosedIsClosed() {
		StepVerifier.create(Await.ended(call("cursor", this.executor).flux()))
			.expectNext(1)
			.expectComplete()
			.verify(Call.TIMEOUT);
		Await.untilAsserted(() -> assertThat(this.tools.closed).hasValue(1));
	}

	@Test
	void threadLocalsAreRestoredFromTheContext() {
		ThreadLocal<String> local = this.tools.local;
		ContextRegistry.getInstance().registerThreadLocalAccessor("tool-test", local);
		try {
			StepVerifier
				.create(Await.ended(
						call("local", this.executor).mono().contextWrite((context) -> context.put("tool-test", "x"))))
				.expectNext("x")
				.expectComplete()
				.verify(Call.TIMEOUT);
			Await.end(call("local", this.executor).mono());
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor("tool-test");
		}
	}

	@Test
	void threadLocalsThatCannotBeSetFailTheCallAndNoLaterOne() {
		failsWithThreadLocals(new BrokenAccessor(true));
	}

	@Test
	void threadLocalsThatCannotBeClearedFailTheCallAndNoLaterOne() {
		failsWithThreadLocals(new BrokenAccessor(false));
	}

	private void failsWithThreadLocals(BrokenAccessor accessor) {
		ContextRegistry.getInstance().registerThreadLocalAccessor(accessor);
		try {
			for (String name : List.of("quick", "numbers")) {
				StepVerifier
					.create(call(name, this.executor).flux()
						.contextWrite((context) -> context.put(accessor.key(), "x")), 1)
					.thenConsumeWhile((item) -> true)
					.expectErrorMessage("no thread local")
					.verify(Call.TIMEOUT);
			}
			StepVerifier.create(Await.ended(call("quick", this.executor).flux()))
				.expectNextCount(1)
				.expectComplete()
				.verify(Call.TIMEOUT);
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor(accessor.key());
		}
	}

	@Test
	void manyStreamsShareFewThreads() throws Exception {
		ExecutorService two = java.util.concurrent.Executors.newFixedThreadPool(2);
		try {
			Call numbers = call("numbers", two);
			reactor.core.publisher.Flux<Object> all = reactor.core.publisher.Flux.range(0, 50)
				.flatMap((i) -> numbers.flux().limitRate(3), 50);
			StepVerifier.create(Await.ended(all)).expectNextCount(5000).expectComplete().verify(Await.LONG);
			Await.untilAsserted(() -> assertThat(this.tools.closed).hasValue(50));
		}
		finally {
			two.shutdownNow();
		}
	}

	private Call call(String name, Executor executor) {
		return Call.of(AgentTools.builder().executor(executor).build().actionsOf(this.tools), name);
	}

	static class Tools {

		private final CountDownLatch started = new CountDownLatch(1);

		private final CountDownLatch interrupted = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		private final AtomicInteger runs = new AtomicInteger();

		private final AtomicInteger pulled = new AtomicInteger();

		private final AtomicInteger closed = new AtomicInteger();

		private final ThreadLocal<String> local = new ThreadLocal<>();

		@AgentTool
		String waits() throws InterruptedException {
			hold();
			return "done";
		}

		private void hold() throws InterruptedException {
			this.started.countDown();
			try {
				this.release.await();
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
				throw ex;
			}
		}

		@AgentTool
		int quick() {
			return this.runs.incrementAndGet();
		}

		@AgentTool
		String rejects() {
			throw new RejectedExecutionException("mine");
		}

		@AgentTool
		Stream<Integer> numbers() {
			this.runs.incrementAndGet();
			return IntStream.range(0, 100)
				.boxed()
				.peek((i) -> this.pulled.incrementAndGet())
				.onClose(this.closed::incrementAndGet);
		}

		@AgentTool
		Stream<Integer> stuck() {
			return Stream.generate(() -> {
				try {
					hold();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
				return 1;
			}).onClose(this.closed::incrementAndGet);
		}

		@AgentTool
		Stream<Integer> breaks() {
			return Stream.of(1, 2).map((i) -> {
				if (i == 2) {
					throw new IllegalStateException("broken");
				}
				return i;
			}).onClose(this.closed::incrementAndGet);
		}

		@AgentTool
		Cursor cursor() {
			return new Cursor(this.closed);
		}

		@AgentTool
		String local() {
			return this.local.get();
		}

	}

	/** Fails to set its thread local, or to put back what the thread had before. */
	private static final class BrokenAccessor implements ThreadLocalAccessor<String> {

		private final boolean atStart;

		BrokenAccessor(boolean atStart) {
			this.atStart = atStart;
		}

		@Override
		public String key() {
			return "tool-test-broken";
		}

		@Override
		public @Nullable String getValue() {
			return null;
		}

		@Override
		public void setValue(String value) {
			if (this.atStart) {
				throw new IllegalStateException("no thread local");
			}
		}

		@Override
		public void setValue() {
			throw new IllegalStateException("no thread local");
		}

	}

	static class Cursor implements Iterator<Integer>, AutoCloseable {

		private final Iterator<Integer> items = List.of(1).iterator();

		private final AtomicInteger closed;

		Cursor(AtomicInteger closed) {
			this.closed = closed;
		}

		@Override
		public boolean hasNext() {
			return this.items.hasNext();
		}

		@Override
		public Integer next() {
			return this.items.next();
		}

		@Override
		public void close() {
			this.closed.incrementAndGet();
		}

	}

}
