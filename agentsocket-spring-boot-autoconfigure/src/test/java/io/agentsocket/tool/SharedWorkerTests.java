package io.agentsocket.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.connection.loop.SerialLoop;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.session.AgentSession;
import io.agentsocket.turn.LoopTurn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;

import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

class SharedWorkerTests {

	private static final int CALLS = 16;

	private static final int THREADS = 8;

	private final ExecutorService eventLoop = Executors.newSingleThreadExecutor();

	private final SerialLoop loop = new SerialLoop(this.eventLoop, () -> {
	}, (ex) -> {
	});

	private final List<ThreadPoolTaskExecutor> pools = new ArrayList<>();

	private final Queue<Object> results = new ConcurrentLinkedQueue<>();

	private final AgentExchange exchange = exchange();

	private CallTime time = new CallTime();

	private static AgentExchange exchange() {
		AgentExchange exchange = mock(AgentExchange.class);
		AgentSession session = mock(AgentSession.class);
		given(session.id()).willReturn("one");
		given(exchange.session()).willReturn(session);
		return exchange;
	}

	@AfterEach
	void close() {
		this.pools.forEach(ThreadPoolTaskExecutor::shutdown);
		this.eventLoop.shutdownNow();
	}

	private ThreadPoolTaskExecutor pool() {
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.setCorePoolSize(THREADS);
		this.pools.add(pool);
		return pool;
	}

	private FairExecutor fair(ThreadPoolTaskExecutor pool) {
		pool.initialize();
		return new FairExecutor(pool, THREADS, true);
	}

	/** Calls a tool; its result arrives in the loop. */
	private Disposable call(Executor executor, BlockingCall.Call<Object> tool, CountDownLatch arrived) {
		return BlockingCall
			.on(FairExecutor.of(executor, this.exchange), new ThreadLocals(ToolGuard.NONE), this.time, tool)
			.subscribe((result) -> this.loop.executeLater(() -> {
				this.results.add(result);
				arrived.countDown();
			}), (error) -> this.loop.executeLater(() -> {
				this.results.add(error);
				arrived.countDown();
			}));
	}

	private void inOneTurn(Runnable task) {
		LoopTurn turn = LoopTurn.begin();
		task.run();
		turn.end();
	}

	/** Each bit of a mask is a call that stands, in a message of 16 calls. */
	@ParameterizedTest
	@ValueSource(ints = { 0b1, 0b1000, 0b1000_0000, 0b1000_0000_0000_0000, 0b111, 0b1010_1000, 0b1000_0100_0000_0001,
			0b1110_0000_0000_0000 })
	void callsThatStandDelayNoOther(int mask) throws InterruptedException {
		FairExecutor fair = fair(pool());
		for (int turn = 0; turn < CALLS; turn++) {
			this.time = new CallTime();
			// The same set of calls, begun at each of them in turn.
			int standing = ((mask << turn) | (mask >>> (CALLS - turn))) & 0xFFFF;
			CountDownLatch release = new CountDownLatch(1);
			int slow = Integer.bitCount(standing);
			CountDownLatch others = new CountDownLatch(CALLS - slow);
			CountDownLatch stood = new CountDownLatch(slow);
			inOneTurn(() -> {
				for (int i = 0; i < CALLS; i++) {
					int index = i;
					if ((standing & (1 << i)) == 0) {
						call(fair, () -> index, others);
					}
					else {
						call(fair, () -> {
							release.await();
							return index;
						}, stood);
					}
				}
			});
			assertThat(others.await(10, TimeUnit.SECONDS)).isTrue();
			assertThat(stood.getCount()).isEqualTo(slow);
			release.countDown();
			assertThat(stood.await(10, TimeUnit.SECONDS)).isTrue();
		}
		assertThat(this.results).hasSize(CALLS * CALLS).doesNotHaveAnyElementsOfTypes(Throwable.class);
	}

	@Test
	void quickCallsOfATurnShareAThread() throws InterruptedException {
		ThreadPoolTaskExecutor pool = pool();
		FairExecutor fair = fair(pool);
		long fewest = Long.MAX_VALUE;
		// A thread that gets no processor for a while is taken for one that stands.
		for (int attempt = 0; attempt < 100 && fewest > 1; attempt++) {
			this.time = new CallTime();
			long before = pool.getThreadPoolExecutor().getTaskCount();
			CountDownLatch all = new CountDownLatch(CALLS);
			inOneTurn(() -> {
				for (int i = 0; i < CALLS; i++) {
					call(fair, () -> "quick", all);
				}
			});
			assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
			fewest = Math.min(fewest, pool.getThreadPoolExecutor().getTaskCount() - before);
		}
		assertThat(fewest).isEqualTo(1);
	}

	@Test
	void callsOfASlowToolHaveThreadsAtOnce() throws InterruptedException {
		FairExecutor fair = fair(pool());
		this.time.add(TimeUnit.SECONDS.toNanos(1));
		CountDownLatch together = new CountDownLatch(THREADS / 2);
		CountDownLatch all = new CountDownLatch(THREADS / 2);
		inOneTurn(() -> {
			for (int i = 0; i < THREADS / 2; i++) {
				call(fair, () -> {
					together.countDown();
					return together.await(10, TimeUnit.SECONDS);
				}, all);
			}
		});
		assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(this.results).containsOnly(true);
	}

	@Test
	void decoratorGetsEachCall() throws InterruptedException {
		AtomicInteger decorated = new AtomicInteger();
		ThreadPoolTaskExecutor pool = pool();
		pool.setTaskDecorator((task) -> {
			decorated.incrementAndGet();
			return () -> task.run();
		});
		FairExecutor fair = fair(pool);
		CountDownLatch all = new CountDownLatch(CALLS);
		inOneTurn(() -> {
			for (int i = 0; i < CALLS; i++) {
				call(fair, () -> "decorated", all);
			}
		});
		assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(decorated).hasValue(CALLS);
	}

	@Test
	void executorThatRefusesRefusesEachCall() throws InterruptedException {
		ThreadPoolTaskExecutor pool = pool();
		FairExecutor fair = fair(pool);
		pool.shutdown();
		CountDownLatch all = new CountDownLatch(CALLS);
		inOneTurn(() -> {
			for (int i = 0; i < CALLS; i++) {
				call(fair, () -> "ran", all);
			}
		});
		assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(this.results).hasSize(CALLS)
			.allSatisfy((result) -> assertThat(result).isInstanceOfSatisfying(ActionException.class,
					(error) -> assertThat(error.code()).isEqualTo(ErrorCode.RESOURCE_EXHAUSTED.code())));
		assertThat(fair.sessions()).isZero();
	}

	@Test
	void cancellingInterruptsOneCallAndNotTheNext() throws InterruptedException {
		FairExecutor fair = fair(pool());
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch interrupted = new CountDownLatch(1);
		CountDownLatch others = new CountDownLatch(CALLS);
		AtomicInteger ran = new AtomicInteger();
		List<Disposable> cancelled = new ArrayList<>();
		inOneTurn(() -> {
			cancelled.add(call(fair, () -> {
				running.countDown();
				try {
					return new CountDownLatch(1).await(10, TimeUnit.SECONDS);
				}
				catch (InterruptedException ex) {
					interrupted.countDown();
					Thread.currentThread().interrupt();
					throw ex;
				}
			}, others));
			cancelled.add(call(fair, ran::incrementAndGet, others));
			cancelled.remove(1).dispose();
		});
		assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
		inOneTurn(() -> {
			for (int i = 0; i < CALLS; i++) {
				call(fair, () -> Thread.currentThread().isInterrupted(), others);
			}
		});
		cancelled.get(0).dispose();
		assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(others.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(this.results).containsOnly(false);
		assertThat(ran).hasValue(0);
	}

}
