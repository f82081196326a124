package io.agentsocket.tool.execution;

import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Invocation;
import io.agentsocket.method.RefusableTask;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.CallSession;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mock;

class FairExecutorTests {

	private final List<Runnable> started = new ArrayList<>();

	private final List<String> ran = new ArrayList<>();

	private final FairExecutor executor = new FairExecutor(this.started::add, 8);

	private static AgentExchange call(String session, @Nullable String principal, boolean nested) {
		AgentExchange exchange = mock(AgentExchange.class);
		AgentSession agent = mock(AgentSession.class);
		given(agent.id()).willReturn(session);
		given(exchange.session()).willReturn(agent);
		Principal named = (principal != null) ? () -> principal : null;
		given(exchange.principal()).willReturn(named);
		Invocation parent = nested ? mock(Invocation.class) : null;
		given(exchange.parent()).willReturn(parent);
		given(exchange.action()).willReturn(Action.named("tool." + session).handler((call) -> Mono.empty()));
		return exchange;
	}

	private void order(String session, @Nullable String principal, int tasks) {
		Executor own = FairExecutor.of(this.executor, call(session, principal, false));
		for (int i = 0; i < tasks; i++) {
			String name = session + i;
			own.execute(() -> this.ran.add(name));
		}
	}

	/** Let the oldest task that has a thread run. */
	private void finish() {
		this.started.remove(0).run();
	}

	@Test
	void sessionHasHalfOfTheThreadsAndOthersFindSomeFree() {
		order("a", null, 1000);
		assertThat(this.started).hasSize(4);
		order("b", null, 1000);
		assertThat(this.started).hasSize(6);
		order("c", null, 1000);
		assertThat(this.started).hasSize(7);
		order("d", null, 1);
		assertThat(this.started).hasSize(8);
	}

	@Test
	void tellsWhatHasTheThreadsAndWhatWaitsForThem() {
		order("a", null, 10);
		order("b", null, 1);
		FairExecutor.of(this.executor, call("b", null, false).session()).execute(() -> this.ran.add("event"));
		ThreadUse use = this.executor.use();
		assertThat(use).isEqualTo(new ThreadUse(8, 6, 6,
				Map.of("tool.a", new ThreadUse.Share(4, 6), "tool.b", new ThreadUse.Share(1, 0))));
		assertThat(use.of("other")).isEqualTo(new ThreadUse.Share(0, 0));
		// A call that is cancelled while it waits does not wait any more.
		Runnable unwanted = () -> this.ran.add("unwanted");
		Executor own = FairExecutor.of(this.executor, call("a", null, false));
		own.execute(unwanted);
		assertThat(this.executor.use().of("tool.a").waiting()).isEqualTo(7);
		assertThat(((RemovingExecutor) own).remove(unwanted)).isTrue();
		assertThat(this.executor.use().of("tool.a").waiting()).isEqualTo(6);
		while (!this.started.isEmpty()) {
			finish();
		}
		assertThat(this.executor.use()).isEqualTo(new ThreadUse(8, 0, 0, Map.of()));
	}

	@Test
	void callsThatTheExecutorHasLostAreRefusedAndHoldNoThread() throws Exception {
		AtomicBoolean fails = new AtomicBoolean(true);
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.setCorePoolSize(2);
		pool.setThreadFactory((task) -> {
			Thread thread = new Thread(task);
			// The pool makes another one in place of a thread that fails.
			thread.setUncaughtExceptionHandler((failed, error) -> {
			});
			return thread;
		});
		pool.setTaskDecorator((task) -> () -> {
			if (fails.get()) {
				throw new IllegalStateException("decorator");
			}
			task.run();
		});
		pool.initialize();
		try {
			FairExecutor fair = new FairExecutor(pool, 2, Duration.ofMillis(20));
			Executor own = FairExecutor.of(fair, call("a", null, false));
			List<Refused> lost = List.of(new Refused(), new Refused(), new Refused());
			lost.forEach(own::execute);
			for (Refused task : lost) {
				Await.until(task.refused);
			}
			assertThat(fair.use().running()).isZero();
			fails.set(false);
			CountDownLatch ran = new CountDownLatch(2);
			own.execute(ran::countDown);
			FairExecutor.of(fair, call("b", null, false)).execute(ran::countDown);
			Await.until(ran);
			assertThat(lost).noneMatch((task) -> task.ran);
		}
		finally {
			pool.shutdown();
		}
	}

	@Test
	void callsThatRunOrWaitInTheExecutorForLongAreNotLost() throws Exception {
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.setCorePoolSize(1);
		pool.initialize();
		try {
			FairExecutor fair = new FairExecutor(pool, 2, Duration.ofHours(1));
			CountDownLatch begun = new CountDownLatch(1);
			CountDownLatch release = new CountDownLatch(1);
			CountDownLatch ran = new CountDownLatch(2);
			Runnable waits = () -> {
				begun.countDown();
				Await.until(release);
				ran.countDown();
			};
			FairExecutor.of(fair, call("a", null, false)).execute(waits);
			FairExecutor.of(fair, call("b", null, false)).execute(waits);
			Await.until(begun);
			// All while one call runs and the other one is in the queue.
			for (int looks = 0; looks < 10; looks++) {
				fair.look();
			}
			release.countDown();
			Await.until(ran);
			Await.until(() -> fair.use().running() == 0);
		}
		finally {
			pool.shutdown();
		}
	}

	@Test
	void requestsOfOneSessionAreOneSession() {
		for (int i = 0; i < 100; i++) {
			AgentExchange exchange = call("a", null, false);
			CallSession request = mock(CallSession.class, CALLS_REAL_METHODS);
			given(request.id()).willReturn("a");
			given(exchange.session()).willReturn(request);
			FairExecutor.of(this.executor, exchange).execute(() -> this.ran.add("a"));
		}
		assertThat(this.started).hasSize(4);
		assertThat(this.executor.sessions()).isOne();
	}

	@Test
	void sessionsTakeTurnsAndKeepTheirOrder() {
		order("a", null, 10);
		order("b", null, 10);
		order("c", null, 10);
		while (!this.started.isEmpty()) {
			finish();
		}
		assertThat(this.ran).hasSize(30);
		for (String session : List.of("a", "b", "c")) {
			List<String> own = this.ran.stream().filter((name) -> name.startsWith(session)).toList();
			assertThat(own).containsExactlyElementsOf(
					java.util.stream.IntStream.range(0, 10).mapToObj((i) -> session + i).toList());
		}
		// Nobody is done before the others have begun.
		assertThat(this.ran.indexOf("b0")).isLessThan(this.ran.indexOf("a9"));
		assertThat(this.ran.indexOf("c0")).isLessThan(this.ran.indexOf("a9"));
		assertThat(this.executor.sessions()).isZero();
	}

	/** Items of a session that are open and wait for demand, or for their turn. */
	private BaseSubscriber<Object> items(String session, AtomicBoolean closed) throws Exception {
		ToolResult result = ToolResult.of(ResolvableType.forClassWithGenerics(Stream.class, String.class),
				ReactiveAdapterRegistry.getSharedInstance());
		Stream<String> stream = Stream.of("x", "y", "z").onClose(() -> closed.set(true));
		BaseSubscriber<Object> subscriber = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				subscription.request(1);
			}

			@Override
			protected void hookOnNext(Object item) {
				FairExecutorTests.this.ran.add(item.toString());
			}

		};
		BlockingItems
			.on(FairExecutor.of(this.executor, call(session, null, false)), new ThreadLocals(ToolGuard.NONE),
					() -> BlockingItems.Source.of(stream), result)
			.subscribe(subscriber);
		finish();
		assertThat(this.ran).containsExactly("x");
		return subscriber;
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void cancelledItemsAreClosedBeforeAllThatWaits(boolean waitsForItsTurn) throws Exception {
		AtomicBoolean closed = new AtomicBoolean();
		BaseSubscriber<Object> subscriber = items("a", closed);
		order("a", null, 1000);
		order("b", null, 1000);
		order("c", null, 1000);
		order("d", null, 1000);
		assertThat(this.started).hasSize(8);
		if (waitsForItsTurn) {
			subscriber.request(1);
		}
		subscriber.cancel();
		// It is the next in the executor.
		assertThat(this.started).hasSize(9);
		this.started.remove(8).run();
		assertThat(closed).isTrue();
		assertThat(this.ran).containsExactly("x");
		while (!this.started.isEmpty()) {
			finish();
		}
		assertThat(this.ran).hasSize(4001);
		assertThat(this.executor.sessions()).isZero();
	}

	@Test
	void principalWithManySessionsLeavesThreads() {
		for (int i = 0; i < 100; i++) {
			order("s" + i, "alice", 10);
		}
		assertThat(this.started).hasSize(6);
		order("t", "bob", 10);
		assertThat(this.started).hasSize(7);
		order("u", null, 10);
		assertThat(this.started).hasSize(8);
	}

	@Test
	void nestedCallOfASessionThatHasItsShareBegins() {
		order("a", null, 1000);
		assertThat(this.started).hasSize(4);
		FairExecutor.of(this.executor, call("a", null, true)).execute(() -> this.ran.add("nested"));
		assertThat(this.started).hasSize(5);
		this.started.get(4).run();
		assertThat(this.ran).containsExactly("nested");
	}

	@Test
	void oneNestedCallOfEachCallerIsFreeOfTheShare() {
		order("a", null, 1000);
		AgentExchange nested = call("a", null, true);
		for (int i = 0; i < 10; i++) {
			FairExecutor.of(this.executor, nested).execute(() -> this.ran.add("nested"));
		}
		assertThat(this.started).hasSize(5);
		FairExecutor.of(this.executor, call("a", null, true)).execute(() -> this.ran.add("other"));
		assertThat(this.started).hasSize(6);
		this.started.remove(4).run();
		assertThat(this.ran).containsExactly("nested");
		assertThat(this.started).hasSize(6);
		while (!this.started.isEmpty()) {
			finish();
		}
		assertThat(this.ran).hasSize(1011);
		assertThat(this.executor.sessions()).isZero();
	}

	@Test
	void nestedCallThatIsTakenBackFromTheExecutorLeavesItsPlaceToTheNext() {
		List<Runnable> taken = new ArrayList<>();
		FairExecutor all = new FairExecutor(new RemovingExecutor() {

			@Override
			public void execute(Runnable task) {
				taken.add(task);
			}

			@Override
			public boolean remove(Runnable task) {
				return taken.remove(task);
			}

			@Override
			public void executeFirst(Runnable task) {
				execute(task);
			}

		}, 2);
		FairExecutor.of(all, call("a", null, false)).execute(() -> this.ran.add("caller"));
		AgentExchange nested = call("a", null, true);
		FairExecutor.Turns turns = (FairExecutor.Turns) FairExecutor.of(all, nested);
		Runnable first = () -> this.ran.add("first");
		turns.execute(first);
		assertThat(taken).hasSize(2);
		assertThat(turns.remove(first)).isTrue();
		assertThat(taken).hasSize(1);
		turns.execute(() -> this.ran.add("second"));
		assertThat(taken).hasSize(2);
		taken.forEach(Runnable::run);
		assertThat(this.ran).containsExactly("caller", "second");
		assertThat(all.sessions()).isZero();
	}

	@Test
	void threadThatCannotBeMadeIsARefusalForWorkAheadOfOthers() {
		FairExecutor failing = new FairExecutor((task) -> {
			throw new OutOfMemoryError("unable to create native thread");
		}, 4);
		FairExecutor.Turns turns = (FairExecutor.Turns) FairExecutor.of(failing, call("a", null, false));
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> turns.executeFirst(() -> {
		}));
	}

	@Test
	void threadThatCannotBeMadeCostsNoPlace() {
		List<Runnable> taken = new ArrayList<>();
		FairExecutor failing = new FairExecutor((task) -> {
			if (taken.size() == 1) {
				throw new OutOfMemoryError("unable to create native thread");
			}
			taken.add(task);
		}, 4);
		Executor own = FairExecutor.of(failing, call("a", null, false));
		own.execute(() -> this.ran.add("first"));
		assertThatExceptionOfType(RejectedExecutionException.class)
			.isThrownBy(() -> own.execute(() -> this.ran.add("second")));
		taken.remove(0).run();
		own.execute(() -> this.ran.add("third"));
		taken.remove(0).run();
		assertThat(this.ran).containsExactly("first", "third");
		assertThat(failing.sessions()).isZero();
	}

	@Test
	void workThatIsTakenBackDoesNotBegin() {
		order("a", null, 4);
		Runnable task = () -> this.ran.add("taken back");
		FairExecutor.Turns turns = (FairExecutor.Turns) FairExecutor.of(this.executor, call("a", null, false));
		turns.execute(task);
		turns.remove(task);
		while (!this.started.isEmpty()) {
			finish();
		}
		assertThat(this.ran).containsExactly("a0", "a1", "a2", "a3");
		assertThat(this.executor.sessions()).isZero();
	}

	@Test
	void otherWorkOfTheSessionsOfAPrincipalIsHeldToItsShare() {
		for (int i = 0; i < 20; i++) {
			AgentSession session = mock(AgentSession.class);
			given(session.id()).willReturn("a" + i);
			given(session.principal()).willReturn(() -> "alice");
			FairExecutor.of(this.executor, session).execute(() -> this.ran.add("event"));
		}
		assertThat(this.started).hasSize(6);
		order("b", "bob", 1);
		assertThat(this.started).hasSize(7);
		while (!this.started.isEmpty()) {
			finish();
		}
		assertThat(this.ran).hasSize(21);
		assertThat(this.executor.sessions()).isZero();
	}

	@Test
	void workThatTheExecutorRefusesIsTold() {
		List<String> told = new ArrayList<>();
		class Task implements RefusableTask {

			private final String name;

			Task(String name) {
				this.name = name;
			}

			@Override
			public void run() {
				told.add("ran " + this.name);
			}

			@Override
			public void refused(RejectedExecutionException cause) {
				told.add("refused " + this.name);
			}

		}
		List<Runnable> taken = new ArrayList<>();
		Executor once = (task) -> {
			if (!taken.isEmpty()) {
				throw new RejectedExecutionException();
			}
			taken.add(task);
		};
		FairExecutor single = new FairExecutor(once, 1);
		Executor own = FairExecutor.of(single, call("a", null, false));
		own.execute(new Task("first"));
		own.execute(new Task("second"));
		taken.get(0).run();
		assertThat(told).containsExactly("ran first", "refused second");
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> own.execute(new Task("third")));
		assertThat(told).hasSize(2);
		assertThat(single.sessions()).isZero();
	}

	@Test
	void threadsOfAnExecutorAreKnown() {
		ThreadPoolTaskExecutor boot = new ThreadPoolTaskExecutor();
		boot.setCorePoolSize(8);
		boot.initialize();
		assertThat(ExecutorThreads.of(boot)).isEqualTo(8);
		boot.shutdown();
		ThreadPoolExecutor direct = new ThreadPoolExecutor(2, 20, 1, java.util.concurrent.TimeUnit.SECONDS,
				new java.util.concurrent.SynchronousQueue<>());
		assertThat(ExecutorThreads.of(direct)).isEqualTo(ExecutorThreads.UNBOUNDED);
		direct.shutdown();
		SimpleAsyncTaskExecutor limited = new SimpleAsyncTaskExecutor();
		limited.setConcurrencyLimit(5);
		assertThat(ExecutorThreads.of(limited, 5)).isEqualTo(ExecutorThreads.UNBOUNDED);
		assertThat(ExecutorThreads.of(new SimpleAsyncTaskExecutor(), 5)).isEqualTo(5);
		assertThat(ExecutorThreads.of(new SimpleAsyncTaskExecutor())).isEqualTo(ExecutorThreads.UNBOUNDED);
		assertThat(ExecutorThreads.of(Runnable::run)).isEqualTo(ExecutorThreads.UNBOUNDED);
	}

	private static final class Refused implements RefusableTask {

		private final CountDownLatch refused = new CountDownLatch(1);

		private volatile boolean ran;

		@Override
		public void run() {
			this.ran = true;
		}

		@Override
		public void refused(RejectedExecutionException cause) {
			this.refused.countDown();
		}

	}

}
